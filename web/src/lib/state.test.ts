import { describe, expect, it } from "vitest";
import { readLink, readState, runParams, writeState, type State } from "./state";

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

describe("a link that cannot be shown", () => {
  const said = (query: string): string[] => readLink(`?${query}`).problems;

  it.each([
    ["view=months&m.days=9999", "days = 9999 cannot be used; give 1 to 180. 60 days are shown instead."],
    ["view=months&m.days=0", "days = 0 cannot be used; give 1 to 180. 60 days are shown instead."],
    ["view=months&m.days=-4", "days = -4 cannot be used; give 1 to 180. 60 days are shown instead."],
    ["view=months&m.days=1.5", "days = 1.5 cannot be used; give a whole number from 1 to 180. 60 days are shown instead."],
    ["view=months&m.days=", "days = nothing cannot be used; give a whole number from 1 to 180. 60 days are shown instead."],
    ["view=months&m.days=many", "days = many cannot be used; give a whole number from 1 to 180. 60 days are shown instead."],
    ["view=months&m.days=1e2", "days = 1e2 cannot be used; give a whole number from 1 to 180. 60 days are shown instead."],
    ["view=months&m.seed=-1", "seed = -1 cannot be used; give 0 to 9007199254740991. Seed 0 is shown instead."],
    ["view=attic", "view = attic cannot be used; give feed, months or lessons. The feed is shown instead."],
    ["view=", "view = nothing cannot be used; give feed, months or lessons. The feed is shown instead."],
    ["seed=abc", "seed = abc cannot be used; give a whole number from 0 to 9007199254740991. Seed 0 is shown instead."],
    ["seed=9007199254740992", "seed = 9007199254740992 cannot be used; give 0 to 9007199254740991. Seed 0 is shown instead."],
    ["b.preset=noise&b.seed=x", "b.seed = x cannot be used; give a whole number from 0 to 9007199254740991. Seed 0 is shown instead."],
    ["b.seed=4", "b.seed is given without b.preset; name the preset of feed B too. Feed B is left out."],
    ["set=broken", "set = broken cannot be used; write KEY=VALUE. It is left out."],
    ["set==1", "set = =1 cannot be used; write KEY=VALUE. It is left out."],
    ["at=abc", "at = abc cannot be used; write SECONDS~KEY=VALUE with seconds from 0 to 3600. It is left out."],
    ["at=1.2.3~press=both", "at = 1.2.3~press=both cannot be used; write SECONDS~KEY=VALUE with seconds from 0 to 3600. It is left out."],
    ["at=-5~press=both", "at = -5~press=both cannot be used; write SECONDS~KEY=VALUE with seconds from 0 to 3600. It is left out."],
    ["at=~press=both", "at = ~press=both cannot be used; write SECONDS~KEY=VALUE with seconds from 0 to 3600. It is left out."],
    ["at=4000~press=both", "at = 4000~press=both cannot be used; write SECONDS~KEY=VALUE with seconds from 0 to 3600. It is left out."],
    ["t=never", "t = never cannot be used; give seconds from 0 to 3600. The feed is shown from its start."],
    ["t=-3", "t = -3 cannot be used; give seconds from 0 to 3600. The feed is shown from its start."],
    ["t=Infinity", "t = Infinity cannot be used; give seconds from 0 to 3600. The feed is shown from its start."],
    ["day=0&feed=1", "day = 0 cannot be used; give 1 to 180. Day 1 is shown instead."],
    ["day=3&feed=999", "feed = 999 cannot be used; give 1 to 200. Feed 1 is shown instead."],
    ["day=3&lifeseed=x", "lifeseed = x cannot be used; give a whole number from 0 to 9007199254740991. Seed 0 is shown instead."],
    ["feed=3", "feed is given without day; name the day of the lactation too. It is left out."],
    ["seed=1&seed=2", "seed is given twice; give it once. The first value, 1, is used."],
  ])("%s is said to be so", (query, sentence) => {
    expect(said(query)).toEqual([sentence]);
  });

  it("names a key that no link has", () => {
    expect(said("sead=3")[0]).toMatch(/^sead is not part of a link; give preset, seed, .*lesson\. It is left out\.$/);
  });

  it("says each thing that is wrong, and nothing of a good link", () => {
    expect(said("seed=x&t=y&m.days=z")).toHaveLength(3);
    expect(said(writeState(full).slice(1))).toEqual([]);
    expect(said("set=a=1&set=b=2&at=1e2~press=both&at=3~press=none&b.preset=noise&b.set=a=1&t=0.5")).toEqual([]);
    expect(readState("?at=1e2~press=both").a.at).toEqual([{ time: 100, key: "press", value: "both" }]);
  });
});
