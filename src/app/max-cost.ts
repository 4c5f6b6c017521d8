import { FirnError } from "../base/error.ts";
import { GIB } from "../base/limits.ts";
import { formatMoney } from "../base/money.ts";
import { earlyDeletionFee } from "../plan/tier/cost.ts";
import { classOf, type ProviderProfile } from "../store/profile/provider-profile.ts";
import type { Attempt, Charge } from "../store/wrap/charges.ts";

/** `--max-cost` of a command that makes no priced plan of its calls. */
export interface CostCeiling {
  readonly limit: number;
  readonly profile: ProviderProfile;
}

export class CostCeilingError extends FirnError {
  constructor(facts: { readonly message: string; readonly hint: string }) {
    super({ code: "ceiling", ...facts });
  }
}

/**
 * Counts one-off charges (requests with their retries, retrieval, egress, early deletion) and stops before the one that would exceed the
 * ceiling. Egress counts at its first price, as if nothing were free: a bound must hold wherever the program runs.
 */
export function chargeUpTo({ limit, profile }: CostCeiling): Charge {
  let spent = 0;
  return (attempt) => {
    const price = priceOf(profile, attempt);
    if (spent + price > limit) {
      const money = (amount: number): string => formatMoney(amount, profile.currency);
      throw new CostCeilingError({
        message: `stopped before --max-cost ${money(limit)} would be exceeded: ${money(spent)} spent, ${attempt.kind} costs ${money(price)}`,
        hint: "run it again with a higher --max-cost; nothing that was stored is lost",
      });
    }
    spent += price;
  };
}

export function priceOf(profile: ProviderProfile, { kind, storageClass, bytes, ageMs }: Attempt): number {
  const facts = classOf(profile, storageClass);
  if (facts === undefined) {
    throw new CostCeilingError({
      message: `the prices of class ${storageClass} at ${profile.name} are not known, so --max-cost cannot be kept`,
      hint: "name the right --provider and --region, or leave --max-cost out",
    });
  }
  switch (kind) {
    case "put":
    case "changeClass":
    case "create":
      return facts.putPer1000 / 1000;
    case "get":
      return facts.getPer1000 / 1000 + readPrice(profile, facts.retrievalPerGib, bytes);
    case "read":
      return readPrice(profile, facts.retrievalPerGib, bytes);
    case "head":
    case "bucketFacts":
      return facts.getPer1000 / 1000;
    case "list":
      return profile.listPer1000 / 1000;
    case "delete":
      return earlyDeletionFee(facts, bytes, ageMs);
    case "restore":
      // Has a ceiling of its own, and neither backup nor prune asks for a thaw.
      return 0;
  }
}

function readPrice(profile: ProviderProfile, retrievalPerGib: number, bytes: number): number {
  return ((retrievalPerGib + (profile.egress.tiers[0]?.perGib ?? 0)) * bytes) / GIB;
}
