import { afterEach, describe, expect, it, vi } from "vitest";
import { EventReader, listenToLife } from "./life";

const months = { preset: "demand-feeding", days: 9999, seed: 0 };

/** What a listener is told, once it is told that it is over. */
function heard(response: () => Promise<Response>): Promise<string[]> {
  vi.stubGlobal("fetch", response);
  return new Promise((resolve) => {
    const said: string[] = [];
    listenToLife(months, {
      progress: (done) => said.push(`progress ${done}`),
      result: (life) => resolve([...said, `result ${life.days}`]),
      failure: (text) => resolve([...said, text]),
    });
  });
}

afterEach(() => vi.unstubAllGlobals());

describe("a lactation that is asked for", () => {
  it("is refused in the server's own words", async () => {
    const refusal = Response.json({ error: "days = 9999 cannot be used; give a whole number from 1 to 180." }, { status: 400 });
    expect(await heard(async () => refusal)).toEqual(["days = 9999 cannot be used; give a whole number from 1 to 180."]);
  });

  it("tells its progress, then its result", async () => {
    const text = 'event: progress\ndata: {"done": 0.5}\n\nevent: result\ndata: {"days": 2}\n\n';
    expect(await heard(async () => new Response(text))).toEqual(["progress 0.5", "result 2"]);
  });

  it("is said to be cut short only where it is", async () => {
    expect((await heard(async () => new Response('event: progress\ndata: {"done": 0}\n\n'))).at(-1)).toMatch(/^The server stopped before/);
    expect(await heard(() => Promise.reject(new TypeError("failed")))).toEqual([
      "The server of this page does not answer; start it again with: letdown explore.",
    ]);
  });
});

describe("events in pieces", () => {
  it("are given once they are whole", () => {
    const reader = new EventReader();
    expect(reader.take("event: progress\nda")).toEqual([]);
    expect(reader.take('ta: {"done": 1}\n\nevent: res')).toEqual([{ name: "progress", data: { done: 1 } }]);
    expect(reader.take('ult\ndata: {"a": "ü"}\n\n')).toEqual([{ name: "result", data: { a: "ü" } }]);
  });
});
