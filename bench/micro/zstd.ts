import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Bytes } from "../../src/base/bytes.ts";
import { compressedMax, compressInto, decompressInto } from "../../src/kernel/zstd.ts";
import { nativeZstd } from "../../src/kernel/zstd-native.ts";
import { compressByNode, decompressByNode } from "../../src/kernel/zstd-node.ts";
import { type CompressionLevel, settingOf, type ZstdSetting } from "../../src/kernel/zstd-setting.ts";
import { MicroTable } from "./table.ts";

/** zstd (kernel/zstd) on small sources, on a chunk of the program that runs this, and on noise; node:zlib against the library called directly. */
const KERNEL = join(import.meta.dirname, "../../src");
const MEGABYTE = 1 << 20;
const LEVEL_3: ZstdSetting = { level: 3 };

const sources = readdirSync(KERNEL, { recursive: true, encoding: "utf8" })
  .map((name) => join(KERNEL, name))
  .filter((path) => path.endsWith(".ts") && statSync(path).size < 64 * 1024)
  .map((path) => readFileSync(path));
const machineCode = readFileSync(process.execPath).subarray(32 * MEGABYTE, 33 * MEGABYTE);
const noise = randomBytes(MEGABYTE);
const room = Buffer.alloc(compressedMax(MEGABYTE));
const back = Buffer.alloc(MEGABYTE);

function framed(bytes: Bytes, level: CompressionLevel): Bytes {
  return Buffer.from(room.subarray(0, compressInto(bytes, room, level)));
}

function share(blobs: readonly Bytes[], compress: (blob: Bytes) => number): string {
  const sum = (lengths: readonly number[]): number => lengths.reduce((a, b) => a + b, 0);
  return `${((100 * sum(blobs.map(compress))) / sum(blobs.map((blob) => blob.length))).toFixed(1)} %`;
}

const table = new MicroTable("zstd");
const subjects: readonly (readonly [string, readonly Bytes[]])[] = [
  [`${sources.length} sources`, sources],
  ["1 MiB of machine code", [machineCode]],
  ["1 MiB of noise", [noise]],
];
for (const [name, blobs] of subjects) {
  const total = blobs.reduce((sum, blob) => sum + blob.length, 0);
  for (const level of ["fastest", "auto", "better"] as const) {
    const left = share(blobs, (blob) => compressInto(blob, room, level));
    table.bytes(`${name}: ${level}, leaves ${left}`, total, () => {
      for (const blob of blobs) compressInto(blob, room, level);
    });
  }
  if (nativeZstd !== undefined) {
    const left = share(blobs, (blob) => nativeZstd!.compressInto(blob, room, LEVEL_3)!);
    table.bytes(`${name}: plain level 3, leaves ${left}`, total, () => {
      for (const blob of blobs) nativeZstd!.compressInto(blob, room, LEVEL_3);
    });
  }
  table.bytes(`${name}: auto by node:zlib`, total, () => {
    for (const blob of blobs) compressByNode(blob, settingOf("auto", blob.length));
  });
  const frames = blobs.map((blob) => ({ frame: framed(blob, "auto"), length: blob.length }));
  table.bytes(`${name}: decompress`, total, () => {
    for (const { frame, length } of frames) decompressInto(frame, back.subarray(0, length));
  });
  table.bytes(`${name}: decompress by node:zlib`, total, () => {
    for (const { frame, length } of frames) decompressByNode(frame, length);
  });
}
const small = Buffer.from(sources[0]!.subarray(0, 500));
const smallFrame = framed(small, "auto");
table.each("500 bytes: compress", 1, () => compressInto(small, room, "auto"), "µs");
table.each("500 bytes: compress by node:zlib", 1, () => compressByNode(small, settingOf("auto", small.length)), "µs");
table.each("500 bytes: decompress", 1, () => decompressInto(smallFrame, back), "µs");
table.each("500 bytes: decompress by node:zlib", 1, () => decompressByNode(smallFrame, small.length), "µs");
table.print();
