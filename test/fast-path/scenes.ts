import { chmodSync, linkSync, lutimesSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

// Trees that a fast path may stumble over.

const KIB = 1024;
const MIB = 1024 * KIB;
const CHUNK_MIN = 512 * KIB;
const CHUNK_MAX = 8 * MIB;
const WINDOW = 64;

type Random = (length: number) => Uint8Array;

/** Data for which the chunker's every edge is met. */
export function makeChunkScene(root: string, random: Random): void {
  const put = (name: string, bytes: Uint8Array): void => writeFileSync(join(root, name), bytes);
  for (const [name, size] of [
    ["min-1", CHUNK_MIN - 1],
    ["min", CHUNK_MIN],
    ["min+1", CHUNK_MIN + 1],
    ["max-1", CHUNK_MAX - 1],
    ["max", CHUNK_MAX],
    ["max+1", CHUNK_MAX + 1],
  ] as const) {
    put(`sevens ${name}`, new Uint8Array(size).fill(7));
    if (size < MIB) put(`random ${name}`, random(size));
  }
  put("random", random(5 * MIB + 77));
  put("zeros", new Uint8Array(3 * CHUNK_MIN + 5));
  put("repeated block", repeated(random(64 * KIB + 1), 40));
  put("repeated chunk", repeated(random(CHUNK_MIN), 4));
  // Sixty-four zeros hash to zero wherever they stand: cuts where we like.
  put("cut at min", planted(random(2 * MIB), [CHUNK_MIN]));
  put("cut just after min", planted(random(2 * MIB), [CHUNK_MIN + 1]));
  put("candidates before min", planted(random(2 * MIB), [CHUNK_MIN - 1, CHUNK_MIN - 200]));
  put("cuts a window apart", planted(random(2 * MIB), [CHUNK_MIN + 500, CHUNK_MIN + 500 + WINDOW + 1]));
  put("cut after cut at min", planted(random(2 * MIB), [CHUNK_MIN, 2 * CHUNK_MIN, 3 * CHUNK_MIN]));
  put("cut just before max", planted(new Uint8Array(CHUNK_MAX + MIB).fill(9), [CHUNK_MAX - 1]));
  put("cut at max", planted(new Uint8Array(CHUNK_MAX + MIB).fill(9), [CHUNK_MAX]));
  put("cut just after max", planted(new Uint8Array(CHUNK_MAX + MIB).fill(9), [CHUNK_MAX + 1]));
}

/** Names, modes, times, links, and equal files. */
export function makeNodeScene(root: string, random: Random): void {
  mkdirSync(join(root, "every byte"));
  for (let byte = 1; byte < 256; byte++) {
    if (byte === 0x2f) continue;
    const name = Buffer.from([0x61, byte, 0x7a]);
    writeFileSync(Buffer.concat([Buffer.from(`${root}/every byte/`), name]), random(byte));
  }
  mkdirSync(join(root, "odd names"));
  for (const name of [
    '"',
    "\\",
    "\\x41",
    "<&>",
    "é",
    "e\u0301",
    "😀",
    "\u00a0",
    "\u200b",
    "\u2028",
    "\ufeff",
    "名前",
    " ",
    "%s",
    "n".repeat(255),
  ]) {
    writeFileSync(join(root, "odd names", name), name);
  }
  mkdirSync(join(root, "empty"));
  for (let i = 0; i < 300; i++) writeFileSync(join(root, `equal ${i % 7} ${i}`), `the same ${i % 7}`);
  mkdirSync(join(root, "deep/".repeat(40)), { recursive: true });
  writeFileSync(join(root, "nothing"), "");
  for (const mode of [0o000, 0o4755, 0o2755, 0o1777, 0o640]) {
    const path = join(root, `mode ${mode.toString(8)}`);
    writeFileSync(path, `mode ${mode}`);
    chmodSync(path, mode);
  }
  symlinkSync("nowhere", join(root, "link"));
  symlinkSync(Buffer.from([0x78, 0xff, 0x3c]), join(root, "raw link"));
  writeFileSync(join(root, "hard"), "linked");
  linkSync(join(root, "hard"), join(root, "harder"));
  utimesSync(join(root, "nothing"), 0, 0);
  utimesSync(join(root, "empty"), 1_234_567_890, 1_234_567_890.5);
  lutimesSync(join(root, "link"), 1, 253_402_300_799);
}

/** A few files and folders of any shape. */
export function makeRandomScene(root: string, random: Random): void {
  const below = (limit: number): number => Buffer.from(random(6)).readUIntLE(0, 6) % limit;
  const folders = [root];
  for (let i = 0; i < 60; i++) {
    const parent = folders[below(folders.length)]!;
    const name = Buffer.concat([Buffer.from(`${parent}/${i}-`), legal(random(below(12)))]);
    if (below(5) === 0) {
      const folder = join(parent, `folder ${i}`);
      mkdirSync(folder);
      folders.push(folder);
    } else writeFileSync(name, content(below, random));
  }
}

function content(below: (limit: number) => number, random: Random): Uint8Array {
  const size = [0, 1, below(300), below(30_000), below(MIB), CHUNK_MIN + below(2 * MIB)][below(6)]!;
  switch (below(4)) {
    case 0:
      return new Uint8Array(size).fill(below(3));
    case 1:
      return repeated(random(1 + below(5000)), 1 + size / 5000).subarray(0, size);
    case 2:
      return planted(random(size), [below(size + 1), below(size + 1), below(size + 1)]);
    default:
      return random(size);
  }
}

function legal(name: Uint8Array): Uint8Array {
  return name.map((byte) => (byte === 0 || byte === 0x2f ? 0x2d : byte));
}

function repeated(block: Uint8Array, times: number): Uint8Array {
  return Buffer.concat(Array.from({ length: Math.floor(times) }, () => block));
}

/** With a place to cut after each of these lengths, if it fits. */
function planted(bytes: Uint8Array, cuts: readonly number[]): Uint8Array {
  for (const cut of cuts) if (cut >= WINDOW && cut <= bytes.length) bytes.fill(0, cut - WINDOW, cut);
  return bytes;
}
