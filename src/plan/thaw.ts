import type { PackId } from "../base/id.ts";
import type { ProviderProfile } from "../store/profile/provider-profile.ts";
import type { RetrievalTier } from "../store/object-store.ts";
import { classOf, thawPrice, thawTotal } from "./tier/cost.ts";

/** A pack that must be thawed before something can be read. */
export interface ColdPack {
  readonly pack: PackId;
  readonly size: number;
  readonly storageClass: string;
  /** thawing: a request is at work already and is not paid for again. */
  readonly state: "archived" | "thawing";
}

/** One way to get everything that is missing: by this tier where the class offers it. */
export interface ThawOffer {
  readonly tier: RetrievalTier;
  readonly waitMs: number;
  readonly requests: number;
  readonly retrieval: number;
  readonly temporary: number;
  readonly total: number;
  /** Packs whose class does not offer the tier. */
  readonly notOffered: number;
}

export interface ThawQuote {
  readonly packs: number;
  readonly bytes: number;
  /** Of these, asked for already. */
  readonly underWay: number;
  readonly days: number;
  readonly offers: readonly ThawOffer[];
  /** What downloading these packs may cost on top, per GiB beyond the account's free allowance. */
  readonly egressPerGib: number | undefined;
  readonly currency: string;
}

const TIERS: readonly RetrievalTier[] = ["Bulk", "Standard", "Expedited"];

/** How long and how much, by each retrieval tier, to make these packs readable for some days. */
export function quoteThaw(packs: readonly ColdPack[], profile: ProviderProfile, days: number): ThawQuote {
  const open = packs.filter((pack) => pack.state === "archived");
  return {
    packs: packs.length,
    bytes: packs.reduce((sum, pack) => sum + pack.size, 0),
    underWay: packs.length - open.length,
    days,
    offers: TIERS.map((tier) => offerOf(open, tier, profile, days)).filter((offer) => open.length === 0 || offer.notOffered < open.length),
    egressPerGib: profile.egress.tiers[0]?.perGib,
    currency: profile.currency,
  };
}

function offerOf(packs: readonly ColdPack[], tier: RetrievalTier, profile: ProviderProfile, days: number): ThawOffer {
  const sum = { requests: 0, retrieval: 0, temporary: 0 };
  let waitMs = 0;
  let notOffered = 0;
  for (const pack of packs) {
    const retrieval = classOf(profile, pack.storageClass)?.tiers.find((one) => one.tier === tier || one.tier === undefined);
    if (retrieval === undefined) {
      notOffered++;
      continue;
    }
    const price = thawPrice(profile, retrieval, pack.size, 1, days);
    sum.requests += price.requests;
    sum.retrieval += price.retrieval;
    sum.temporary += price.temporary;
    waitMs = Math.max(waitMs, retrieval.waitMs);
  }
  return { tier, waitMs, ...sum, total: thawTotal(sum), notOffered };
}

/** What asking for one pack costs; undefined when its class does not offer the tier. */
export function thawPriceOf(pack: ColdPack, tier: RetrievalTier | undefined, profile: ProviderProfile, days: number): number | undefined {
  const retrieval = classOf(profile, pack.storageClass)?.tiers.find((one) => one.tier === tier || one.tier === undefined);
  return retrieval === undefined ? undefined : thawTotal(thawPrice(profile, retrieval, pack.size, 1, days));
}

/** What a repeated attempt of the request costs. */
export function requestPriceOf(storageClass: string, tier: RetrievalTier | undefined, profile: ProviderProfile): number {
  const retrieval = classOf(profile, storageClass)?.tiers.find((one) => one.tier === tier || one.tier === undefined);
  return (retrieval?.per1000 ?? 0) / 1000;
}
