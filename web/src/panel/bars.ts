/** What a change does to a let-down, as a bar on a time axis. The sentence beside it comes from the server. */

import { clock } from "../lib/format";
import type { Counterfactual } from "../lib/types";

export interface Axis {
  /** Last second of the axis. */
  end: number;
  ticks: number[];
}

export interface Bar {
  /** Ends of the bar, s: between the onset with the change and that of the feed; null where both are the same. */
  from: number | null;
  to: number | null;
  /** The change brings the let-down or hastens it, delays it or prevents it, or does nothing. */
  kind: "gain" | "loss" | "none";
  /** Onset with the change, s. */
  mark: number | null;
  label: string;
}

/** An axis from the start of the feed over its end and every onset, in round steps. */
export function axisOf(changes: readonly Counterfactual[], duration: number): Axis {
  const last = Math.max(duration, 60, ...changes.flatMap((c) => [c.onset_s ?? 0, c.without_s ?? 0]));
  const step = [30, 60, 120, 300, 600, 1200].find((s) => last / s <= 5) ?? 1800;
  const count = Math.ceil(last / step);
  return { end: count * step, ticks: Array.from({ length: count + 1 }, (_, i) => i * step) };
}

/** The bar of one change. A let-down that never comes reaches to the end of the axis. */
export function barOf(c: Counterfactual, axis: Axis): Bar {
  const said = (onset: number | null): string => (onset === null ? "never" : clock(onset));
  const label = `With the change: ${said(c.onset_s)}. In this feed: ${said(c.without_s)}.`;
  const mark = c.onset_s;
  switch (c.outcome) {
    case "only_with":
    case "sooner":
      return { from: c.onset_s, to: c.without_s ?? axis.end, kind: "gain", mark, label };
    case "later":
    case "only_without":
      return { from: c.without_s, to: c.onset_s ?? axis.end, kind: "loss", mark, label };
    case "same":
    case "neither":
      return { from: null, to: null, kind: "none", mark, label };
  }
}

/** Place on the axis in percent of its length. */
export const place = (seconds: number, axis: Axis): number => (100 * Math.min(Math.max(seconds, 0), axis.end)) / axis.end;
