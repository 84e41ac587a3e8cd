/** Charts of a lactation, over days. */

import { number, plural, unitText } from "../lib/format";
import type { Life } from "../lib/types";

export interface DayLine {
  column: string;
  label: string;
  colour: string;
  dash?: number[];
}

export interface DaySpec {
  id: string;
  title: string;
  unit: string;
  lines: DayLine[];
  least: number;
}

const DASH = [7, 4];
const DOTS = [1.5, 3];

export const DAY_SPECS: readonly DaySpec[] = [
  {
    id: "supply", title: "Milk in a day", unit: "mL", least: 100,
    lines: [
      { column: "production_ml", label: "made", colour: "--left" },
      { column: "intake_ml", label: "drunk", colour: "--right", dash: DASH },
      { column: "expressed_ml", label: "expressed", colour: "--nerve", dash: DOTS },
    ],
  },
  {
    id: "weight", title: "Weight of the infant", unit: "kg", least: 1,
    lines: [
      { column: "weight_kg", label: "weight", colour: "--left" },
      { column: "second_weight_kg", label: "second twin", colour: "--right", dash: DASH },
    ],
  },
  {
    id: "learning", title: "Learning, 0 to 1", unit: "", least: 1,
    lines: [
      { column: "own_cry", label: "own baby's cry", colour: "--nerve" },
      { column: "latch_skill", label: "latch of the infant", colour: "--left", dash: DASH },
      { column: "familiarity", label: "practice of the mother", colour: "--right", dash: DOTS },
    ],
  },
  {
    id: "letdowns", title: "Let-downs", unit: "", least: 1,
    lines: [
      { column: "let_downs_per_feed", label: "in a session", colour: "--muscle" },
      { column: "unwanted_let_downs", label: "without a feed, in the day", colour: "--nerve", dash: DASH },
    ],
  },
  {
    id: "prolactin", title: "Prolactin", unit: "ng/mL", least: 20,
    lines: [
      { column: "prolactin_peak_ng_ml", label: "after a session", colour: "--oxytocin" },
      { column: "prolactin_before_ng_ml", label: "before it", colour: "--muted", dash: DASH },
    ],
  },
  {
    id: "uterus", title: "Volume of the uterus", unit: "cm³", least: 50,
    lines: [{ column: "uterus_cm3", label: "uterus", colour: "--muscle" }],
  },
];

/** Lines of which the lactation has at least one value. */
export function present(spec: DaySpec, life: Life): DayLine[] {
  return spec.lines.filter((line) => life.columns[line.column]?.some((value) => value !== null && value !== 0));
}

export function daySummary(spec: DaySpec, life: Life): string {
  const parts = present(spec, life).map((line) => {
    const values = life.columns[line.column] ?? [];
    let top = -1;
    values.forEach((value, i) => {
      if (value !== null && (top < 0 || value > (values[top] ?? -Infinity))) top = i;
    });
    const unit = unitText(spec.unit);
    return `${line.label}: ${number(values[0])} on day 1, most ${number(values[top])} on day ${top + 1}, ${number(values.at(-1))} ${unit} on day ${life.days}`;
  });
  return `${spec.title} over ${plural(life.days, "day")}. ${parts.join("; ") || "No values"}.`;
}
