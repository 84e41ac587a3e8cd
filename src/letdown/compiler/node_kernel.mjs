// Runs programs as WebAssembly for a process that writes messages to standard input and reads answers.
//
// A message is a header (JSON, its length first as 32 bits) and bytes. "load" brings a module, "call" an entry, its words,
// and the arrays whose addresses stand among the words; the answer returns the arrays as the program left them.
import { readSync, writeSync } from "node:fs";

const STACK_TOP = 4 << 20; // static data lie below the stack, arrays above it
const PAGE = 65536;
const loaded = new Map();

function read(length) {
  const bytes = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    let got = 0;
    try {
      got = readSync(0, bytes, done, length - done);
    } catch (error) {
      if (error.code === "EAGAIN") continue;
      throw error;
    }
    if (got === 0) process.exit(0);
    done += got;
  }
  return bytes;
}

function write(bytes) {
  let done = 0;
  while (done < bytes.length) {
    try {
      done += writeSync(1, bytes, done);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

function answer(header, parts = []) {
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  write(Buffer.concat([length, text, ...parts]));
}

function load({ id, bytes }) {
  const module = new WebAssembly.Module(read(bytes));
  const memory = new WebAssembly.Memory({ initial: STACK_TOP / PAGE + 1 });
  const env = { __linear_memory: memory, __stack_pointer: new WebAssembly.Global({ value: "i32", mutable: true }, STACK_TOP) };
  env.__indirect_function_table = new WebAssembly.Table({ initial: 64, element: "anyfunc" });
  loaded.set(id, { memory, ...new WebAssembly.Instance(module, { env }).exports });
  answer({});
}

function call({ id, entry, words, arrays }) {
  const { memory, letdown_enter } = loaded.get(id);
  let top = STACK_TOP + 64 + 8 * words.length;
  const places = arrays.map(({ bytes }) => {
    const place = (top = (top + 63) & ~63);
    top += bytes;
    return place;
  });
  const missing = Math.ceil((top - memory.buffer.byteLength) / PAGE);
  if (missing > 0) memory.grow(missing);
  arrays.forEach(({ bytes }, i) => new Uint8Array(memory.buffer, places[i], bytes).set(read(bytes)));
  const numbers = words.map(BigInt);
  arrays.forEach(({ at }, i) => at.forEach((word) => (numbers[word] = BigInt(places[i]))));
  new BigInt64Array(memory.buffer, STACK_TOP + 64, words.length).set(numbers);
  const status = letdown_enter(STACK_TOP, STACK_TOP + 16, BigInt(entry), BigInt(STACK_TOP + 64));
  answer({ status }, arrays.map(({ bytes }, i) => Buffer.from(memory.buffer, places[i], bytes)));
}

for (;;) {
  const header = JSON.parse(read(read(4).readUInt32LE(0)));
  (header.op === "load" ? load : call)(header);
}
