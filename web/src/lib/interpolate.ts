/** Values between the samples of a run. */

import type { Run } from "./columns";
import type { Side } from "./types";

/** Linear between samples, held at both ends; `missing` where the run has no such channel. */
export function at(run: Run, time: number, name: string, side?: Side, missing = 0): number {
  const values = run.column(name, side);
  if (!values || values.length === 0) return missing;
  const place = Math.min(Math.max(time / run.step, 0), values.length - 1);
  const before = Math.floor(place);
  const after = Math.min(before + 1, values.length - 1);
  const a = values[before] ?? missing;
  const b = values[after] ?? missing;
  const value = a + (b - a) * (place - before);
  return Number.isFinite(value) ? value : missing;
}

/** Every k-th sample, at most `most` of them, the last one included. */
export function thin(rows: number, most: number): number[] {
  if (rows <= 0) return [];
  const stride = Math.max(1, Math.ceil(rows / most));
  const places: number[] = [];
  for (let i = 0; i < rows; i += stride) places.push(i);
  if (places[places.length - 1] !== rows - 1) places.push(rows - 1);
  return places;
}
