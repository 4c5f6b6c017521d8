import type { SnapshotId } from "../../base/id.ts";
import { MS_PER_MINUTE } from "../../base/time.ts";
import { isEmptyPolicy, type KeepPolicy } from "../../plan/keep-policy.ts";
import { applyPolicy } from "../../plan/retention.ts";
import { computeDeaths, type Keep, type Removals, simulateRemovals } from "../../plan/tier/deaths.ts";
import { computeLiveness, type Liveness } from "../../plan/tier/liveness.ts";
import type { TreeSource } from "../../plan/tier/reference-walk.ts";
import type { TierFacts } from "../../plan/tier/tier-facts.ts";
import type { PlanPrices } from "../../plan/tier/tier-plan.ts";
import { frozenTreePacks, type FrozenFile } from "../../plan/tier/verify.ts";
import type { Repository } from "../../repo/repository.ts";
import type { ProviderProfile } from "../../store/profile/provider-profile.ts";
import { isStoreError } from "../../store/store-error.ts";
import type { StoredSnapshot } from "../../format/snapshot.ts";
import type { Config } from "../config/config.ts";
import { repositoryTrees } from "./tree-source.ts";

interface Computed {
  readonly liveness: Liveness;
  readonly removals: Removals;
  readonly deathOf: (blob: string) => number;
}

/** Liveness of unchanged snapshots is computed again after so long: its clock goes on. */
const LIVENESS_FRESH_MS = 10 * MS_PER_MINUTE;

/** Reads everything a tier decision looks at: snapshots, index and LIST each time; trees, which never change, once. */
export class FactsReader {
  readonly #repo: Repository;
  readonly #config: Config;
  readonly #profile: ProviderProfile;
  readonly #prices: PlanPrices;
  readonly #trees: TreeSource;
  #before: { readonly key: string; readonly at: number; readonly computed: Computed } | undefined;

  constructor(repo: Repository, config: Config, profile: ProviderProfile, prices: PlanPrices, signal: AbortSignal) {
    this.#repo = repo;
    this.#config = config;
    this.#profile = profile;
    this.#prices = prices;
    this.#trees = repositoryTrees(repo, signal);
  }

  get trees(): TreeSource {
    return this.#trees;
  }

  /** Snapshots before the index: whatever a snapshot read here refers to was indexed before it was written. */
  async read(signal: AbortSignal): Promise<TierFacts> {
    const repo = this.#repo;
    const snapshots = await repo.loadSnapshots();
    await repo.loadIndex({ reload: true, signal });
    const states = await repo.packStates({ refresh: true, signal });
    const frozenTrees = frozenTreePacks(repo.index, states);
    const computed = await this.#compute(snapshots, frozenTrees, signal);
    const treesUnreadable = computed === undefined;
    return {
      config: repo.config,
      location: repo.store.location,
      index: repo.index,
      states,
      ...(computed ?? (await this.#computeFrom([], signal))),
      snapshots,
      frozenTrees,
      treesUnreadable,
      hasClasses: repo.store.capabilities.storageClasses,
      profile: this.#profile,
      prices: this.#prices,
      keepConfigured: this.#config.keep !== undefined,
    };
  }

  /** undefined: folders are in the ice, so nothing can be said about what lies below them. */
  async #compute(
    snapshots: readonly StoredSnapshot[],
    frozenTrees: readonly FrozenFile[],
    signal: AbortSignal,
  ): Promise<Computed | undefined> {
    const key = snapshots.map((snapshot) => snapshot.id).join();
    const now = this.#repo.world.clock.now();
    if (this.#before?.key === key && now - this.#before.at < LIVENESS_FRESH_MS) return this.#before.computed;
    try {
      const computed = await this.#computeFrom(snapshots, signal);
      this.#before = { key, at: now, computed };
      return computed;
    } catch (error) {
      if (frozenTrees.length > 0 && isStoreError(error, "archived")) return undefined;
      throw error;
    }
  }

  async #computeFrom(snapshots: readonly StoredSnapshot[], signal: AbortSignal): Promise<Computed> {
    const { recovery, series, keep } = this.#config;
    const nowNs = this.#repo.world.clock.nowNs();
    const liveness = await computeLiveness({ snapshots, rules: recovery, series, nowNs, source: this.#trees, signal });
    const removals = simulateRemovals(liveness.snapshots, keepOf(keep), liveness.now);
    const deathOf = await computeDeaths(liveness.snapshots, removals, this.#trees, signal);
    return { liveness, removals, deathOf };
  }
}

function keepOf(policy: KeepPolicy | undefined): Keep | undefined {
  if (policy === undefined || isEmptyPolicy(policy)) return undefined;
  return (snapshots, nowNs) => new Set<SnapshotId>(applyPolicy(snapshots, policy, nowNs).keep.map(({ snapshot }) => snapshot.id));
}
