/** What the page holds: its state (the address), the catalog, and the run of each shown feed. */

import { getCatalog, getReady, getRun, ServerError } from "./api";
import type { Run } from "./columns";
import { Player, reducedMotion } from "./player.svelte";
import { readState, writeState, type Query, type State } from "./state";
import type { Catalog } from "./types";

const aborted = (error: unknown): boolean => error instanceof DOMException && error.name === "AbortError";
export const sentence = (error: unknown): string =>
  error instanceof ServerError || error instanceof Error ? error.message : String(error);

/** One feed on the page: the newest request wins, the last good run stays until it comes. */
export class Feed {
  run = $state.raw<Run | null>(null);
  error = $state<string | null>(null);
  busy = $state(false);
  #abort: AbortController | null = null;

  async load(query: Query): Promise<boolean> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.busy = true;
    try {
      this.run = await getRun(query, abort.signal);
      this.error = null;
      return true;
    } catch (error) {
      if (!aborted(error)) this.error = sentence(error);
      return false;
    } finally {
      if (this.#abort === abort) this.busy = false;
    }
  }
}

export class Session {
  state = $state<State>(readState(location.search));
  catalog = $state.raw<Catalog | null>(null);
  problem = $state<string | null>(null);
  ready = $state({ ready: true, text: "" });
  player = new Player();
  a = new Feed();
  b = new Feed();
  /** Which of two compared feeds the controls change. */
  edited = $state<"a" | "b">("a");
  part = $state<string | null>(null);
  tab = $state<"scenario" | "part" | "why">("scenario");
  whyAbout = $state<{ letDown: number } | { moment: number } | null>(null);
  #loaded = { a: "", b: "" };
  #wanted: number | "play" | null = null;

  async start(): Promise<void> {
    this.#wanted = this.state.time ?? "play";
    const told = getCatalog().then(
      (catalog) => void (this.catalog = catalog),
      (error: unknown) => void (this.problem = sentence(error)),
    );
    void this.#watchReady();
    await Promise.all([this.refresh(), told]);
  }

  /** With the first run that comes: go to the moment of the address, or play. */
  #open(): void {
    const wanted = this.#wanted;
    this.#wanted = null;
    if (typeof wanted === "number") this.player.seek(wanted);
    else if (wanted === "play" && this.state.view === "feed" && !reducedMotion()) this.player.play();
  }

  query(which: "a" | "b" = this.edited): Query {
    return which === "b" && this.state.b ? this.state.b : this.state.a;
  }

  /** Change the edited feed; scene and charts follow when its run has come. */
  change(query: Partial<Query>): void {
    if (this.edited === "b" && this.state.b) this.state.b = { ...this.state.b, ...query };
    else this.state.a = { ...this.state.a, ...query };
    void this.refresh();
  }

  openPart(id: string): void {
    this.part = id;
    this.tab = "part";
  }

  askWhy(about: { letDown: number } | { moment: number }): void {
    this.whyAbout = about;
    this.tab = "why";
  }

  compare(on: boolean): void {
    this.state.b = on ? JSON.parse(JSON.stringify(this.state.a)) as Query : null;
    this.edited = on ? "b" : "a";
    void this.refresh();
  }

  /** Run what is not yet run. */
  async refresh(): Promise<void> {
    this.remember();
    const jobs: Promise<void>[] = [];
    for (const which of ["a", "b"] as const) {
      const query = this.state[which];
      const text = query ? JSON.stringify(query) : "";
      if (text === this.#loaded[which]) continue;
      this.#loaded[which] = text;
      const feed = this[which];
      if (!query) feed.run = null;
      else
        jobs.push(
          feed.load(query).then((done) => {
            if (!done) return;
            this.player.load(Math.max(this.a.run?.duration ?? 0, this.b.run?.duration ?? 0));
            if (which === "a") this.#open();
          }),
        );
    }
    await Promise.all(jobs);
  }

  remember(): void {
    const time = this.player.playing ? null : this.state.time;
    history.replaceState(null, "", writeState({ ...this.state, time }));
  }

  async #watchReady(): Promise<void> {
    for (let i = 0; i < 120; i++) {
      try {
        this.ready = await getReady();
      } catch {
        return;
      }
      if (this.ready.ready) {
        // what was asked for while the model compiled was refused: ask again
        if (!this.a.run && !this.a.busy) {
          this.#loaded = { a: "", b: "" };
          void this.refresh();
        }
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}
