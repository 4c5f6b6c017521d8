import type { Bytes } from "../base/bytes.ts";

/** The key material that every sealed box of a repository is made with (restic-format §1). */
export interface MasterKey {
  /** 32 bytes, AES-256. */
  readonly encrypt: Bytes;
  /** 16 bytes, AES-128 key that turns the IV into Poly1305's second half. */
  readonly macK: Bytes;
  /** 16 bytes, Poly1305's r, clamped or not. */
  readonly macR: Bytes;
}
