/** What each chart shows. Colour and dash together tell the sides apart. */

import type { Run } from "../lib/columns";
import { clock, number, plural, spoken, unitText } from "../lib/format";
import type { Side } from "../lib/types";

export interface Line {
  channel: string;
  side?: Side;
  label: string;
  colour: string;
  dash?: number[];
  width?: number;
}

export interface Spec {
  id: string;
  title: string;
  unit: string;
  lines: Line[];
  /** Lowest upper end of the axis, so that a flat run does not fill the chart with noise. */
  least: number;
  /** Width of a running mean, s: single sucks are finer than the samples. */
  mean?: number;
}

const sides = (channel: string, label = ""): Line[] => [
  { channel, side: "left", label: `${label}left`, colour: "--left" },
  { channel, side: "right", label: `${label}right`, colour: "--right", dash: [7, 4] },
];

export const SPECS: readonly Spec[] = [
  {
    id: "neurones",
    title: "Oxytocin neurones: store, and bursts",
    unit: "",
    least: 60,
    lines: [{ channel: "store", label: "store", colour: "--nerve" }],
  },
  {
    id: "oxytocin",
    title: "Oxytocin in blood",
    unit: "pg/mL",
    least: 5,
    lines: [{ channel: "oxytocin_pg_ml", label: "oxytocin", colour: "--oxytocin", width: 2 }],
  },
  {
    id: "pressure",
    title: "Pressure in alveoli and ducts",
    unit: "mmHg",
    least: 10,
    lines: [
      ...sides("alveolar_pressure_mmhg", "alveoli "),
      { channel: "ductal_pressure_mmhg", side: "left", label: "ducts left", colour: "--left", dash: [1.5, 3], width: 1.2 },
      { channel: "ductal_pressure_mmhg", side: "right", label: "ducts right", colour: "--right", dash: [1.5, 3, 6, 3], width: 1.2 },
    ],
  },
  { id: "flow", title: "Milk flow at the nipple, 3-s mean", unit: "mL/s", least: 0.2, lines: sides("flow_ml_s"), mean: 3 },
  { id: "milk", title: "Milk taken so far", unit: "mL", least: 10, lines: sides("removed_ml") },
];

const smoothed = new WeakMap<Float32Array, Float32Array>();

/** Values of a line as its chart draws them. */
export function drawn(spec: Spec, run: Run, line: Line): Float32Array | undefined {
  const values = run.column(line.channel, line.side);
  if (!values || !spec.mean) return values;
  const known = smoothed.get(values);
  if (known) return known;
  const half = Math.max(1, Math.round(spec.mean / run.step / 2));
  const out = new Float32Array(values.length);
  let sum = 0;
  let count = 0;
  for (let i = -half; i < values.length; i++) {
    const enters = i + half;
    const leaves = i - half - 1;
    if (enters < values.length) {
      sum += values[enters] ?? 0;
      count++;
    }
    if (leaves >= 0) {
      sum -= values[leaves] ?? 0;
      count--;
    }
    if (i >= 0) out[i] = Math.abs(sum) < 1e-6 ? 0 : sum / count;
  }
  smoothed.set(values, out);
  return out;
}

export interface Range {
  low: number;
  high: number;
}

export function rangeOf(spec: Spec, runs: readonly Run[]): Range {
  let low = 0;
  let high = spec.least;
  for (const run of runs) {
    for (const line of spec.lines) {
      for (const value of drawn(spec, run, line) ?? []) {
        if (value < low) low = value;
        if (value > high) high = value;
      }
    }
  }
  return { low, high: high * 1.05 };
}

/** The chart in words, for those who do not see it. */
export function summaryOf(spec: Spec, run: Run): string {
  const parts = spec.lines.map((line) => {
    const values = drawn(spec, run, line);
    if (!values || values.length === 0) return `${line.label} not recorded`;
    let top = 0;
    let bottom = 0;
    values.forEach((value, i) => {
      if (value > (values[top] ?? 0)) top = i;
      if (value < (values[bottom] ?? 0)) bottom = i;
    });
    const unit = unitText(spec.unit);
    const last = values[values.length - 1];
    return (
      `${line.label} between ${number(values[bottom])} and ${number(values[top])} ${unit}, ` +
      `highest at ${spoken(top * run.step)}, ${number(last)} ${unit} at the end`
    );
  });
  const { bursts, let_downs } = run.header.summary;
  const events =
    `${plural(bursts.length, "burst")}${bursts.length ? ` at ${bursts.map(clock).join(", ")}` : ""}; ` +
    `${plural(let_downs.length, "let-down")}${let_downs.length ? ` at ${let_downs.map((d) => `${clock(d.onset_s)} (${d.felt ? "felt" : "not felt"})`).join(", ")}` : ""}`;
  return `${spec.title}: ${parts.join("; ")}. ${events}.`;
}
