import { DAY_MS } from "../clock.ts";
import { matches } from "../lifecycle/filter.ts";
import type { StoredObject } from "../state/object.ts";
import type { TieringConfiguration } from "./configuration.ts";

/** Where an object of INTELLIGENT_TIERING lies; the last two must be asked for, and must be thawed. */
export type AccessTier = "FREQUENT" | "INFREQUENT" | "ARCHIVE_INSTANT" | ArchiveTier;
export type ArchiveTier = "ARCHIVE_ACCESS" | "DEEP_ARCHIVE_ACCESS";

/** Warmest first. */
const TIERS: readonly AccessTier[] = ["FREQUENT", "INFREQUENT", "ARCHIVE_INSTANT", "ARCHIVE_ACCESS", "DEEP_ARCHIVE_ACCESS"];
const INFREQUENT_DAYS = 30;
const ARCHIVE_INSTANT_DAYS = 90;

/** Smaller objects stay FREQUENT, and are not monitored. */
export const MONITORED_FROM_BYTES = 128 * 1024;

export function isArchiveTier(tier: AccessTier | undefined): tier is ArchiveTier {
  return tier === "ARCHIVE_ACCESS" || tier === "DEEP_ARCHIVE_ACCESS";
}

export interface Sinking {
  readonly tier: AccessTier;
  readonly at: number;
}

/** Where an object sinks next when nobody touches it. Of tiers that are due together it takes the coldest: an opt-in at 90 days skips ARCHIVE_INSTANT. */
export function nextTier(object: StoredObject, configurations: readonly TieringConfiguration[]): Sinking | undefined {
  const { accessTier } = object;
  if (accessTier === undefined || object.restore !== undefined || object.size < MONITORED_FROM_BYTES) return undefined;
  let next: Sinking | undefined;
  for (const { tier, days } of afterDays(object, configurations)) {
    const at = object.lastAccess + days * DAY_MS;
    const colder = TIERS.indexOf(tier) > TIERS.indexOf(accessTier);
    if (colder && (next === undefined || at < next.at || (at === next.at && TIERS.indexOf(tier) > TIERS.indexOf(next.tier)))) {
      next = { tier, at };
    }
  }
  return next;
}

function afterDays(object: StoredObject, configurations: readonly TieringConfiguration[]): { tier: AccessTier; days: number }[] {
  const asked = configurations.filter(({ enabled, filter }) => enabled && matches(filter, object));
  return [
    { tier: "INFREQUENT", days: INFREQUENT_DAYS },
    { tier: "ARCHIVE_INSTANT", days: ARCHIVE_INSTANT_DAYS },
    ...asked.flatMap(({ tiers }) => tiers),
  ];
}
