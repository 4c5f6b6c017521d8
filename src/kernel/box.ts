import { timingSafeEqual } from "node:crypto";
import type { Bytes } from "../base/bytes.ts";
import { FirnError } from "../base/error.ts";
import { boxCipher } from "./box-cipher.ts";
import type { MasterKey } from "./master-key.ts";

export const IV_LENGTH = 16;
const TAG_LENGTH = 16;

/** Bytes a sealed box is longer than its plaintext (restic-format §1). */
export const BOX_OVERHEAD = IV_LENGTH + TAG_LENGTH;

/** A box that does not open: too short, a zero IV, or a tag that does not fit (damage, or another key). */
export class BoxError extends FirnError {
  constructor(message: string) {
    super({ code: "bad-box", message });
  }
}

/** Encrypts and authenticates: IV ‖ AES-256-CTR ‖ Poly1305-AES over the ciphertext. `iv` is 16 fresh random bytes, used once. */
export function sealBox(key: MasterKey, plaintext: Bytes, iv: Bytes): Bytes {
  const box = Buffer.allocUnsafeSlow(plaintext.length + BOX_OVERHEAD);
  sealInto(key, iv, plaintext, box);
  return box;
}

/**
 * The same, to the start of `box`, BOX_OVERHEAD bytes longer than the plaintext; which may already lie in its place there, at IV_LENGTH, but
 * not overlap the box otherwise.
 */
export function sealInto(key: MasterKey, iv: Bytes, plaintext: Bytes, box: Bytes): void {
  if (iv.length !== IV_LENGTH) throw new RangeError(`an IV has ${IV_LENGTH} bytes, not ${iv.length}`);
  if (isZero(iv)) throw new BoxError("the IV of a box must not be zero");
  const end = IV_LENGTH + plaintext.length;
  if (box.length < end + TAG_LENGTH) throw new RangeError(`a box of ${end + TAG_LENGTH} bytes does not fit into ${box.length}`);
  box.set(iv, 0);
  const ciphertext = box.subarray(IV_LENGTH, end);
  boxCipher.ctr(key, iv, plaintext, ciphertext);
  boxCipher.tag(key, iv, ciphertext, box.subarray(end));
}

/** The plaintext of a box, its tag checked first; in `room` when that is given and large enough. Throws BoxError. */
export function openBox(key: MasterKey, box: Bytes, room?: Bytes): Bytes {
  const length = Math.max(0, box.length - BOX_OVERHEAD);
  const target = room !== undefined && room.length >= length ? room : Buffer.allocUnsafeSlow(length);
  return target.subarray(0, openInto(key, box, target));
}

/**
 * Writes the plaintext to the start of `room`, its tag checked first, and says how long it is: BOX_OVERHEAD less than the box. The room may
 * be the box's own ciphertext (from IV_LENGTH on), but not overlap it otherwise. Throws BoxError.
 */
export function openInto(key: MasterKey, box: Bytes, room: Bytes): number {
  if (box.length < BOX_OVERHEAD) throw new BoxError(`too short to be a sealed box: ${box.length} bytes`);
  const end = box.length - TAG_LENGTH;
  const iv = box.subarray(0, IV_LENGTH);
  if (isZero(iv)) throw new BoxError("the IV of a box is zero");
  const ciphertext = box.subarray(IV_LENGTH, end);
  if (room.length < ciphertext.length) throw new RangeError(`${ciphertext.length} bytes do not fit into ${room.length}`);
  boxCipher.tag(key, iv, ciphertext, tagFound);
  if (!timingSafeEqual(tagFound, box.subarray(end))) {
    throw new BoxError("authentication failed (damaged, or sealed with another key)");
  }
  boxCipher.ctr(key, iv, ciphertext, room);
  return ciphertext.length;
}

const tagFound = Buffer.alloc(TAG_LENGTH);

/** Refuses keys of the wrong size and parts that are all zero (restic-format §1). */
export function assertValidKey(key: MasterKey): void {
  for (const [name, part, length] of [
    ["encrypt", key.encrypt, 32],
    ["mac.k", key.macK, 16],
    ["mac.r", key.macR, 16],
  ] as const) {
    if (part.length !== length || isZero(part)) {
      throw new FirnError({ code: "invalid-key", message: `${name} of the key must be ${length} bytes and not all zero` });
    }
  }
}

function isZero(bytes: Bytes): boolean {
  for (const byte of bytes) if (byte !== 0) return false;
  return true;
}
