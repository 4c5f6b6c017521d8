import type { RetrievalTier, StorageClass } from "../object-store.ts";

/** What a provider's storage costs and does in one region. Money is in `currency`; GiB are 2^30 bytes; requests are per 1000. */
export interface ProviderProfile {
  /** Key in prices.json: `aws-s3`, `gcs`, `scaleway` … */
  readonly name: string;
  readonly region: string;
  readonly currency: string;
  /** Date of the oldest price in use (`2025-10-28`), or `undated`. */
  readonly priceDate: string;
  /** The least certain price in use. */
  readonly confidence: "high" | "medium" | "low";
  /** Classes whose price of storage is known, STANDARD first. */
  readonly classes: readonly ClassFacts[];
  readonly listPer1000: number;
  /** Storage of a thawed temporary copy. */
  readonly temporaryCopyPerGibMonth: number;
  readonly egress: Egress;
}

export interface ClassFacts {
  readonly name: StorageClass;
  /** Readable at once. */
  readonly instant: boolean;
  /** Whether a plan may move packs there; false for classes that LIST cannot vouch for, or that keep data in one place only. */
  readonly target: boolean;
  /** The first price step; steps belong to the account, not to the repository. */
  readonly storagePerGibMonth: number;
  /** PUT, COPY, POST and LIST; a copy is billed at the class it goes to. */
  readonly putPer1000: number;
  readonly getPer1000: number;
  readonly lifecycleInPer1000: number;
  /** Reading, or copying out of it. */
  readonly retrievalPerGib: number;
  readonly minDays: number;
  readonly minBillableBytes: number;
  /** Added to every object and billed at STANDARD's rate. */
  readonly overheadStandardBytes: number;
  /** Added to every object and billed at this class's rate. */
  readonly overheadClassBytes: number;
  /** Ways to thaw, slowest first; empty for instant classes. */
  readonly tiers: readonly TierFacts[];
}

export interface TierFacts {
  /** `undefined` where the provider has one way only and takes no name for it. */
  readonly tier: RetrievalTier | undefined;
  readonly per1000: number;
  readonly perGib: number;
  /** The upper end of the published time. */
  readonly waitMs: number;
}

export interface Egress {
  readonly freeGibPerMonth: number;
  /** Prices after the free allowance; the last step has no upper end. */
  readonly tiers: readonly { readonly upToGib: number | undefined; readonly perGib: number }[];
}

export function classOf(profile: ProviderProfile, name: StorageClass): ClassFacts | undefined {
  return profile.classes.find((facts) => facts.name === name);
}
