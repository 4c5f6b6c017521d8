import type { Bytes } from "../base/bytes.ts";
import { compress, compressedMax, compressInto, decompress, ZstdError } from "../kernel/zstd.ts";
import type { CompressionLevel, Life } from "../kernel/zstd.ts";
import type { BlobType } from "./blob.ts";

export interface BlobPayload {
  /** What goes into the box. */
  readonly payload: Bytes;
  /** 0 when stored as it is. */
  readonly uncompressedLength: number;
}

/** A payload's measures, in bytes. */
export interface PayloadLengths {
  readonly payload: number;
  /** 0 when stored as it is. */
  readonly uncompressed: number;
}

/**
 * What is sealed for a blob. Version 1 never compresses; version 2 compresses every blob that is not empty, whether it gets
 * smaller or not, except data when compression is off (restic-format §2.1). A brief payload is good until the next call.
 */
export function encodeBlob(
  version: 1 | 2,
  compression: CompressionLevel | "off",
  type: BlobType,
  plaintext: Bytes,
  life: Life = "own",
): BlobPayload {
  const level = levelOf(version, compression, type, plaintext);
  if (level === "off") return { payload: plaintext, uncompressedLength: 0 };
  return { payload: compress(plaintext, level, life), uncompressedLength: plaintext.length };
}

/** The room encodeBlobInto needs at most for a blob of so many bytes. */
export function payloadMax(length: number): number {
  return compressedMax(length);
}

/** The same, written to the start of `room`, which has payloadMax(plaintext.length) bytes and does not overlap the plaintext. */
export function encodeBlobInto(
  version: 1 | 2,
  compression: CompressionLevel | "off",
  type: BlobType,
  plaintext: Bytes,
  room: Bytes,
): PayloadLengths {
  const level = levelOf(version, compression, type, plaintext);
  if (level !== "off") return { payload: compressInto(plaintext, room, level), uncompressed: plaintext.length };
  room.set(plaintext);
  return { payload: plaintext.length, uncompressed: 0 };
}

function levelOf(version: 1 | 2, compression: CompressionLevel | "off", type: BlobType, plaintext: Bytes): CompressionLevel | "off" {
  if (version === 1 || plaintext.length === 0) return "off";
  return compression === "off" && type === "tree" ? "auto" : compression;
}

/**
 * The plaintext of a blob from its payload; throws ZstdError when it does not decompress to exactly the length in the index. A brief one
 * is good until the next call.
 */
export function decodeBlob(payload: Bytes, uncompressedLength: number, life: Life = "own"): Bytes {
  if (uncompressedLength === 0) return payload;
  const plaintext = decompress(payload, uncompressedLength, life);
  if (plaintext.length !== uncompressedLength) {
    throw new ZstdError(`decompresses to ${plaintext.length} bytes, not the ${uncompressedLength} that were stored`);
  }
  return plaintext;
}
