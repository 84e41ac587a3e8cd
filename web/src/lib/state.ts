/** The whole state of the page is its address: read from it, written to it, shared by it. */

export type View = "feed" | "months" | "lessons";

/** A change in mid-feed: at a time, a key takes a value. */
export interface Change {
  time: number;
  key: string;
  value: string;
}

/** One simulated feed: what the server needs to run it. */
export interface Query {
  preset: string;
  seed: number;
  set: Record<string, string>;
  at: Change[];
  /** A feed of a lactation instead of a preset, where `day` is given. */
  lactation?: { preset: string; day: number; feed: number; seed: number } | undefined;
}

export interface Months {
  preset: string;
  days: number;
  seed: number;
}

export interface State {
  view: View;
  a: Query;
  b: Query | null;
  time: number | null;
  months: Months;
  lesson: string | null;
}

export const DEFAULT_PRESET = "breastfeed";
const DEFAULT_LIFE = "demand-feeding";
const DEFAULT_DAYS = 60;
const VIEWS: readonly View[] = ["feed", "months", "lessons"];

/** Greatest whole number that the page keeps exactly; the greatest seed of a link. */
export const MOST_SEED = Number.MAX_SAFE_INTEGER;
export const MOST_DAYS = 180;
const MOST_FEEDS = 200;
/** Longest run, s. */
const LONGEST_S = 3600;

const PREFIXED = ["preset", "seed", "set", "at", "life", "lifeseed", "day", "feed"] as const;
const SINGLE = ["view", "t", "m.preset", "m.days", "m.seed", "lesson"] as const;
const REPEATED = new Set(["set", "at", "b.set", "b.at"]);

const short = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text || "nothing");

/** A whole number in a range, or why the text is none. */
export function readWhole(name: string, text: string, low: number, high: number): number | string {
  const whole = /^\d+$/.test(text.trim());
  const value = Number(text);
  if (whole && value >= low && value <= high) return value;
  const give = /^-?\d+$/.test(text.trim()) ? `${low} to ${high}` : `a whole number from ${low} to ${high}`;
  return `${name} = ${short(text)} cannot be used; give ${give}.`;
}

/** Reads the values of one address and keeps a sentence for each that cannot be used. */
class Reader {
  readonly problems: string[] = [];
  constructor(readonly params: URLSearchParams) {}

  whole(key: string, name: string, low: number, high: number, otherwise: number, instead: string): number {
    const text = this.params.get(key);
    if (text === null) return otherwise;
    const value = readWhole(name, text, low, high);
    if (typeof value === "number") return value;
    this.problems.push(`${value} ${instead}`);
    return otherwise;
  }

  view(): View {
    const text = this.params.get("view");
    if (text === null) return "feed";
    const found = VIEWS.find((view) => view === text);
    if (!found) this.problems.push(`view = ${short(text)} cannot be used; give feed, months or lessons. The feed is shown instead.`);
    return found ?? "feed";
  }

  time(): number | null {
    const text = this.params.get("t");
    if (text === null) return null;
    const value = seconds(text);
    if (value === null) this.problems.push(`t = ${short(text)} cannot be used; give seconds from 0 to ${LONGEST_S}. The feed is shown from its start.`);
    return value;
  }

  query(prefix: "" | "b."): Query | null {
    const preset = this.params.get(`${prefix}preset`);
    if (prefix && preset === null) {
      const given = PREFIXED.find((key) => this.params.has(prefix + key));
      if (given) this.problems.push(`${prefix}${given} is given without ${prefix}preset; name the preset of feed B too. Feed B is left out.`);
      return null;
    }
    const seed = this.whole(`${prefix}seed`, `${prefix}seed`, 0, MOST_SEED, 0, "Seed 0 is shown instead.");
    const query: Query = { preset: preset ?? DEFAULT_PRESET, seed, set: this.settings(prefix), at: this.changes(prefix) };
    if (this.params.has(`${prefix}day`)) {
      query.lactation = {
        preset: this.params.get(`${prefix}life`) ?? DEFAULT_LIFE,
        day: this.whole(`${prefix}day`, `${prefix}day`, 1, MOST_DAYS, 1, "Day 1 is shown instead."),
        feed: this.whole(`${prefix}feed`, `${prefix}feed`, 1, MOST_FEEDS, 1, "Feed 1 is shown instead."),
        seed: this.whole(`${prefix}lifeseed`, `${prefix}lifeseed`, 0, MOST_SEED, 0, "Seed 0 is shown instead."),
      };
    } else {
      const given = (["life", "lifeseed", "feed"] as const).find((key) => this.params.has(prefix + key));
      if (given) this.problems.push(`${prefix}${given} is given without ${prefix}day; name the day of the lactation too. It is left out.`);
    }
    return query;
  }

