import type { RestoreState } from "../object-store.ts";

/**
 * Reads `x-amz-restore: ongoing-request="false", expiry-date="…"` (object-storage §2.2): either order, any white space. Some servers say
 * `false` right after the request, with no date: without a date nothing is known to be readable, so that counts as ongoing. A copy whose
 * time is over is no restore at all.
 */
export function parseRestoreHeader(header: string | undefined, now: number): RestoreState | undefined {
  const ongoing = /ongoing-request\s*=\s*"\s*(true|false)\s*"/i.exec(header ?? "")?.[1]?.toLowerCase();
  if (ongoing === undefined) return undefined;
  const date = /expiry-date\s*=\s*"([^"]*)"/i.exec(header ?? "")?.[1];
  return restoreState(ongoing === "true", date === undefined ? undefined : Date.parse(date), now);
}

export function restoreState(ongoing: boolean, expiry: number | undefined, now: number): RestoreState | undefined {
  if (ongoing || expiry === undefined || Number.isNaN(expiry)) return { ongoing: true, expiry: undefined };
  return expiry <= now ? undefined : { ongoing: false, expiry };
}
