/** Numbers and times as people read them. */

const UNIT_TEXT: Record<string, string> = {
  "1": "",
  "pg mL-1": "pg/mL",
  "ng mL-1": "ng/mL",
  "mL s-1": "mL/s",
  "s-1": "/s",
};

export const unitText = (unit: string): string => UNIT_TEXT[unit] ?? unit;

export function clock(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
}

/** Spoken form: "3 min 20 s". */
export function spoken(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  const m = Math.floor(s / 60);
  return m === 0 ? `${s} s` : s % 60 === 0 ? `${m} min` : `${m} min ${s % 60} s`;
}

export function number(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (Math.abs(value) < 1e-9) return "0";
  if (Math.abs(value) >= 10 ** (digits - 1)) return String(Math.round(value));
  if (Math.abs(value) < 1e-4) return value.toExponential(1);
  const text = value.toPrecision(digits);
  return text.includes("e") ? value.toExponential(1) : text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

export function withUnit(value: number | null | undefined, unit: string, digits = 3): string {
  const u = unitText(unit);
  return u ? `${number(value, digits)} ${u}` : number(value, digits);
}

export const plural = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;
