import type { ColdPack } from "../../plan/prune/plan-prune.ts";
import { earlyDeletionFee } from "../../plan/tier/cost.ts";
import type { PlanPrices } from "../../plan/tier/tier-plan.ts";
import { classOf } from "../../store/profile/provider-profile.ts";
import type { Priced } from "../tier/prices.ts";

/** Storage of deleted packs that is still due, because their class bills a minimum duration. It would be due either way. */
export interface EarlyDeletion {
  readonly packs: number;
  readonly bytes: number;
  readonly cost: number;
  readonly prices: PlanPrices;
}

export function earlyDeletion(removed: readonly ColdPack[], { profile, prices }: Priced, now: number): EarlyDeletion | undefined {
  if (removed.length === 0) return undefined;
  let cost = 0;
  let bytes = 0;
  for (const { state } of removed) {
    bytes += state.size;
    const facts = classOf(profile, state.storageClass);
    if (facts !== undefined) cost += earlyDeletionFee(facts, state.size, now - state.lastModified);
  }
  return { packs: removed.length, bytes, cost, prices };
}
