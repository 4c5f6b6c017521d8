import type { Bytes } from "../base/bytes.ts";
import { SCRATCH_MAX } from "../base/limits.ts";
import { isHopeless } from "./incompressible.ts";
import { nativeZstd } from "./zstd-native.ts";
import { compressByNode, decompressByNode } from "./zstd-node.ts";
import { rawFrameInto, rawFrameMax } from "./zstd-raw.ts";
import { type CompressionLevel, settingOf } from "./zstd-setting.ts";

export { ZstdError } from "./zstd-node.ts";
export type { CompressionLevel } from "./zstd-setting.ts";

/** The native road wants room for `maxLength` at once, so that a lying length must not be large. */
const NATIVE_MAX = 16 * 1024 * 1024;
const SCRATCH_FIRST = 256 * 1024;

/** own: memory of its own. brief: good until the next call only, and costs no memory. */
export type Life = "own" | "brief";

/** The room compressInto needs at most for so many bytes. */
export function compressedMax(length: number): number {
  return rawFrameMax(length);
}

/**
 * Writes one zstd frame without checksum or dictionary (restic-format §2.1) to the start of `room`, which has compressedMax(bytes.length)
 * bytes; its length. What does not get smaller is framed as it is. The room must not overlap the bytes; both may lie in shared memory.
 */
export function compressInto(bytes: Bytes, room: Bytes, level: CompressionLevel): number {
  if (room.length < compressedMax(bytes.length)) throw new RangeError(`${room.length} bytes may not hold ${bytes.length} compressed`);
  const patient = level === "max" || level === "better";
  if (!patient && isHopeless(bytes, sampleLength)) return rawFrameInto(bytes, room);
  const setting = settingOf(level, bytes.length);
  // A context for level 19 would keep some 80 MB; what making it anew costs does not show beside the compressing.
  const native = level === "max" ? undefined : nativeZstd;
  if (native !== undefined) return native.compressInto(bytes, room, setting) ?? rawFrameInto(bytes, room);
  const frame = compressByNode(bytes, setting);
  if (frame.length > room.length) return rawFrameInto(bytes, room);
  room.set(frame);
  return frame.length;
}

const sampleRoom = Buffer.alloc(8 * 1024);

function sampleLength(sample: Bytes): number {
  const setting = settingOf("auto", sample.length);
  return nativeZstd?.compressInto(sample, sampleRoom, setting) ?? compressByNode(sample, setting).length;
}

/** The frame of compressInto. A brief one is good until the next call only. */
export function compress(bytes: Bytes, level: CompressionLevel, life: Life = "own"): Bytes {
  const room = scratchOf(compressedMax(bytes.length));
  return lasting(room, compressInto(bytes, room, level), life);
}

/**
 * Writes what one or more zstd frames hold, with or without content size, to the start of `room`; its length. Throws ZstdError when they hold
 * more than the room, or are damaged. The room must not overlap the bytes; both may lie in shared memory.
 */
export function decompressInto(bytes: Bytes, room: Bytes): number {
  const native = bytes.length === 0 || room.length === 0 ? undefined : nativeZstd?.decompressInto(bytes, room);
  if (native !== undefined) return native;
  // Whatever is wrong is found again, and named, on the long road.
  const plaintext = decompressByNode(bytes, room.length);
  room.set(plaintext);
  return plaintext.length;
}

/**
 * The same, at most `maxLength` bytes, in memory of its own; with `brief` they are only good until the next call.
 */
export function decompress(bytes: Bytes, maxLength: number, life: Life = "own"): Bytes {
  if (maxLength > NATIVE_MAX) return decompressByNode(bytes, maxLength);
  const room = scratchOf(maxLength).subarray(0, maxLength);
  return lasting(room, decompressInto(bytes, room), life);
}

let scratch: Bytes = new Uint8Array(0);

/** Kept from call to call, so that its pages stay mapped; larger than SCRATCH_MAX only for once. */
function scratchOf(length: number): Bytes {
  if (length > SCRATCH_MAX) return Buffer.allocUnsafeSlow(length);
  if (length > scratch.length) {
    scratch = Buffer.allocUnsafeSlow(Math.min(SCRATCH_MAX, Math.max(SCRATCH_FIRST, length, scratch.length * 2)));
  }
  return scratch;
}

function lasting(room: Bytes, length: number, life: Life): Bytes {
  return life === "brief" ? room.subarray(0, length) : Uint8Array.prototype.slice.call(room, 0, length);
}
