/** A lactation of months: a stream of progress, then its tables. */

import { answer } from "./api";
import type { Months } from "./state";
import type { Life } from "./types";

export interface LifeListener {
  progress(done: number): void;
  result(life: Life): void;
  failure(text: string): void;
}

/** Start a lactation; the returned function leaves it, and the server stops working on it. */
export function listenToLife(months: Months, listener: LifeListener): () => void {
  const abort = new AbortController();
  void listen(months, listener, abort.signal).catch((error: unknown) => {
    if (!abort.signal.aborted) listener.failure(error instanceof Error ? error.message : String(error));
  });
  return () => abort.abort();
}

async function listen(months: Months, listener: LifeListener, signal: AbortSignal): Promise<void> {
  const params = new URLSearchParams({ preset: months.preset, days: String(months.days), seed: String(months.seed) });
  // not an EventSource: that one hides why the server refuses
  const response = await answer(`api/lives?${params}`, { signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const events = new EventReader();
  while (reader) {
    const { value, done } = await reader.read();
    if (done) break;
    for (const { name, data } of events.take(value)) {
      if (name === "progress") listener.progress((data as { done: number }).done);
      else if (name === "result") return listener.result(data as Life);
      else if (name === "failure") return listener.failure((data as { error: string }).error);
    }
  }
  listener.failure("The server stopped before the months were simulated; start it again with: letdown explore.");
}

/** Server-sent events from text that comes in pieces. */
export class EventReader {
  #rest = "";

  /** The events that are whole with this piece. */
  take(text: string): { name: string; data: unknown }[] {
    const blocks = (this.#rest + text).split("\n\n");
    this.#rest = blocks.pop() ?? "";
    return blocks.map((block) => {
      const field = (name: string): string => block.split("\n").find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? "";
      return { name: field("event"), data: JSON.parse(field("data")) as unknown };
    });
  }
}
