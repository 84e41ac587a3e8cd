/** What the scene shows at one moment: values of the model, and scales that turn them into shapes. */

import type { Run } from "./columns";
import { at } from "./interpolate";
import type { Side, Step } from "./types";

export type Stimulus = "infant" | "pump" | "hand" | "none";

export interface BreastFrame {
  side: Side;
  alveolarMilk: number;
  /** Alveolar milk over the most this breast holds in the run: 1 is the fullest moment. */
  fullness: number;
  ductalMilk: number;
  alveolarPressure: number;
  ductalPressure: number;
  ductDiameter: number;
  suction: number;
  flow: number;
  ejection: number;
  removed: number;
  leaked: number;
  pad: number;
  clothes: number;
}

export interface Frame {
  time: number;
  stimulus: Stimulus;
  /** Something is at the breast now, not in a pause between two sides. */
  attached: boolean;
  pressed: boolean;
  main: BreastFrame;
  other: BreastFrame;
  /** A pump or collector works on the other breast too. */
  otherPumped: boolean;
  oxytocin: number;
  prolactin: number;
  activation: number;
  store: number;
  priming: number;
  afferent: number;
  cue: number;
  inhibition: number;
  adrenergic: number;
  suckRate: number;
  sucking: number;
  stomach: number;
  uterus: number;
  afterpain: number;
  thirst: number;
  tingling: number;
  /** 0 to 1: the glow of the last burst, gone after a few seconds. */
  burst: number;
  lastBurst: number | null;
}

const REMOVERS: Record<string, Stimulus> = { latch: "infant", switch: "infant", pump: "pump", hand_express: "hand" };

const other = (side: Side): Side => (side === "left" ? "right" : "left");

/** The step that holds a breast now, or the last one that did, or the first that will. */
export function stepAt(steps: readonly Step[], time: number): { step: Step; now: boolean } | null {
  const removing = steps.filter((step) => step.do in REMOVERS);
  const running = removing.find((step) => step.start_s <= time && time < step.end_s);
  if (running) return { step: running, now: true };
  const before = removing.filter((step) => step.end_s <= time).at(-1);
  const next = removing.find((step) => step.start_s > time);
  // between two breasts the next one is shown once its start is near
  const chosen = next && (!before || next.start_s - time < 8) ? next : (before ?? next);
  return chosen ? { step: chosen, now: false } : null;
}

/** Milk that the nursing pad of a breast holds, mL; 0 where none is worn. */
export function padCapacity(run: Run, side: Side): number {
  const match = new RegExp(`^\\[breasts\\.${side}\\.pad\\]\\s+capacity_ml = ([\\d.]+)`, "m").exec(run.header.scenario_toml);
  return match ? Number(match[1]) : 0;
}

const fullest = new WeakMap<Run, Map<Side, number>>();

function capacity(run: Run, side: Side): number {
  const known = fullest.get(run) ?? new Map<Side, number>();
  fullest.set(run, known);
  const held = known.get(side) ?? Math.max(1e-6, ...(run.column("alveolar_milk_ml", side) ?? [1]).filter(Number.isFinite));
  known.set(side, held);
  return held;
}

function breastFrame(run: Run, time: number, side: Side): BreastFrame {
  const value = (name: string): number => at(run, time, name, side);
  return {
    side,
    alveolarMilk: value("alveolar_milk_ml"),
    fullness: value("alveolar_milk_ml") / capacity(run, side),
    ductalMilk: value("ductal_milk_ml"),
    alveolarPressure: value("alveolar_pressure_mmhg"),
    ductalPressure: value("ductal_pressure_mmhg"),
    ductDiameter: value("duct_diameter_mm"),
    suction: value("suction_peak_mmhg") || value("suction_mmhg"),
    flow: value("flow_ml_s"),
    ejection: value("ejection_flow_ml_s"),
    removed: value("removed_ml"),
    leaked: value("leaked_ml"),
    pad: value("pad_ml"),
    clothes: value("clothes_ml"),
  };
}

/** Cycles a second of a pump or a hand, counted in the samples: only an infant's rate is a channel of the run. */
export function rhythm(run: Run, time: number, name: string, side: Side): number {
  const values = run.column(name, side);
  if (!values) return 0;
  const from = Math.max(0, Math.round((time - 6) / run.step));
  const to = Math.min(values.length, from + Math.round(12 / run.step));
  let low = Infinity;
  let high = -Infinity;
  for (let i = from; i < to; i++) {
    low = Math.min(low, values[i] ?? low);
    high = Math.max(high, values[i] ?? high);
  }
  if (!(high - low > 0.5)) return 0;
  const middle = (low + high) / 2;
  let rises = 0;
  for (let i = from + 1; i < to; i++) if ((values[i - 1] ?? 0) < middle && (values[i] ?? 0) >= middle) rises++;
  return rises / ((to - from) * run.step);
}

/** Seconds of model time over which the glow of a burst fades. */
export const BURST_GLOW_S = 6;

export function frameAt(run: Run, time: number): Frame {
  const { steps, bursts } = run.header.summary;
  const found = stepAt(steps, time);
  const side: Side = found?.step.side === "right" ? "right" : "left";
  const attached = found?.now ?? false;
  const value = (name: string): number => at(run, time, name);
  const stimulus = found ? (REMOVERS[found.step.do] ?? "none") : "none";
  const device = stimulus === "pump" || stimulus === "hand";
  const away = other(side);
  const otherPumped = steps.some(
    (s) => s.do === "pump" && (s.side === "both" || s.side === away) && s.start_s <= time && time < s.end_s,
  );
  const lastBurst = bursts.filter((burst) => burst <= time).at(-1) ?? null;
  return {
    time,
    stimulus,
    attached,
    pressed: steps.some((step) => step.do === "press" && step.start_s <= time && time < step.end_s),
    main: breastFrame(run, time, side),
    other: breastFrame(run, time, away),
    otherPumped,
    oxytocin: value("oxytocin_pg_ml"),
    prolactin: value("prolactin_ng_ml"),
    activation: Math.min(1, Math.max(0, value("activation"))),
    store: value("store"),
    priming: value("priming_rate_per_s"),
    afferent: value("afferent_drive"),
    cue: value("cue_drive"),
    inhibition: value("central_inhibition"),
    adrenergic: value("adrenergic_tone"),
    suckRate:
      device && attached
        ? rhythm(run, time, stimulus === "pump" ? "suction_mmhg" : "ductal_pressure_mmhg", side)
        : value("suck_rate_hz"),
    sucking: !attached ? 0 : device ? 1 : value("sucking"),
    stomach: value("stomach_ml"),
    uterus: value("uterine_tone"),
    afterpain: value("afterpain"),
    thirst: value("thirst"),
    tingling: value("tingling"),
    burst: lastBurst === null ? 0 : Math.exp(-(time - lastBurst) / BURST_GLOW_S),
    lastBurst,
  };
}
