import { answersWithin } from "../../plan/tier/cost.ts";
import type { OpenedRepository } from "../../repo/opened-repository.ts";
import type { Access } from "../access.ts";
import type { Config } from "../config/config.ts";
import { accessOf } from "../config/configured-access.ts";
import { loadConfig } from "../config/load.ts";
import { refuseUnanswerable } from "../config/recovery.ts";
import type { Caller } from "../open-repository.ts";
import { withRepository } from "../with-repository.ts";
import { FactsReader } from "./facts-reader.ts";
import { type Priced, type PriceWish, pricesFor } from "./prices.ts";

export interface TierContext extends Priced {
  readonly repo: OpenedRepository;
  readonly config: Config;
  readonly reader: FactsReader;
  readonly signal: AbortSignal;
}

/** Opens what every tier command needs. Takes no lock: plan, status and verify need none, and apply takes its own in slices. */
export async function withTiers<T>(access: Access, caller: Caller, wish: PriceWish, run: (context: TierContext) => Promise<T>): Promise<T> {
  const config = await loadConfig(access.configFile, caller.world);
  return withRepository(access, caller, { lock: "none", configured: accessOf(config) }, async (repo, signal) => {
    const priced = pricesFor(repo.store.location, wish, config, caller.world, access.backendOptions);
    const waits = priced.profile.classes.filter((facts) => !facts.instant).map(answersWithin);
    refuseUnanswerable(config.recovery, Math.min(Infinity, ...waits), priced.profile.name, config.source);
    const reader = new FactsReader(repo, config, priced.profile, priced.prices, signal);
    return run({ ...priced, repo, config, reader, signal });
  });
}
