import type { Bytes } from "../base/bytes.ts";
import { nodeCipher } from "./node-cipher.ts";
import { opensslCipher } from "./openssl-native.ts";
import type { MasterKey } from "./master-key.ts";

/** The two algorithms of a sealed box (restic-format §1). Bytes may lie in shared memory; none are kept. */
export interface BoxCipher {
  /** AES-256-CTR under key.encrypt from `iv`: as many bytes of `to` as `from` has. They may be the very same bytes, but not overlap otherwise. */
  ctr(key: MasterKey, iv: Bytes, from: Bytes, to: Bytes): void;
  /** Writes the 16 bytes of Poly1305 under the one-time key macR ‖ AES-128(macK, nonce), in that order, to the start of `tag`. */
  tag(key: MasterKey, nonce: Bytes, message: Bytes, tag: Bytes): void;
}

export const boxCipher: BoxCipher = opensslCipher ?? nodeCipher;
