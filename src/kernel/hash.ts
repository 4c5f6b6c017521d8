import { hash } from "node:crypto";
import type { Bytes } from "../base/bytes.ts";

/** SHA-256 as 64 lower-case hex digits. One-shot hashing halves the cost of small blobs against createHash. */
export function sha256Hex(bytes: Bytes): string {
  return hash("sha256", bytes, "hex");
}

export function sha256(bytes: Bytes): Bytes {
  return hash("sha256", bytes, "buffer");
}
