/** Decoder of `application/vnd.letdown.columns`: header length, JSON header, Float32 columns, all little-endian. */

import type { Header, Side } from "./types";

export interface Run {
  header: Header;
  rows: number;
  step: number;
  duration: number;
  /** Values of a channel; of one breast where the channel has sides. Undefined if the run lacks it. */
  column(name: string, side?: Side): Float32Array | undefined;
}

const key = (name: string, side: Side | null | undefined): string => (side ? `${name}/${side}` : name);

export function decodeColumns(buffer: ArrayBuffer): Run {
  if (buffer.byteLength < 8) throw new Error("The answer of the server is too short to hold a run.");
  const length = new DataView(buffer).getUint32(0, true);
  const start = 4 + length;
  if (start > buffer.byteLength) throw new Error("The answer of the server ends inside its header.");
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length))) as Header;
  const wanted = start + header.columns.length * header.rows * 4;
  if (buffer.byteLength !== wanted) throw new Error(`A run of ${wanted} bytes was announced; ${buffer.byteLength} came.`);
  const columns = new Map<string, Float32Array>();
  header.columns.forEach((label, i) => {
    columns.set(key(label.name, label.side), floats(buffer, start + i * header.rows * 4, header.rows));
  });
  return {
    header,
    rows: header.rows,
    step: header.step_s,
    duration: Math.max(0, (header.rows - 1) * header.step_s),
    column: (name, side) => columns.get(key(name, side)),
  };
}

/** The host may be big-endian or the offset odd; then the values are copied. */
function floats(buffer: ArrayBuffer, offset: number, count: number): Float32Array {
  const little = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
  if (little && offset % 4 === 0) return new Float32Array(buffer, offset, count);
  const view = new DataView(buffer, offset, count * 4);
  return Float32Array.from({ length: count }, (_, i) => view.getFloat32(i * 4, true));
}
