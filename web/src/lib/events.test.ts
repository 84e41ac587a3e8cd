import { describe, expect, it } from "vitest";
import type { Run } from "./columns";
import { moments, noticed } from "./events";
import type { LetDown, Side, Sign, Summary } from "./types";

const sign = (name: string, time_s: number, side: Side | null): Sign => ({ name, time_s, side });
const letDown: LetDown = {
  onset_s: 230, end_s: 317, milk_ml: { left: 1, right: 1 }, milk_removed_ml: { left: 0, right: 0 }, felt: true,
};

function summary(signs: Sign[]): Summary {
  return {
    let_downs: [letDown], bursts: [], signs, steps: [], milk_removed_ml: { left: 0, right: 0, total: 0 },
  } as unknown as Summary;
}

const texts = (signs: Sign[]): string[] => {
  const run = { header: { summary: summary(signs) }, rows: 0, step: 0.2, duration: 900, column: () => undefined } as unknown as Run;
  return moments(run).map((m) => m.text);
};

describe("milk that drips", () => {
  const left = sign("contralateral_drip", 236, "left");
  const right = sign("contralateral_drip", 236.5, "right");

  it("names its breast, for with nobody feeding there is no other one", () => {
    expect(texts([left, right])).toEqual(expect.arrayContaining(["milk drips from the left breast", "milk drips from the right breast"]));
    expect(texts([left, right]).join()).not.toContain("other");
    expect(noticed(summary([right]), 0)).toBe("felt by the mother; milk drips from the right breast");
    expect(noticed(summary([left, right]), 0)).toBe("felt by the mother; milk drips from both breasts");
    expect(noticed(summary([left, left, sign("tingling", 235, null)]), 0)).toBe("felt by the mother; milk drips from the left breast, tingling felt");
  });

  it("is told without a breast where none is known", () => {
    expect(texts([sign("contralateral_drip", 236, null)])).toContain("milk drips");
  });
});

describe("the end of a feed", () => {
  it("counts one let-down as one", () => {
    expect(texts([])).toContain("end: 0 mL in 1 let-down");
  });
});
