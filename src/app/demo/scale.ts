import type { Prices } from "icebox";
import type { ProviderProfile } from "../../store/profile/provider-profile.ts";

/**
 * One byte of the demo stands for so many of the server it plays. Prices by the GiB are multiplied and what is charged by the object is
 * not, which comes to the same as larger bytes: packs of up to 512 KiB are planned and billed like packs of up to 128 MiB, the largest size
 * there is and the best for archive classes. Planner and bill count with the same scale.
 */
export const SCALE = 256;

/** The planner's side. */
export function scaledProfile(profile: ProviderProfile, scale: number): ProviderProfile {
  return {
    ...profile,
    temporaryCopyPerGibMonth: profile.temporaryCopyPerGibMonth * scale,
    egress: {
      freeGibPerMonth: profile.egress.freeGibPerMonth / scale,
      tiers: profile.egress.tiers.map(({ upToGib, perGib }) => ({ upToGib: part(upToGib, scale), perGib: perGib * scale })),
    },
    classes: profile.classes.map((facts) => ({
      ...facts,
      storagePerGibMonth: facts.storagePerGibMonth * scale,
      retrievalPerGib: facts.retrievalPerGib * scale,
      minBillableBytes: facts.minBillableBytes / scale,
      overheadStandardBytes: facts.overheadStandardBytes / scale,
      overheadClassBytes: facts.overheadClassBytes / scale,
      tiers: facts.tiers.map((tier) => ({ ...tier, perGib: tier.perGib * scale })),
    })),
  };
}

/** The ledger's side. */
export function scaledPrices(prices: Prices, scale: number): Prices {
  const steps = (list: Prices["egress"]): Prices["egress"] =>
    list.map(({ upToGib, price }) => ({ upToGib: part(upToGib, scale), price: price * scale }));
  const classes = Object.entries(prices.classes).map(([name, facts]) => {
    const restore = Object.entries(facts.restore).map(
      ([tier, { per1000, perGib }]) => [tier, { per1000, perGib: perGib * scale }] as const,
    );
    const scaled = {
      ...facts,
      storage: steps(facts.storage),
      retrievalPerGib: facts.retrievalPerGib * scale,
      minBillableBytes: facts.minBillableBytes / scale,
      overheadStandardBytes: facts.overheadStandardBytes / scale,
      overheadClassBytes: facts.overheadClassBytes / scale,
      restore: Object.fromEntries(restore),
    };
    return [name, scaled] as const;
  });
  return {
    ...prices,
    classes: Object.fromEntries(classes),
    temporaryCopyPerGibMonth: prices.temporaryCopyPerGibMonth * scale,
    egressFreeGib: prices.egressFreeGib / scale,
    egress: steps(prices.egress),
  };
}

function part(limit: number | undefined, scale: number): number | undefined {
  return limit === undefined ? undefined : limit / scale;
}
