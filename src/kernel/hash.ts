import { createHash, hash } from "node:crypto";
import { asBuffer, type Bytes } from "../base/bytes.ts";

export const SHA256_LENGTH = 32;

/** SHA-256 as 64 lower-case hex digits. One-shot hashing halves the cost of small blobs against createHash. */
export function sha256Hex(bytes: Bytes): string {
  return hash("sha256", bytes, "hex");
}

/**
 * Writes the 32 bytes of SHA-256 to the start of `out`. Through a string of 32 latin1 characters: 0.7 µs for 500 bytes against 3.6 µs for
 * a one-shot buffer and 1.3 µs by way of hex digits; OpenSSL called directly with a kept context came to 0.6 µs, not worth its code.
 */
export function sha256Into(bytes: Bytes, out: Bytes): void {
  asBuffer(out).write(hash("sha256", bytes, "latin1"), 0, SHA256_LENGTH, "latin1");
}

/** SHA-256 of bytes that come in pieces; starts anew after each digest. */
export class Sha256 {
  private state = createHash("sha256");

  update(bytes: Bytes): void {
    this.state.update(bytes);
  }

  /** Writes the 32 bytes to the start of `out`, and forgets what was added. */
  digestInto(out: Bytes): void {
    out.set(this.state.digest());
    this.reset();
  }

  reset(): void {
    this.state = createHash("sha256");
  }
}
