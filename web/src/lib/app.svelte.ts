/** The one session of the page. */

import { Session } from "./session.svelte";

export const session = new Session();
