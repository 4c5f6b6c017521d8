import { DAY_MS, midnightAtOrAfter } from "./clock.ts";
import type { RetrievalTier } from "./ledger/prices.ts";
import type { StoredObject } from "./state/object.ts";
import { isArchiveClass } from "./state/storage-class.ts";
import { isArchiveTier } from "./tiering/tiers.ts";

export type ArchiveState = "hot" | "archived" | "thawing" | "thawed";

/** The kind of ice an object lies in: its class, or its tier of INTELLIGENT_TIERING; undefined when it can be read at once. */
export function iceOf(object: StoredObject): string | undefined {
  if (isArchiveTier(object.accessTier)) return object.accessTier;
  return isArchiveClass(object.storageClass) ? object.storageClass : undefined;
}

export function archiveState(object: StoredObject): ArchiveState {
  if (iceOf(object) === undefined) return "hot";
  if (object.restore === undefined) return "archived";
  return object.restore.expiry === undefined ? "thawing" : "thawed";
}

export function isReadable(object: StoredObject): boolean {
  const state = archiveState(object);
  return state === "hot" || state === "thawed";
}

/** Published waits in hours, from and to. Ice without an entry does not offer that tier. */
const WAITS: Readonly<Record<string, Readonly<Partial<Record<RetrievalTier, readonly [number, number]>>>>> = {
  GLACIER: { Expedited: [1 / 60, 5 / 60], Standard: [3, 5], Bulk: [5, 12] },
  // Of DEEP_ARCHIVE only the upper ends are published.
  DEEP_ARCHIVE: { Standard: [6, 12], Bulk: [24, 48] },
  ARCHIVE_ACCESS: { Expedited: [1 / 60, 5 / 60], Standard: [3, 5], Bulk: [5, 12] },
  DEEP_ARCHIVE_ACCESS: { Standard: [6, 12], Bulk: [24, 48] },
};

const HOUR_MS = 3_600_000;
const SPEED: Readonly<Record<RetrievalTier, number>> = { Expedited: 3, Standard: 2, Bulk: 1 };

export function isTier(text: string): text is RetrievalTier {
  return text in SPEED;
}

export function isFaster(tier: RetrievalTier, than: RetrievalTier): boolean {
  return SPEED[tier] > SPEED[than];
}

export function offersTier(object: StoredObject, tier: RetrievalTier): boolean {
  return WAITS[iceOf(object) ?? ""]?.[tier] !== undefined;
}

/** How long thaws take: the upper end of the published time, anywhere in the published range, or as the test says. */
export type Waits = "upper" | "spread" | ((thaw: { key: string; storageClass: string; tier: RetrievalTier; size: number }) => number);

export function waitMs(object: StoredObject, tier: RetrievalTier, waits: Waits, random: () => number): number {
  const { key, storageClass, size } = object;
  if (typeof waits === "function") return waits({ key, storageClass, tier, size });
  const [from, to] = WAITS[iceOf(object) ?? ""]?.[tier] ?? [0, 0];
  const share = waits === "upper" ? 1 : random();
  return Math.round((from + (to - from) * share) * HOUR_MS);
}

/** A copy asked for `days` lasts until the midnight UTC that follows ready + days. */
export function expiryOf(readyAt: number, days: number): number {
  return midnightAtOrAfter(readyAt + days * DAY_MS);
}

/** The value of x-amz-restore; undefined when there is nothing to say. */
export function restoreHeader(object: StoredObject): string | undefined {
  if (object.restore === undefined) return undefined;
  const { expiry } = object.restore;
  if (expiry === undefined) return 'ongoing-request="true"';
  return `ongoing-request="false", expiry-date="${new Date(expiry).toUTCString()}"`;
}
