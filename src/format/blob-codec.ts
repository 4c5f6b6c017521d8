import type { Bytes } from "../base/bytes.ts";
import { compress, decompress, ZstdError } from "../kernel/zstd.ts";
import type { CompressionLevel } from "../kernel/zstd.ts";
import type { Life } from "../kernel/zstd-native.ts";
import type { BlobType } from "./blob.ts";

export interface BlobPayload {
  /** What goes into the box. */
  readonly payload: Bytes;
  /** 0 when stored as it is. */
  readonly uncompressedLength: number;
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
  const plain = version === 1 || plaintext.length === 0 || (compression === "off" && type === "data");
  if (plain) return { payload: plaintext, uncompressedLength: 0 };
  return { payload: compress(plaintext, compression === "off" ? "auto" : compression, life), uncompressedLength: plaintext.length };
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
