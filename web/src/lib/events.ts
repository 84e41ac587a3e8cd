/** What happens in a run, in words and in order of time: the ribbon under the scene. */

import type { Run } from "./columns";
import { plural } from "./format";
import type { Sign, Step, Summary } from "./types";

export type EventKind = "step" | "burst" | "blood" | "letdown" | "sign" | "end";

export interface Moment {
  time: number;
  kind: EventKind;
  text: string;
  /** Number of the let-down, where the event is one. */
  letDown?: number;
}

const SIGNS: Record<string, string> = {
  active_suck_swallow: "infant sucks and swallows",
  contralateral_drip: "milk drips",
  tingling: "tingling felt",
  uterine_cramp: "uterine cramp felt",
  thirst: "thirst felt",
};

/** Names of cues as the recording gives them, said as something that happens. */
const CUES: Record<string, string> = {
  "own baby's cry": "her baby cries",
  "another baby's cry": "another baby cries",
  "thought of the baby": "she thinks of the baby",
  "usual hour": "the usual hour of a feed",
  preparing: "she settles down to feed",
};

const END: Record<string, string> = {
  satisfied: "infant satisfied",
  tired: "infant tires and lets go",
  flow_below: "milk has almost stopped",
  flow_above: "flow begins",
  time: "time is up",
};

/** Name of a step in words; the server may name cues and conditions. */
function stepText(step: Step): string {
  const side = step.side === "left" || step.side === "right" ? `${step.side} breast` : step.side ? "both breasts" : "";
  const name = step.name ?? "";
  switch (step.do) {
    case "latch":
      return `infant takes the ${side}`;
    case "switch":
      return `infant changes to the ${side}`;
    case "wait":
      return "nobody is feeding";
    case "unlatch":
      return "infant is taken off";
    case "pump":
      return `pump on the ${side}`;
    case "hand_express":
      return `expressing by hand, ${side}`;
    case "press":
      return "nipple pressed";
    case "remark":
      return "a discouraging remark";
    case "dose":
      return name ? `oxytocin given, ${name}` : "oxytocin given";
    case "cue":
      return CUES[name] ?? (name && name !== "cue" ? name : "a cue of feeding");
    case "condition":
      return name ? `${name.replaceAll("_", " ")} changes` : "a condition changes";
    default:
      return step.do.replaceAll("_", " ");
  }
}

/** A sign in words; one of a breast names it, for with nobody at the breasts there is no other one. */
function signText(sign: Sign): string {
  const words = SIGNS[sign.name] ?? sign.name.replaceAll("_", " ");
  return sign.side && sign.name !== "active_suck_swallow" ? `${words} from the ${sign.side} breast` : words;
}

function signsOf(summary: Summary, from: number, to: number): string[] {
  const signs = summary.signs.filter((sign) => sign.time_s >= from - 5 && sign.time_s < to);
  const dripping = new Set(signs.filter((sign) => sign.name === "contralateral_drip").map((sign) => sign.side));
  const both = dripping.has("left") && dripping.has("right");
  const texts = signs.map((sign) => (both && sign.name === "contralateral_drip" ? "milk drips from both breasts" : signText(sign)));
  return [...new Set(texts)];
}

/** What the mother and the infant notice of a let-down, in words. */
export function noticed(summary: Summary, index: number): string {
  const letDown = summary.let_downs[index];
  if (!letDown) return "";
  const signs = signsOf(summary, letDown.onset_s, Math.max(letDown.end_s, letDown.onset_s + 20));
  const felt = letDown.felt ? "felt by the mother" : "not felt by the mother";
  return signs.length > 0 ? `${felt}; ${signs.join(", ")}` : felt;
}

/** First time after a burst at which the muscle answers. */
function answered(run: Run, burst: number, until: number): number | null {
  const activation = run.column("activation");
  if (!activation) return null;
  const first = Math.max(0, Math.ceil(burst / run.step));
  const base = activation[first] ?? 0;
  for (let i = first; i < activation.length && i * run.step < until; i++) {
    if ((activation[i] ?? 0) > base + 0.03) return i * run.step;
  }
  return null;
}

export function moments(run: Run): Moment[] {
  const summary = run.header.summary;
  const list: Moment[] = [];
  for (const step of summary.steps) {
    list.push({ time: step.start_s, kind: "step", text: stepText(step) });
    const removes = ["latch", "switch", "pump", "hand_express"].includes(step.do);
    if (removes && END[step.end_reason] && step.end_s < run.duration - 1) {
      list.push({ time: step.end_s, kind: "end", text: END[step.end_reason] ?? "" });
    }
  }
  summary.bursts.forEach((burst, i) => {
    const next = summary.bursts[i + 1] ?? run.duration;
    list.push({ time: burst, kind: "burst", text: "burst of the oxytocin neurones" });
    const reached = answered(run, burst, Math.min(next, burst + 60));
    if (reached !== null) list.push({ time: reached, kind: "blood", text: "oxytocin reaches the muscle of the breast" });
  });
  summary.let_downs.forEach((letDown, i) => {
    const felt = letDown.felt ? "felt" : "not felt";
    list.push({ time: letDown.onset_s, kind: "letdown", text: `let-down ${i + 1}, ${felt}`, letDown: i });
  });
  for (const sign of summary.signs) {
    list.push({ time: sign.time_s, kind: "sign", text: signText(sign) });
  }
  const taken = summary.milk_removed_ml.total.toFixed(0);
  list.push({ time: run.duration, kind: "end", text: `end: ${taken} mL in ${plural(summary.let_downs.length, "let-down")}` });
  list.sort((a, b) => a.time - b.time);
  // a feed of a lactation does not name its cues: several at once are said once
  return list.filter((m, i) => !list.slice(Math.max(0, i - 4), i).some((n) => n.text === m.text && m.time - n.time < 0.5));
}
