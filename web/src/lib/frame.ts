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

/** Seconds of model time over which the glow of a burst fades. */
export const BURST_GLOW_S = 6;

export function frameAt(run: Run, time: number): Frame {
  const { steps, bursts } = run.header.summary;
  const found = stepAt(steps, time);
  const side: Side = found?.step.side === "right" ? "right" : "left";
  const attached = found?.now ?? false;
  const value = (name: string): number => at(run, time, name);
  const lastBurst = bursts.filter((burst) => burst <= time).at(-1) ?? null;
  return {
    time,
    stimulus: found ? (REMOVERS[found.step.do] ?? "none") : "none",
    attached,
    pressed: steps.some((step) => step.do === "press" && step.start_s <= time && time < step.end_s),
    main: breastFrame(run, time, side),
    other: breastFrame(run, time, other(side)),
    oxytocin: value("oxytocin_pg_ml"),
    prolactin: value("prolactin_ng_ml"),
    activation: Math.min(1, Math.max(0, value("activation"))),
    store: value("store"),
    priming: value("priming_rate_per_s"),
    afferent: value("afferent_drive"),
    cue: value("cue_drive"),
    inhibition: value("central_inhibition"),
    adrenergic: value("adrenergic_tone"),
    suckRate: value("suck_rate_hz"),
    sucking: attached ? value("sucking") : 0,
    stomach: value("stomach_ml"),
    uterus: value("uterine_tone"),
    afterpain: value("afterpain"),
    thirst: value("thirst"),
    tingling: value("tingling"),
    burst: lastBurst === null ? 0 : Math.exp(-(time - lastBurst) / BURST_GLOW_S),
    lastBurst,
  };
}
