import { GIB, TIER_RESTORED_PER_YEAR, THAW_DAYS_DEFAULT } from "../../base/limits.ts";
import { MS_PER_DAY } from "../../base/time.ts";
import { type ClassFacts, classOf, type ProviderProfile, type TierFacts as RetrievalFacts } from "../../store/profile/provider-profile.ts";
import { INSTANT, type Wait } from "./rule.ts";

/** The bill counts calendar months; a plan counts mean ones. */
export const MS_PER_MONTH = (365.25 / 12) * MS_PER_DAY;
const MS_PER_YEAR = 365.25 * MS_PER_DAY;

export { classOf };

/** Retrieval tiers a rule may count on. Expedited never counts: it may be refused for want of capacity. */
export function dependableTiers(facts: ClassFacts): readonly RetrievalFacts[] {
  return facts.tiers.filter((tier) => tier.tier !== "Expedited");
}

/** From request to readable for an object of this class, by the fastest tier that counts; Infinity when there is none. */
export function answersWithin(facts: ClassFacts): Wait {
  return facts.instant ? INSTANT : Math.min(Infinity, ...dependableTiers(facts).map((tier) => tier.waitMs));
}

/** Storage of one object for a month: billable minimum and per-object overhead included (object-storage §1.3). */
export function storageMonth(profile: ProviderProfile, facts: ClassFacts, size: number): number {
  const standard = classOf(profile, "STANDARD")?.storagePerGibMonth ?? facts.storagePerGibMonth;
  const own = Math.max(size, facts.minBillableBytes) + facts.overheadClassBytes;
  return (own * facts.storagePerGibMonth + facts.overheadStandardBytes * standard) / GIB;
}

export function storage(profile: ProviderProfile, facts: ClassFacts, size: number, ms: number): number {
  return (storageMonth(profile, facts, size) * Math.max(0, ms)) / MS_PER_MONTH;
}

/** What leaving a class costs for the part of its minimum duration that is not over. Storage still to be paid, not a penalty on top. */
export function earlyDeletionFee(facts: ClassFacts, size: number, ageMs: number): number {
  const missing = Math.max(0, facts.minDays * MS_PER_DAY - Math.max(0, ageMs));
  return ((Math.max(size, facts.minBillableBytes) / GIB) * facts.storagePerGibMonth * missing) / MS_PER_MONTH;
}

/** One CopyObject onto itself, the HEAD before it, what the source class charges for being read, and for leaving early. */
export function moveCost(from: ClassFacts, to: ClassFacts, size: number, ageMs: number): number {
  return copyRequest(from, to) + (from.retrievalPerGib * size) / GIB + earlyDeletionFee(from, size, ageMs);
}

export function copyRequest(from: ClassFacts, to: ClassFacts): number {
  return (to.putPer1000 + from.getPer1000) / 1000;
}

export interface ThawPrice {
  readonly requests: number;
  readonly retrieval: number;
  /** The temporary copy, billed as STANDARD; it ends at the midnight after `days` days. */
  readonly temporary: number;
}

export function thawPrice(profile: ProviderProfile, tier: RetrievalFacts, size: number, objects: number, days: number): ThawPrice {
  const kept = (days + 1) * MS_PER_DAY;
  return {
    requests: (tier.per1000 * objects) / 1000,
    retrieval: (tier.perGib * size) / GIB,
    temporary: ((profile.temporaryCopyPerGibMonth * size) / GIB) * (kept / MS_PER_MONTH),
  };
}

export function thawTotal(price: ThawPrice): number {
  return price.requests + price.retrieval + price.temporary;
}

/** The cheapest tier that answers within `need`, for one object. */
export function cheapestTier(profile: ProviderProfile, facts: ClassFacts, size: number, need: Wait): RetrievalFacts | undefined {
  const price = (tier: RetrievalFacts): number => thawTotal(thawPrice(profile, tier, size, 1, THAW_DAYS_DEFAULT));
  return dependableTiers(facts)
    .filter((tier) => tier.waitMs <= need)
    .sort((a, b) => price(a) - price(b))[0];
}

/** What being read now and then costs over `ms` in this class, where answers are needed within `need`. */
export function expectedReads(profile: ProviderProfile, facts: ClassFacts, size: number, ms: number, need: Wait): number {
  const times = (TIER_RESTORED_PER_YEAR * Math.max(0, ms)) / MS_PER_YEAR;
  const tier = facts.instant ? undefined : cheapestTier(profile, facts, size, need);
  const thaw = tier === undefined ? 0 : thawTotal(thawPrice(profile, tier, size, 1, THAW_DAYS_DEFAULT));
  return times * (thaw + (facts.retrievalPerGib * size) / GIB + facts.getPer1000 / 1000);
}
