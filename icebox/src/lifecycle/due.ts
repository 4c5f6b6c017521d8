import { DAY_MS, midnightAtOrAfter } from "../clock.ts";
import { isMarker } from "../state/object.ts";
import type { DeleteMarker, StoredObject, Version } from "../state/object.ts";
import { matches } from "./filter.ts";
import type { LifecycleConfiguration, LifecycleRule, NoncurrentWhen, When } from "./rule.ts";

/** What the rules do to one version on one midnight. */
export type Due = { readonly kind: "expire" } | { readonly kind: "transition"; readonly storageClass: string };

const SMALL_BYTES = 128 * 1024;

/** The waterfall: a rule moves an object down only. */
const BELOW: Readonly<Record<string, ReadonlySet<string>>> = {
  STANDARD: new Set(["STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"]),
  REDUCED_REDUNDANCY: new Set(["STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"]),
  STANDARD_IA: new Set(["INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"]),
  INTELLIGENT_TIERING: new Set(["ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"]),
  ARCHIVE_ACCESS: new Set(["GLACIER", "DEEP_ARCHIVE"]),
  DEEP_ARCHIVE_ACCESS: new Set(["DEEP_ARCHIVE"]),
  ONEZONE_IA: new Set(["GLACIER", "DEEP_ARCHIVE"]),
  GLACIER_IR: new Set(["GLACIER", "DEEP_ARCHIVE"]),
  GLACIER: new Set(["DEEP_ARCHIVE"]),
};

/** Coldest last: of several transitions that are due, S3 takes the one that costs least to store. */
const COLDNESS = ["STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"];

/** For a current version. Removal goes before a transition, a transition before a delete marker (which is what expiry means in a versioned bucket). */
export function dueFor(object: StoredObject, configuration: LifecycleConfiguration, midnight: number, versioned: boolean): Due | undefined {
  const rules = enabledFor(object, configuration);
  const expires = rules.some((rule) => rule.expiration !== undefined && isDue(rule.expiration, object.lastModified, midnight));
  if (expires && !versioned) return { kind: "expire" };
  const moves = rules.flatMap((rule) =>
    rule.transitions.filter(({ when }) => isDue(when, object.lastModified, midnight)).map(({ storageClass }) => ({ rule, storageClass })),
  );
  return coldest(object, moves, configuration) ?? (expires ? { kind: "expire" } : undefined);
}

/** For a noncurrent version with so many newer noncurrent ones of its key above it. */
export function dueForNoncurrent(
  version: Version,
  newer: number,
  configuration: LifecycleConfiguration,
  midnight: number,
): Due | undefined {
  const since = version.noncurrentSince;
  if (since === undefined) return undefined;
  const isOver = ({ days, keep }: NoncurrentWhen): boolean => newer >= keep && isDue({ days }, since, midnight);
  const rules = enabledFor(version, configuration);
  if (rules.some(({ noncurrentExpiration: when }) => when !== undefined && isOver(when))) return { kind: "expire" };
  if (isMarker(version)) return undefined;
  const moves = rules.flatMap((rule) =>
    rule.noncurrentTransitions.filter(({ when }) => isOver(when)).map(({ storageClass }) => ({ rule, storageClass })),
  );
  return coldest(version, moves, configuration);
}

/** True when a delete marker with nothing beneath it goes: by a rule for such markers, or by being as old as a rule lets objects become. */
export function isLoneMarkerDue(marker: DeleteMarker, configuration: LifecycleConfiguration, midnight: number): boolean {
  return enabledFor(marker, configuration).some(
    ({ expireLoneMarkers, expiration }) =>
      expireLoneMarkers || (expiration !== undefined && isDue(expiration, marker.lastModified, midnight)),
  );
}

/** `days` are counted from creation and rounded up to the next midnight UTC. */
export function isDue(when: When, from: number, midnight: number): boolean {
  return midnight >= ("date" in when ? when.date : midnightAtOrAfter(from + when.days * DAY_MS));
}

function enabledFor(version: Version, configuration: LifecycleConfiguration): LifecycleRule[] {
  const seen = isMarker(version) ? { key: version.key, size: 0, tags: [] } : version;
  return configuration.rules.filter((rule) => rule.enabled && matches(rule, seen));
}

type Move = { readonly rule: LifecycleRule; readonly storageClass: string };

function coldest(object: StoredObject, moves: readonly Move[], configuration: LifecycleConfiguration): Due | undefined {
  const targets = moves.filter((move) => mayMove(object, move, configuration)).map(({ storageClass }) => storageClass);
  const storageClass = targets.sort((a, b) => COLDNESS.indexOf(a) - COLDNESS.indexOf(b)).at(-1);
  return storageClass === undefined ? undefined : { kind: "transition", storageClass };
}

function mayMove(object: StoredObject, { rule, storageClass: to }: Move, configuration: LifecycleConfiguration): boolean {
  const below = BELOW[object.accessTier ?? ""] ?? BELOW[object.storageClass];
  if (below?.has(to) !== true) return false;
  if (object.size >= SMALL_BYTES || rule.largerThan !== undefined || rule.smallerThan !== undefined) return true;
  return configuration.minimumSize === "varies_by_storage_class" && (to === "GLACIER" || to === "DEEP_ARCHIVE");
}
