import type { Listener } from "../base/event.ts";
import type { SnapshotId } from "../base/id.ts";
import { executePrune } from "../act/prune/prune.ts";
import { findUsedBlobs } from "../flow/used-blobs.ts";
import { planPrune, type PrunePlan } from "../plan/prune/plan-prune.ts";
import type { PruneOptions } from "../plan/prune/prune-options.ts";
import type { StoredSnapshot } from "../format/snapshot.ts";
import type { Repository } from "../repo/repository.ts";
import type { Access } from "./access.ts";
import { accessOf } from "./config/configured-access.ts";
import { loadConfig } from "./config/load.ts";
import { type CostWish, costWatch, type CostWatch } from "./cost-watch.ts";
import type { Caller } from "./open-repository.ts";
import { earlyDeletion, type EarlyDeletion } from "./prune/early-deletion.ts";
import { pruneCost, type PruneCost, refuseAbove } from "./prune/cost.ts";
import { withRepository } from "./with-repository.ts";

export interface PruneRequest extends PruneOptions {
  readonly dryRun: boolean;
  readonly cost?: CostWish | undefined;
}

export interface PrunedReport {
  readonly plan: PrunePlan;
  readonly dryRun: boolean;
  /** What deleting dead packs in the ice before their minimum duration costs; undefined when there are none. */
  readonly earlyDeletion: EarlyDeletion | undefined;
  /** One-off charges of carrying it out; undefined where nothing is billed. */
  readonly cost: PruneCost | undefined;
}

export interface PruneHooks {
  readonly emit: Listener;
  /** Called with the plan before anything is done. */
  readonly onPlan: (report: PrunedReport) => void;
}

/** `firn prune`: exclusive lock, also when it only pretends (unless told otherwise). */
export async function prune(access: Access, caller: Caller & PruneHooks, request: PruneRequest): Promise<PrunedReport> {
  const config = await loadConfig(access.configFile, caller.world);
  const costs = costWatch(access, caller.world, config, request.cost);
  const need = { lock: "exclusive", mayGoWithout: request.dryRun, configured: accessOf(config), chargeAt: costs.chargeAt } as const;
  return withRepository(access, caller, need, async (repo, signal) => {
    caller.emit({ kind: "phase", name: "loading all snapshots" });
    const snapshots = await repo.loadSnapshots();
    return pruneRepository(repo, request, snapshots, costs, { ...caller, signal });
  });
}

/** Plans and, unless it is a dry run, carries out a prune that keeps what these snapshots need; under a lock the caller holds. */
export async function pruneRepository(
  repo: Repository,
  request: PruneRequest,
  snapshots: readonly StoredSnapshot[],
  costs: CostWatch,
  { signal, emit, onPlan }: PruneHooks & { readonly signal: AbortSignal },
): Promise<PrunedReport> {
  await repo.loadIndex({ reload: true, signal });
  const listed = await repo.packStates({ refresh: true, signal });
  emit({ kind: "phase", name: `finding data that is still in use for ${snapshots.length} snapshots` });
  emit({ kind: "plan", steps: snapshots.length, unit: "snapshots" });
  const roots = snapshots.map((snapshot) => snapshot.tree);
  const used = await findUsedBlobs(repo, roots, { signal, onRoot: () => emit({ kind: "advance", files: 1 }) });
  const plan = planPrune(
    {
      version: repo.config.version,
      packSize: repo.packSize,
      index: repo.index,
      listed,
      isUsed: (type, id) => used.has(type, id),
    },
    request,
  );
  const { priced, ceiling } = costs;
  const now = repo.world.clock.now();
  const billed = repo.store.capabilities.storageClasses ? priced(repo.store.location) : undefined;
  const cost = billed === undefined ? undefined : pruneCost(plan, listed, repo.packSize, billed, now);
  const early = billed === undefined ? undefined : earlyDeletion(plan.coldRemoved, billed, now);
  const report = { plan, dryRun: request.dryRun, earlyDeletion: early, cost };
  onPlan(report);
  if (!request.dryRun) refuseAbove(ceiling, cost);
  if (!request.dryRun) await executePrune(repo, plan, { signal, emit });
  return report;
}

/** Snapshots that stay when some go. */
export function without(snapshots: readonly StoredSnapshot[], removed: ReadonlySet<SnapshotId>): StoredSnapshot[] {
  return snapshots.filter((snapshot) => !removed.has(snapshot.id));
}
