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
const VIEWS: readonly View[] = ["feed", "months", "lessons"];

const whole = (text: string | null, otherwise: number): number => {
  const value = Number(text);
  return text !== null && text.trim() !== "" && Number.isInteger(value) && value >= 0 ? value : otherwise;
};

function readQuery(params: URLSearchParams, prefix: string): Query | null {
  const preset = params.get(`${prefix}preset`);
  if (prefix && preset === null) return null;
  const set: Record<string, string> = {};
  for (const text of params.getAll(`${prefix}set`)) {
    const sign = text.indexOf("=");
    if (sign > 0) set[text.slice(0, sign)] = text.slice(sign + 1);
  }
  const at: Change[] = [];
  for (const text of params.getAll(`${prefix}at`)) {
    const match = /^([\d.]+)~([^=]+)=(.*)$/s.exec(text);
    if (match) at.push({ time: Number(match[1]), key: match[2] ?? "", value: match[3] ?? "" });
  }
  const query: Query = { preset: preset ?? DEFAULT_PRESET, seed: whole(params.get(`${prefix}seed`), 0), set, at };
  const day = params.get(`${prefix}day`);
  if (day !== null) {
    query.lactation = {
      preset: params.get(`${prefix}life`) ?? "demand-feeding",
      day: whole(day, 1),
      feed: whole(params.get(`${prefix}feed`), 1),
      seed: whole(params.get(`${prefix}lifeseed`), 0),
    };
  }
  return query;
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

export function readState(search: string): State {
  const params = new URLSearchParams(search);
  const view = params.get("view") as View | null;
  const time = params.get("t");
  return {
    view: view && VIEWS.includes(view) ? view : "feed",
    a: readQuery(params, "") as Query,
    b: readQuery(params, "b."),
    time: time !== null && Number.isFinite(Number(time)) ? Number(time) : null,
    months: {
      preset: params.get("m.preset") ?? "demand-feeding",
      days: whole(params.get("m.days"), 60),
      seed: whole(params.get("m.seed"), 0),
    },
    lesson: params.get("lesson"),
  };
}

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
