import { describe, expect, it } from "vitest";
import { readState, runParams, writeState, type State } from "./state";

const full: State = {
  view: "months",
  a: { preset: "breastfeed", seed: 7, set: { "conditions.stress": "0.5" }, at: [{ time: 120, key: "press", value: "both" }] },
  b: { preset: "stressed", seed: 7, set: {}, at: [] },
  time: 200,
  months: { preset: "twins", days: 30, seed: 2 },
  lesson: null,
};

describe("the address", () => {
  it("holds the whole state", () => {
    expect(readState(writeState(full))).toEqual(full);
  });

  it("keeps a feed of a lactation", () => {
    const state: State = { ...full, view: "feed", b: null, months: readState("").months };
    state.a = { ...state.a, lactation: { preset: "twins", day: 9, feed: 3, seed: 2 } };
    expect(readState(writeState(state))).toEqual(state);
  });

  it("writes questions as the server reads them", () => {
    expect(writeState({ ...full, view: "feed", b: null, time: null })).toBe(
      "?preset=breastfeed&seed=7&set=conditions.stress=0.5&at=120~press=both",
    );
    expect(runParams(full.a).getAll("at")).toEqual(["120~press=both"]);
  });

  it("survives nonsense", () => {
    const state = readState("?view=attic&seed=-3&set=broken&at=abc&t=never&b.seed=4");
    expect(state.view).toBe("feed");
    expect(state.a).toEqual({ preset: "breastfeed", seed: 0, set: {}, at: [] });
    expect(state.b).toBeNull();
    expect(state.time).toBeNull();
  });
});
