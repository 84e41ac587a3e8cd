/** What the server sends. Field names are those of the Python side. */

export type Side = "left" | "right";

export interface Sides {
  left: number;
  right: number;
}

export interface LetDown {
  onset_s: number;
  end_s: number;
  milk_ml: Sides;
  milk_removed_ml: Sides;
  felt: boolean;
}

export interface Sign {
  name: string;
  time_s: number;
  side: Side | null;
}

export interface Step {
  index: number;
  do: string;
  side: string | null;
  start_s: number;
  end_s: number;
  end_reason: string;
  name?: string;
}

export interface Summary {
  scenario: string;
  let_downs: LetDown[];
  bursts: number[];
  signs: Sign[];
  steps: Step[];
  first_let_down_s: number | null;
  first_latch_s: number | null;
  first_let_down_after_latch_s: number | null;
  milk_removed_ml: Sides & { total: number };
  available_ml: Sides & { total: number };
  share_of_available: { left: number | null; right: number | null; total: number | null };
  leaked_ml: Sides & { total: number };
  overrides: Record<string, number>;
  flow_peak_ml_s: number;
  oxytocin_peak_pg_ml: number;
  duration_s: number;
  end_reason: string;
  seed: number;
  warnings: string[];
}

export interface ColumnLabel {
  name: string;
  unit: string;
  side: Side | null;
}

export interface Header {
  rows: number;
  step_s: number;
  columns: ColumnLabel[];
  summary: Summary;
  scenario_toml: string;
  link: string;
}

export interface Preset {
  name: string;
  title: string;
  group: string;
  summary: string;
  values?: Record<string, number | string | boolean>;
}

export interface Choice {
  value: string;
  label: string;
}

export interface Control {
  key: string;
  label: string;
  unit: string;
  group: string;
  kind: "range" | "switch" | "choice";
  low: number | null;
  high: number | null;
  step: number | null;
  default: number | boolean | string | null;
  help: string;
  timed: boolean;
  choices?: (Choice | string)[];
}

export interface PartParameter {
  path: string;
  value: number;
  unit: string;
  low: number;
  high: number;
  cite: string | null;
  species: string | null;
  evidence: string | null;
  note: string | null;
}

export interface Part {
  title: string;
  text: string;
  equations: string[];
  channels: string[];
  parameters: PartParameter[];
  sources: { key: string; text: string }[];
}

export interface Channel {
  name: string;
  label: string;
  unit: string;
  sided: boolean;
}

export type Outcome = "higher" | "same" | "lower";

export interface Lesson {
  name: string;
  title: string;
  question: string;
  a: LessonSide;
  b: LessonSide;
  choices: Record<Outcome, string>;
  expected: Outcome;
  measure: string;
  same_within: number;
  seeds: number;
  explanation: string;
}

export interface LessonSide {
  label: string;
  query: string;
}

export interface Card {
  name: string;
  title: string;
  summary: string;
}

export interface Catalog {
  presets: Preset[];
  cards: (Card | string)[];
  lactations: { name: string; title: string; summary: string; days?: number }[];
  controls: Control[];
  channels: Channel[];
  parts: Record<string, Part>;
  day_columns: { name: string; label: string; unit: string }[];
  lessons: Lesson[];
  disclaimer: string;
  version: string;
}

export interface WhyStep {
  link: string;
  title: string;
  text: string;
  time_s: number | null;
  values: { name: string; value: number | null; unit: string }[];
  held: boolean;
  reached: boolean;
  part?: string;
}

export type CounterfactualOutcome = "only_with" | "sooner" | "same" | "later" | "only_without" | "neither";

/** What one change does to a let-down; an onset is null where it never comes. */
export interface Counterfactual {
  change: string;
  text: string;
  outcome: CounterfactualOutcome;
  onset_s: number | null;
  without_s: number | null;
  sooner_s: number | null;
}

export interface Why {
  question: string;
  answer: string;
  steps: WhyStep[];
  counterfactuals: Counterfactual[];
}

export interface LifeSession {
  feed: number;
  kind: "feed" | "pump" | "cue";
  hour: number;
  left_ml: number | null;
  right_ml: number | null;
  available_ml: number | null;
  duration_s: number | null;
  let_downs: number | null;
  first_let_down_s: number | null;
}

export interface Life {
  title: string;
  days: number;
  onset_h: number | null;
  columns: Record<string, (number | null)[]>;
  feeds: LifeSession[][];
}
