import { describe, expect, it } from "vitest";
import type { Counterfactual, CounterfactualOutcome } from "../lib/types";
import { axisOf, barOf, place } from "./bars";

const change = (outcome: CounterfactualOutcome, onset: number | null, without: number | null): Counterfactual => ({
  change: "x", text: "A sentence.", outcome, onset_s: onset, without_s: without, sooner_s: null,
});

describe("the bar of a change", () => {
  const axis = axisOf([], 870);

  it("reaches from the onset with the change to that of the feed, or to the end where there is none", () => {
    expect(barOf(change("sooner", 199.2, 515.7), axis)).toMatchObject({ from: 199.2, to: 515.7, kind: "gain", mark: 199.2 });
    expect(barOf(change("only_with", 135.5, null), axis)).toMatchObject({ from: 135.5, to: 900, kind: "gain", mark: 135.5 });
    expect(barOf(change("later", 515.7, 199.2), axis)).toMatchObject({ from: 199.2, to: 515.7, kind: "loss", mark: 515.7 });
    expect(barOf(change("only_without", null, 199.2), axis)).toMatchObject({ from: 199.2, to: 900, kind: "loss", mark: null });
  });

  it("is missing where nothing differs; an onset at 0 s is one", () => {
    expect(barOf(change("same", 0, 0), axis)).toMatchObject({ from: null, to: null, kind: "none", mark: 0 });
    expect(barOf(change("neither", null, null), axis)).toMatchObject({ from: null, mark: null });
    expect(barOf(change("sooner", 0, 45), axis)).toMatchObject({ from: 0, to: 45, mark: 0 });
  });

  it("never reads a missing onset as a number", () => {
    expect(barOf(change("only_with", 135.5, null), axis).label).toBe("With the change: 2:16. In this feed: never.");
    expect(barOf(change("neither", null, null), axis).label).toBe("With the change: never. In this feed: never.");
  });
});

describe("the axis", () => {
  it("ends at or after the feed and every onset, in at most six ticks", () => {
    for (const duration of [0, 60, 200, 870, 1500, 3600]) {
      const axis = axisOf([change("later", duration + 30, 10)], duration);
      expect(axis.end).toBeGreaterThanOrEqual(duration + 30);
      expect(axis.ticks.length).toBeLessThanOrEqual(6);
      expect(axis.ticks.at(-1)).toBe(axis.end);
      expect(place(duration + 30, axis)).toBeLessThanOrEqual(100);
    }
  });
});
