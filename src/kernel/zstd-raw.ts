import type { Bytes } from "../base/bytes.ts";

// A zstd frame that holds its content as it is, in raw blocks (RFC 8878 §3.1.1): what any zstd does with random bytes, after having tried.

const BLOCK_MAX = 128 * 1024;
const BLOCK_HEADER = 3;
/** Magic number, descriptor, window, content size. */
const HEADER_MAX = 10;
const MAGIC = 0xfd2fb528;
/** 8 MiB: exponent 13 above 1 KiB, no mantissa. */
const WINDOW = { bytes: 8 * 1024 * 1024, descriptor: 13 << 3 };
const SINGLE_SEGMENT = 1 << 5;
const SIZE_OF_4_BYTES = 2 << 6;

/** A frame of so many bytes is enough for any content of that length. */
export function rawFrameMax(length: number): number {
  return HEADER_MAX + length + BLOCK_HEADER * Math.max(1, Math.ceil(length / BLOCK_MAX));
}

/** Writes the frame to the start of `room`, which has rawFrameMax(bytes.length) bytes; its length. */
export function rawFrameInto(bytes: Bytes, room: Bytes): number {
  let at = writeHeader(bytes.length, new DataView(room.buffer, room.byteOffset, room.byteLength));
  let from = 0;
  do {
    const size = Math.min(BLOCK_MAX, bytes.length - from);
    const last = from + size === bytes.length ? 1 : 0;
    const header = (size << 3) | last;
    room[at] = header;
    room[at + 1] = header >> 8;
    room[at + 2] = header >> 16;
    room.set(bytes.subarray(from, from + size), at + BLOCK_HEADER);
    at += BLOCK_HEADER + size;
    from += size;
  } while (from < bytes.length);
  return at;
}

/** §3.1.1.1: content size in 4 bytes, and a window only where the content does not serve as one. */
function writeHeader(length: number, room: DataView): number {
  const single = length <= WINDOW.bytes;
  room.setUint32(0, MAGIC, true);
  room.setUint8(4, SIZE_OF_4_BYTES | (single ? SINGLE_SEGMENT : 0));
  if (!single) room.setUint8(5, WINDOW.descriptor);
  const at = single ? 5 : 6;
  room.setUint32(at, length, true);
  return at + 4;
}
