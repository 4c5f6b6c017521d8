import { type Cipheriv, createCipheriv, createDecipheriv, type Decipheriv, timingSafeEqual } from "node:crypto";
import { type Bytes, giveUp } from "../base/bytes.ts";
import { FirnError } from "../base/error.ts";
import { CIPHER_PIECE, GIVE_UP_ABOVE } from "../base/limits.ts";
import type { MasterKey } from "./master-key.ts";
import { poly1305Aes } from "./poly1305-aes.ts";

const IV_LENGTH = 16;
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
  if (iv.length !== IV_LENGTH) throw new RangeError(`an IV has ${IV_LENGTH} bytes, not ${iv.length}`);
  if (isZero(iv)) throw new BoxError("the IV of a box must not be zero");
  const box = Buffer.allocUnsafeSlow(plaintext.length + BOX_OVERHEAD);
  const end = IV_LENGTH + plaintext.length;
  box.set(iv, 0);
  pour(createCipheriv("aes-256-ctr", key.encrypt, iv), plaintext, box.subarray(IV_LENGTH, end));
  box.set(poly1305Aes(key, iv, box.subarray(IV_LENGTH, end)), end);
  return box;
}

/** The plaintext of a box, its tag checked first; in `room` when that is given and large enough. Throws BoxError. */
export function openBox(key: MasterKey, box: Bytes, room?: Bytes): Bytes {
  if (box.length < BOX_OVERHEAD) throw new BoxError(`too short to be a sealed box: ${box.length} bytes`);
  const end = box.length - TAG_LENGTH;
  const iv = box.subarray(0, IV_LENGTH);
  if (isZero(iv)) throw new BoxError("the IV of a box is zero");
  const ciphertext = box.subarray(IV_LENGTH, end);
  if (!timingSafeEqual(poly1305Aes(key, iv, ciphertext), box.subarray(end))) {
    throw new BoxError("authentication failed (damaged, or sealed with another key)");
  }
  const cipher = createDecipheriv("aes-256-ctr", key.encrypt, iv);
  if (room === undefined && ciphertext.length <= CIPHER_PIECE) return cipher.update(ciphertext);
  const roomy = room !== undefined && room.length >= ciphertext.length;
  const plaintext = roomy ? room.subarray(0, ciphertext.length) : Buffer.allocUnsafeSlow(ciphertext.length);
  pour(cipher, ciphertext, plaintext);
  return plaintext;
}

/**
 * A cipher answers in new memory each time. Piece by piece, given up at once, that memory is the same few pages from the cache: 0.54 ms
 * for 2 MiB against 1.25 ms in one go, and no garbage as large as the blob.
 */
function pour(cipher: Cipheriv | Decipheriv, from: Bytes, to: Bytes): void {
  for (let at = 0; at < from.length; at += CIPHER_PIECE) {
    const piece = cipher.update(from.subarray(at, at + CIPHER_PIECE));
    to.set(piece, at);
    if (piece.length >= GIVE_UP_ABOVE) giveUp(piece);
  }
}

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
  return bytes.every((byte) => byte === 0);
}
