import type { PackId } from "../../base/id.ts";
import type { RepoConfig, BlobIndex, PackState } from "../../repo/repository.ts";
import type { ProviderProfile } from "../../store/profile/profile.ts";
import type { Removals } from "./deaths.ts";
import type { Liveness } from "./liveness.ts";
import type { PlanPrices } from "./tier-plan.ts";

/** Everything a tier decision looks at, gathered before it: facts in, plan out. */
export interface TierFacts {
  readonly config: RepoConfig;
  readonly location: string;
  readonly index: BlobIndex;
  readonly states: ReadonlyMap<PackId, PackState>;
  readonly liveness: Liveness;
  /** Simulated death of a blob; Infinity: not foreseen. */
  readonly deathOf: (blob: string) => number;
  readonly removals: Removals;
  readonly profile: ProviderProfile;
  readonly prices: PlanPrices;
  readonly keepConfigured: boolean;
}
