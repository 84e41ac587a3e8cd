import { describe, expect, it } from "vitest";
import type { Run } from "./columns";
import { rhythm, stepAt } from "./frame";
import type { Step } from "./types";

const step = (doing: string, side: string | null, start: number, end: number): Step => ({
  index: 0, do: doing, side, start_s: start, end_s: end, end_reason: "time",
});

describe("the breast that is shown", () => {
  const steps = [step("cue", null, 0, 100), step("latch", "left", 120, 400), step("switch", "right", 420, 800)];

  it("is the one that is fed from", () => {
    expect(stepAt(steps, 200)).toMatchObject({ now: true, step: { side: "left" } });
    expect(stepAt(steps, 500)).toMatchObject({ now: true, step: { side: "right" } });
  });

  it("is the first one before the feed, the last one after it, and the next shortly before it starts", () => {
    expect(stepAt(steps, 5)).toMatchObject({ now: false, step: { side: "left" } });
    expect(stepAt(steps, 405)).toMatchObject({ now: false, step: { side: "left" } });
    expect(stepAt(steps, 415)).toMatchObject({ now: false, step: { side: "right" } });
    expect(stepAt(steps, 900)).toMatchObject({ now: false, step: { side: "right" } });
    expect(stepAt([step("wait", null, 0, 60)], 5)).toBeNull();
  });
});

describe("the rhythm of a pump", () => {
  const wave = (hz: number): Run => {
    const values = Float32Array.from({ length: 300 }, (_, i) => 80 - 80 * Math.cos(2 * Math.PI * hz * i * 0.2 + 0.3));
    return { header: {} as Run["header"], rows: 300, step: 0.2, duration: 60, column: () => values };
  };

  it("is counted in the samples", () => {
    // one cycle more or less in a window of 12 s
    for (const hz of [0.75, 1, 1.9]) expect(Math.abs(rhythm(wave(hz), 30, "suction_mmhg", "left") - hz)).toBeLessThan(0.09);
    expect(rhythm(wave(0), 30, "suction_mmhg", "left")).toBe(0);
  });
});
