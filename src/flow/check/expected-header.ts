import type { Bytes } from "../../base/bytes.ts";
import type { PackId } from "../../base/id.ts";
import { encodeHeader } from "../../format/pack-header.ts";
import type { BlobIndex } from "../../repo/repository.ts";

/** The plaintext that a pack's header must have by what the index lists; undefined when that leaves gaps, so that no header can have it. */
export function expectedHeader(index: BlobIndex, pack: PackId): Bytes | undefined {
  try {
    return encodeHeader(index.blobsOf(pack));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
