import { accessDenied } from "../s3-error.ts";
import type { StoredObject } from "../state/object.ts";

/** COMPLIANCE yields to nobody; GOVERNANCE to who may bypass it and says so. */
export type LockMode = "GOVERNANCE" | "COMPLIANCE";

export interface Retention {
  readonly mode: LockMode;
  /** ms since the epoch; from then on the version is free. */
  readonly until: number;
}

/** What new versions get that ask for nothing. */
export interface DefaultRetention {
  readonly mode: LockMode;
  readonly length: { readonly days: number } | { readonly years: number };
}

export function isLockMode(text: string | undefined): text is LockMode {
  return text === "GOVERNANCE" || text === "COMPLIANCE";
}

export function defaultUntil(fallback: DefaultRetention | undefined, at: number): Retention | undefined {
  if (fallback === undefined) return undefined;
  const { mode, length } = fallback;
  const until = new Date(at);
  if ("days" in length) until.setUTCDate(until.getUTCDate() + length.days);
  else until.setUTCFullYear(until.getUTCFullYear() + length.years);
  return { mode, until: until.getTime() };
}

type Locked = Pick<StoredObject, "retention" | "legalHold">;

/** May this version be removed for good? A legal hold says no to everybody, for as long as it stands. */
export function mayRemove(version: Locked, at: number, bypass: boolean): boolean {
  if (version.legalHold === "ON") return false;
  return version.retention === undefined || version.retention.until <= at || (version.retention.mode === "GOVERNANCE" && bypass);
}

export function checkMayRemove(version: Locked, at: number, bypass: boolean): void {
  if (!mayRemove(version, at, bypass)) throw protectedByLock();
}

/** A retention under way may be made longer; anything else loosens it and needs the bypass, or cannot be. */
export function checkMayReplace(version: Locked, next: Retention | undefined, at: number, bypass: boolean): void {
  const before = version.retention;
  if (before === undefined || before.until <= at) return;
  if (next?.mode === before.mode && next.until >= before.until) return;
  if (before.mode === "GOVERNANCE" && bypass) return;
  throw protectedByLock();
}

function protectedByLock() {
  return accessDenied("Access Denied because object protected by object lock.");
}
