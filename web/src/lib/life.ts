/** A lactation of months: a stream of progress, then its tables. */

import type { Months } from "./state";
import type { Life } from "./types";

export interface LifeListener {
  progress(done: number): void;
  result(life: Life): void;
  failure(text: string): void;
}

/** Start a lactation; the returned function leaves it, and the server stops working on it. */
export function listenToLife(months: Months, listener: LifeListener): () => void {
  const params = new URLSearchParams({ preset: months.preset, days: String(months.days), seed: String(months.seed) });
  const source = new EventSource(`api/lives?${params}`);
  const data = <T>(event: Event): T => JSON.parse((event as MessageEvent<string>).data) as T;
  source.addEventListener("progress", (event) => listener.progress(data<{ done: number }>(event).done));
  source.addEventListener("result", (event) => {
    source.close();
    listener.result(data<Life>(event));
  });
  source.addEventListener("failure", (event) => {
    source.close();
    listener.failure(data<{ error: string }>(event).error);
  });
  source.onerror = () => {
    // a stream that is refused would be asked for again and again
    source.close();
    listener.failure("The server did not answer; it may still be compiling the model of months. Try again in a moment.");
  };
  return () => source.close();
}