  settings(prefix: string): Record<string, string> {
    const set: Record<string, string> = {};
    for (const text of this.params.getAll(`${prefix}set`)) {
      const sign = text.indexOf("=");
      if (sign > 0) set[text.slice(0, sign)] = text.slice(sign + 1);
      else this.problems.push(`${prefix}set = ${short(text)} cannot be used; write KEY=VALUE. It is left out.`);
    }
    return set;
  }

  changes(prefix: string): Change[] {
    const found: Change[] = [];
    for (const text of this.params.getAll(`${prefix}at`)) {
      const match = /^([^~]*)~([^=]+)=(.*)$/s.exec(text);
      const time = seconds(match?.[1] ?? "");
      if (match && time !== null) found.push({ time, key: match[2] ?? "", value: match[3] ?? "" });
      else this.problems.push(`${prefix}at = ${short(text)} cannot be used; write SECONDS~KEY=VALUE with seconds from 0 to ${LONGEST_S}. It is left out.`);
    }
    return found;
  }

  /** Keys that no link has, and keys that are given twice. */
  keys(): void {
    const known = new Set<string>([...SINGLE, ...PREFIXED, ...PREFIXED.map((key) => `b.${key}`)]);
    for (const key of new Set(this.params.keys())) {
      if (!known.has(key)) this.problems.push(`${short(key)} is not part of a link; give ${[...PREFIXED, ...SINGLE].join(", ")}. It is left out.`);
      else if (!REPEATED.has(key) && this.params.getAll(key).length > 1)
        this.problems.push(`${key} is given twice; give it once. The first value, ${short(this.params.get(key) ?? "")}, is used.`);
    }
  }
}

/** Seconds within the longest run, or null. */
function seconds(text: string): number | null {
  const value = Number(text);
  return text.trim() !== "" && value >= 0 && value <= LONGEST_S ? value : null;
}

/** The parameters that `/api/run`, `/api/why` and `/api/download` take. */
export function runParams(query: Query, prefix = ""): URLSearchParams {
  const params = new URLSearchParams();
  params.set(`${prefix}preset`, query.preset);
  params.set(`${prefix}seed`, String(query.seed));
  for (const [key, value] of Object.entries(query.set)) params.append(`${prefix}set`, `${key}=${value}`);
  for (const change of query.at) params.append(`${prefix}at`, `${change.time}~${change.key}=${change.value}`);
  return params;
}

/** The state that an address means, and a sentence for each of its values that cannot be used. */
export function readLink(search: string): { state: State; problems: string[] } {
  const reader = new Reader(new URLSearchParams(search));
  const { params, problems } = reader;
  reader.keys();
  const state: State = {
    view: reader.view(),
    a: reader.query("") as Query,
    b: reader.query("b."),
    time: reader.time(),
    months: {
      preset: params.get("m.preset") ?? DEFAULT_LIFE,
      days: reader.whole("m.days", "days", 1, MOST_DAYS, DEFAULT_DAYS, `${DEFAULT_DAYS} days are shown instead.`),
      seed: reader.whole("m.seed", "seed", 0, MOST_SEED, 0, "Seed 0 is shown instead."),
    },
    lesson: params.get("lesson"),
  };
  return { state, problems };
}

export const readState = (search: string): State => readLink(search).state;

export function writeState(state: State): string {
  const params = new URLSearchParams();
  if (state.view !== "feed") params.set("view", state.view);
  for (const [query, prefix] of [[state.a, ""], [state.b, "b."]] as const) {
    if (!query) continue;
    for (const [key, value] of runParams(query, prefix)) params.append(key, value);
    if (query.lactation) {
      params.set(`${prefix}life`, query.lactation.preset);
      params.set(`${prefix}lifeseed`, String(query.lactation.seed));
      params.set(`${prefix}day`, String(query.lactation.day));
      params.set(`${prefix}feed`, String(query.lactation.feed));
    }
  }
  if (state.time !== null) params.set("t", String(Math.round(state.time)));
  if (state.view === "months") {
    params.set("m.preset", state.months.preset);
    params.set("m.days", String(state.months.days));
    params.set("m.seed", String(state.months.seed));
  }
  if (state.view === "lessons" && state.lesson) params.set("lesson", state.lesson);
  return `?${params.toString().replaceAll("%7E", "~").replaceAll("%3D", "=")}`;
}
