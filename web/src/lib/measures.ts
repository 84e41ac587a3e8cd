/** Numbers of a feed that can be compared: the same as `letdown compare` prints. */

import type { Summary } from "./types";

export interface Measure {
  name: string;
  label: string;
  unit: string;
  of: (summary: Summary) => number | null;
}

export const MEASURES: readonly Measure[] = [
  { name: "let_downs", label: "let-downs", unit: "1", of: (s) => s.let_downs.length },
  { name: "let_downs_felt", label: "let-downs felt", unit: "1", of: (s) => s.let_downs.filter((d) => d.felt).length },
  { name: "bursts", label: "bursts", unit: "1", of: (s) => s.bursts.length },
  { name: "first_let_down_s", label: "first let-down", unit: "s", of: (s) => s.first_let_down_s },
  { name: "first_let_down_after_latch_s", label: "first let-down after latch", unit: "s", of: (s) => s.first_let_down_after_latch_s },
  { name: "milk_removed_ml", label: "milk removed", unit: "mL", of: (s) => s.milk_removed_ml.total },
  { name: "share_of_available", label: "share of available milk", unit: "1", of: (s) => s.share_of_available.total },
  { name: "leaked_ml", label: "milk leaked", unit: "mL", of: (s) => s.leaked_ml.total },
  { name: "flow_peak_ml_s", label: "peak flow", unit: "mL/s", of: (s) => s.flow_peak_ml_s },
  { name: "oxytocin_peak_pg_ml", label: "peak oxytocin", unit: "pg/mL", of: (s) => s.oxytocin_peak_pg_ml },
  { name: "duration_s", label: "duration", unit: "s", of: (s) => s.duration_s },
];

export const measure = (name: string): Measure | undefined => MEASURES.find((m) => m.name === name);
