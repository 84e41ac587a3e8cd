import { describe, expect, it } from "vitest";
import { decodeColumns } from "./columns";
import { at, thin } from "./interpolate";

/** Bytes of a run of two columns, written as the server writes them. */
function bytes(values: Record<string, number[]>, step = 0.5): ArrayBuffer {
  const names = Object.keys(values);
  const rows = values[names[0] ?? ""]?.length ?? 0;
  const columns = names.map((name) => {
    const [channel, side] = name.split("/");
    return { name: channel, unit: "1", side: side ?? null };
  });
  let header = JSON.stringify({ rows, step_s: step, columns, summary: { title: "ü" } });
  while (new TextEncoder().encode(header).length % 4 !== 0) header += " ";
  const text = new TextEncoder().encode(header);
  const buffer = new ArrayBuffer(4 + text.length + 4 * rows * names.length);
  const view = new DataView(buffer);
  view.setUint32(0, text.length, true);
  new Uint8Array(buffer, 4).set(text);
  names.forEach((name, i) =>
    values[name]?.forEach((value, k) => view.setFloat32(4 + text.length + 4 * (i * rows + k), value, true)),
  );
  return buffer;
}

describe("a run as columns", () => {
  const run = decodeColumns(bytes({ activation: [0, 0.5, 1], "flow_ml_s/left": [0, 2, 4], "flow_ml_s/right": [1, 1, 1] }));

  it("gives each channel, by side where it has sides", () => {
    expect(Array.from(run.column("activation") ?? [])).toEqual([0, 0.5, 1]);
    expect(Array.from(run.column("flow_ml_s", "left") ?? [])).toEqual([0, 2, 4]);
    expect(run.column("flow_ml_s")).toBeUndefined();
    expect(run.duration).toBe(1);
  });

  it("is linear between samples and held at the ends", () => {
    expect(at(run, 0.25, "activation")).toBeCloseTo(0.25);
    expect(at(run, 0.75, "flow_ml_s", "left")).toBeCloseTo(3);
    expect(at(run, -5, "activation")).toBe(0);
    expect(at(run, 99, "activation")).toBe(1);
    expect(at(run, 0, "no_such_channel", undefined, 7)).toBe(7);
  });

  it("refuses an answer that is cut short", () => {
    const whole = bytes({ activation: [0, 1] });
    expect(() => decodeColumns(whole.slice(0, whole.byteLength - 4))).toThrow(/bytes was announced/);
    expect(() => decodeColumns(whole.slice(0, 6))).toThrow(/too short/);
    expect(() => decodeColumns(whole.slice(0, 20))).toThrow(/inside its header/);
  });
});

describe("thinning", () => {
  it("keeps the first and the last row and no more than asked, one end row aside", () => {
    const places = thin(4501, 60);
    expect(places[0]).toBe(0);
    expect(places.at(-1)).toBe(4500);
    expect(places.length).toBeLessThanOrEqual(61);
    expect(thin(0, 10)).toEqual([]);
  });
});
