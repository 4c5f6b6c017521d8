import type { Bytes } from "../base/bytes.ts";
import { CorruptError } from "../base/error.ts";
import { SCRATCH_MAX } from "../base/limits.ts";
import { openInto } from "../kernel/box.ts";
import { type Checksum, checksum } from "../kernel/checksum.ts";
import type { MasterKey } from "../kernel/master-key.ts";
import { decodeBlob } from "./blob-codec.ts";

let scratch: Bytes = new Uint8Array(0);

/**
 * Opens what was just sealed and throws CorruptError unless it gives back the plaintext: broken memory or a bug would otherwise show only
 * when the data is needed. `sum` is the plaintext's checksum, taken before it was hashed. Whatever befell the plaintext, the payload or the
 * box since then differs from it, as it would differ from the id, so that nothing is lost against hashing once more (restic's way), at
 * 0.2 ms instead of 0.7 ms for 1 MB; comparing with the plaintext at hand would not see that this had changed between hashing and compressing.
 */
export function checkBox(key: MasterKey, box: Bytes, uncompressedLength: number, sum: Checksum, name: () => string): void {
  let found: Checksum;
  try {
    const room = scratchOf(box.length);
    const payload = room.subarray(0, openInto(key, box, room));
    found = checksum(decodeBlob(payload, uncompressedLength, "brief"));
  } catch (cause) {
    throw corrupted(name(), "what was just sealed does not open again", cause);
  }
  if (found !== sum) throw corrupted(name(), "what was just sealed opens to something else");
}

function corrupted(object: string, check: string, cause?: unknown): CorruptError {
  return new CorruptError({ object, check, hint: "nothing was stored; this points at faulty memory, please test it", cause });
}

function scratchOf(length: number): Bytes {
  if (length > SCRATCH_MAX) return Buffer.allocUnsafeSlow(length);
  if (length > scratch.length) scratch = Buffer.allocUnsafeSlow(Math.min(SCRATCH_MAX, length * 2));
  return scratch;
}
