import { DAY_MS, midnightAtOrAfter } from "../clock.ts";
import type { StoredObject } from "../state/object.ts";
import type { LifecycleConfiguration, LifecycleRule, When } from "./rule.ts";

/** What the rules do to one object on one midnight. */
export type Due = { readonly kind: "expire" } | { readonly kind: "transition"; readonly storageClass: string };

const SMALL_BYTES = 128 * 1024;

/** The waterfall: a rule moves an object down only. */
const BELOW: Readonly<Record<string, ReadonlySet<string>>> = {
  STANDARD: new Set(["STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"]),
  REDUCED_REDUNDANCY: new Set(["STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"]),
  STANDARD_IA: new Set(["INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"]),
  INTELLIGENT_TIERING: new Set(["ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"]),
  ONEZONE_IA: new Set(["GLACIER", "DEEP_ARCHIVE"]),
  GLACIER_IR: new Set(["GLACIER", "DEEP_ARCHIVE"]),
  GLACIER: new Set(["DEEP_ARCHIVE"]),
};

/** Coldest last: of several transitions that are due, S3 takes the one that costs least to store. */
const COLDNESS = ["STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"];

export function dueFor(object: StoredObject, configuration: LifecycleConfiguration, midnight: number): Due | undefined {
  const rules = configuration.rules.filter((rule) => rule.enabled && matches(rule, object));
  if (rules.some((rule) => rule.expiration !== undefined && isDue(rule.expiration, object.lastModified, midnight)))
    return { kind: "expire" };
  const targets = rules.flatMap((rule) =>
    rule.transitions
      .filter(
        (transition) =>
          isDue(transition.when, object.lastModified, midnight) && mayMove(object, transition.storageClass, rule, configuration),
      )
      .map((transition) => transition.storageClass),
  );
  const storageClass = targets.sort((a, b) => COLDNESS.indexOf(a) - COLDNESS.indexOf(b)).at(-1);
  return storageClass === undefined ? undefined : { kind: "transition", storageClass };
}

/** `days` are counted from creation and rounded up to the next midnight UTC. */
export function isDue(when: When, from: number, midnight: number): boolean {
  return midnight >= ("date" in when ? when.date : midnightAtOrAfter(from + when.days * DAY_MS));
}

export function matches(rule: LifecycleRule, object: Pick<StoredObject, "key" | "size" | "tags">): boolean {
  if (!object.key.startsWith(rule.prefix)) return false;
  if (rule.largerThan !== undefined && object.size <= rule.largerThan) return false;
  if (rule.smallerThan !== undefined && object.size >= rule.smallerThan) return false;
  return rule.tags.every(([name, value]) => object.tags.some(([own, ownValue]) => own === name && ownValue === value));
}

function mayMove(object: StoredObject, to: string, rule: LifecycleRule, configuration: LifecycleConfiguration): boolean {
  if (BELOW[object.storageClass]?.has(to) !== true) return false;
  if (object.size >= SMALL_BYTES || rule.largerThan !== undefined || rule.smallerThan !== undefined) return true;
  return configuration.minimumSize === "varies_by_storage_class" && (to === "GLACIER" || to === "DEEP_ARCHIVE");
}
