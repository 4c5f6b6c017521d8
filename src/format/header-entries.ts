import type { Bytes } from "../base/bytes.ts";
import { headerEntryLength, PACK_OVERHEAD } from "./pack-header.ts";

// A header's plaintext, looked into where it lies (restic-format §3): type and whether it is compressed, the box's length, the plaintext's if
// it is, the id.

const TREE_BIT = 1;
const COMPRESSED_BIT = 2;
const LENGTH_AT = 1;
const UNCOMPRESSED_AT = 5;
const ID_LENGTH = 32;

/** Where the entry after the one at `entry` begins. */
export function nextEntry(header: Bytes, entry: number): number {
  return entry + headerEntryLength((header[entry]! & COMPRESSED_BIT) !== 0);
}

export function boxLengthAt(header: Bytes, entry: number): number {
  return uint32At(header, entry + LENGTH_AT);
}

/** 0 when the blob is stored as it is. */
export function uncompressedLengthAt(header: Bytes, entry: number): number {
  return (header[entry]! & COMPRESSED_BIT) === 0 ? 0 : uint32At(header, entry + UNCOMPRESSED_AT);
}

export function idAt(header: Bytes, entry: number): Bytes {
  const end = nextEntry(header, entry);
  return header.subarray(end - ID_LENGTH, end);
}

/** The size of a pack with this header. */
export function packSizeWith(header: Bytes): number {
  let size = header.length + PACK_OVERHEAD;
  for (let entry = 0; entry < header.length; entry = nextEntry(header, entry)) size += boxLengthAt(header, entry);
  return size;
}

/** Whether it lists both data and trees. */
export function isMixed(header: Bytes): boolean {
  let seen = 0;
  for (let entry = 0; entry < header.length; entry = nextEntry(header, entry)) seen |= 1 << (header[entry]! & TREE_BIT);
  return seen === 3;
}

export function uint32At(bytes: Bytes, at: number): number {
  return bytes[at]! + bytes[at + 1]! * 0x100 + bytes[at + 2]! * 0x1_0000 + bytes[at + 3]! * 0x100_0000;
}
