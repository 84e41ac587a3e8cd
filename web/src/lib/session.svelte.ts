/** What the page holds: its state (the address), the catalog, and the run of each shown feed. */

import { tick } from "svelte";
import { MediaQuery } from "svelte/reactivity";
import { getCatalog, getReady, getRun, ServerError } from "./api";
import type { Run } from "./columns";
import { Player, reducedMotion } from "./player.svelte";
import { readLink, writeState, type Query, type State } from "./state";
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

const LINK = readLink(location.search);

export class Session {
  state = $state<State>(LINK.state);
  /** What the address asked for that cannot be shown, a sentence each; until something else is asked for. */
  bad = $state<string[]>(LINK.problems);
  catalog = $state.raw<Catalog | null>(null);
  problem = $state<string | null>(null);
  ready = $state({ ready: true, text: "" });
  player = new Player();
  /** The panel stands beside the drawing, not below it. */
  wide = new MediaQuery("min-width: 1080px");
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
      (catalog) => {
        this.catalog = catalog;
        this.#checkLesson(catalog);
      },
      (error: unknown) => void (this.problem = sentence(error)),
    );
    void this.#watchReady();
    await Promise.all([this.refresh(), told]);
  }

  /** With the first run that comes: go to the moment of the address, or play. */
  #open(): void {
    const wanted = this.#wanted;
    this.#wanted = null;
    if (typeof wanted === "number") {
      if (wanted > this.player.duration + 0.5)
        this.bad.push(`t = ${wanted} lies after the end of this feed; give 0 to ${Math.floor(this.player.duration)}. Its end is shown instead.`);
      this.player.seek(wanted);
    }
    else if (wanted === "play" && this.state.view === "feed" && !reducedMotion()) this.player.play();
  }

  #checkLesson(catalog: Catalog): void {
    const { lesson } = this.state;
    if (lesson === null || catalog.lessons.some((l) => l.name === lesson)) return;
    const names = catalog.lessons.map((l) => l.name).join(", ");
    this.bad.push(`lesson = ${lesson.slice(0, 60)} cannot be used; give one of ${names}. The first lesson is shown instead.`);
    this.state.lesson = null;
  }

  query(which: "a" | "b" = this.edited): Query {
    return which === "b" && this.state.b ? this.state.b : this.state.a;
  }

  /** Change the edited feed; scene and charts follow when its run has come. */
  change(query: Partial<Query>): void {
    this.bad = [];
    if (this.edited === "b" && this.state.b) this.state.b = { ...this.state.b, ...query };
    else this.state.a = { ...this.state.a, ...query };
    void this.refresh();
  }

  /** Play another preset from its start, as it is. */
  choose(preset: string): void {
    this.player.seek(0);
    this.change({ preset, set: {}, at: [], lactation: undefined });
  }

  openPart(id: string): void {
    this.part = id;
    this.#openTab("part");
  }

  /** Where the panel stands below the drawing, what was asked for is brought into view. */
  #openTab(tab: "part" | "why"): void {
    this.tab = tab;
    if (this.wide.current) return;
    const behavior = reducedMotion() ? "auto" : "smooth";
    void tick().then(() => document.getElementById("panel")?.parentElement?.scrollIntoView({ block: "start", behavior }));
  }

  askWhy(about: { letDown: number } | { moment: number }): void {
    this.whyAbout = about;
    this.#openTab("why");
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
