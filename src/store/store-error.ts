import { FirnError } from "../base/error.ts";

export type StoreErrorCode =
  | "not-found"
  | "already-exists"
  | "changed"
  /** The object is in an archive class and not thawed. */
  | "archived"
  | "expedited-unavailable"
  | "not-archived"
  | "access-denied"
  | "no-such-bucket"
  | "clock-skew"
  | "throttled"
  | "no-space"
  | "read-only"
  | "bad-range"
  | "truncated"
  | "unsupported"
  | "network"
  | "server"
  | "invalid";

/** A store's failure. Retrying helps for throttled, network, server and truncated only. */
export class StoreError extends FirnError {
  declare readonly code: StoreErrorCode;
  readonly key: string | undefined;

  constructor(facts: { code: StoreErrorCode; message: string; key?: string | undefined; hint?: string | undefined; cause?: unknown }) {
    super({ ...facts, retryable: RETRYABLE.has(facts.code) });
    this.key = facts.key;
  }
}

const RETRYABLE: ReadonlySet<StoreErrorCode> = new Set(["throttled", "network", "server", "truncated"]);

export function isStoreError(error: unknown, code: StoreErrorCode): boolean {
  return error instanceof StoreError && error.code === code;
}
