import type { ColdPack } from "../../plan/prune/plan-prune.ts";
import { earlyDeletionFee } from "../../plan/tier/cost.ts";
import type { Repository } from "../../repo/repository.ts";
import { profileFor } from "../../store/profile/profile-for.ts";
import { classOf } from "../../store/profile/provider-profile.ts";

/** Storage of deleted packs that is still due, because their class bills a minimum duration. It would be due either way. */
export interface EarlyDeletion {
  readonly packs: number;
  readonly bytes: number;
  readonly cost: number;
  readonly currency: string;
  readonly priceDate: string;
  /** Prices of a provider that is only supposed, with the reason. */
  readonly assumed: string | undefined;
}

export function earlyDeletion(repo: Repository, removed: readonly ColdPack[]): EarlyDeletion | undefined {
  if (removed.length === 0) return undefined;
  const { profile, assumed, why } = profileFor({ endpoint: repo.store.location });
  const now = repo.world.clock.now();
  let cost = 0;
  let bytes = 0;
  for (const { state } of removed) {
    bytes += state.size;
    const facts = classOf(profile, state.storageClass);
    if (facts !== undefined) cost += earlyDeletionFee(facts, state.size, now - state.lastModified);
  }
  const { currency, priceDate } = profile;
  return { packs: removed.length, bytes, cost, currency, priceDate, assumed: assumed ? why : undefined };
}
