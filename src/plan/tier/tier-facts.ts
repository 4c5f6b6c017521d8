import type { PackId } from "../../base/id.ts";
import type { RepoConfig, BlobIndex, PackState } from "../../repo/repository.ts";
import type { ProviderProfile } from "../../store/profile/provider-profile.ts";
import type { Removals } from "./deaths.ts";
import type { Liveness } from "./liveness.ts";
import type { StoredSnapshot } from "../../format/snapshot.ts";
import type { PlanPrices } from "./tier-plan.ts";
import type { FrozenFile } from "./verify.ts";

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
  /** All that were read, also when liveness could not be computed. */
  readonly snapshots: readonly StoredSnapshot[];
  /** Tree packs that are not readable at once. */
  readonly frozenTrees: readonly FrozenFile[];
  /** True when folders are in the ice, so that `liveness` knows nothing. Only what holds folders can be planned then. */
  readonly treesUnreadable: boolean;
  /** False for a folder: everything is readable at once and stays where it is. */
  readonly hasClasses: boolean;
}
