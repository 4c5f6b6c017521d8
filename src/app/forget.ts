import { EXIT, FirnError } from "../base/error.ts";
import { shortId, type SnapshotId } from "../base/id.ts";
import { forEachParallel } from "../base/parallel.ts";
import type { StoredSnapshot } from "../format/snapshot.ts";
import { isEmptyPolicy, type KeepPolicy } from "../plan/keep-policy.ts";
import { applyPolicy, type Kept } from "../plan/retention.ts";
import { selectSnapshots } from "../repo/find.ts";
import type { Repository } from "../repo/repository.ts";
import { matchesFilter, type SnapshotFilter } from "../repo/snapshot-filter.ts";
import { type GroupBy, type GroupKey, groupSnapshots } from "../repo/snapshot-group.ts";
import type { Access } from "./access.ts";
import type { Config } from "./config/config.ts";
import { accessOf } from "./config/configured-access.ts";
import { loadConfig } from "./config/load.ts";
import { type CostWatch, costWatch } from "./cost-watch.ts";
import type { Caller } from "./open-repository.ts";
import { pruneRepository, type PruneHooks, type PruneRequest, without } from "./prune.ts";
import { withRepository } from "./with-repository.ts";

export interface ForgetRequest {
  /** Snapshots to remove whatever the policy says; then no policy is looked at. */
  readonly names: readonly string[];
  readonly filter: SnapshotFilter;
  readonly groupBy: GroupBy;
  /** Undefined when no flag says any: firn.yaml's `keep` then decides. */
  readonly policy: KeepPolicy | undefined;
  readonly allowRemoveAll: boolean;
  readonly dryRun: boolean;
  /** Prune afterwards, if anything was removed. */
  readonly prune: Omit<PruneRequest, "dryRun"> | undefined;
}

export interface ForgetGroup {
  readonly key: GroupKey;
  /** Newest first. */
  readonly keep: readonly Kept<StoredSnapshot>[];
  readonly remove: readonly StoredSnapshot[];
}

export interface ForgetDecision {
  /** Undefined when snapshots were named. */
  readonly policy: KeepPolicy | undefined;
  readonly groups: readonly ForgetGroup[];
  readonly remove: readonly StoredSnapshot[];
  /** Snapshots that become the newest of their series again, where what they need may lie in the ice. */
  readonly currentAgain: readonly StoredSnapshot[];
}

export interface ForgetHooks extends PruneHooks {
  /** Called once it is known what goes, before anything does. */
  readonly onDecision: (decision: ForgetDecision) => void;
  readonly onError: (what: string, error: unknown) => void;
  readonly onRemoved: (snapshot: StoredSnapshot) => void;
  /** All that could be removed is removed; `pruning` follows. */
  readonly onForgotten: (removed: number, pruning: boolean) => void;
}

/** `firn forget`. Its result is the exit code: 3 when a snapshot could not be removed. */
export async function forget(access: Access, caller: Caller & ForgetHooks, request: ForgetRequest): Promise<number> {
  const config = await loadConfig(access.configFile, caller.world);
  const policy = policyOf(request, config);
  const costs = costWatch(access, caller.world, config, request.prune?.cost);
  const need = { lock: "exclusive", mayGoWithout: request.dryRun, configured: accessOf(config), chargeAt: costs.chargeAt } as const;
  return withRepository(access, caller, need, async (repo, signal) => {
    const all = await repo.loadSnapshots({ onError: (id, error) => caller.onError(`snapshots/${id}`, error) });
    const selected =
      request.names.length === 0
        ? all.filter((snapshot) => matchesFilter(snapshot, request.filter))
        : await selectSnapshots(repo, request.names, request.filter, { onError: caller.onError });
    const decision = decide(selected, all, policy, request, repo);
    caller.onDecision(decision);
    const failed = request.dryRun ? new Set<SnapshotId>() : await removeSnapshots(repo, decision.remove, caller, signal);
    const removed = new Set(decision.remove.map(({ id }) => id));
    for (const id of failed) removed.delete(id);
    const prune = failed.size === 0 && removed.size > 0 ? request.prune : undefined;
    caller.onForgotten(removed.size, prune !== undefined);
    if (failed.size > 0) return EXIT.incomplete;
    if (prune !== undefined) await pruneAfter(repo, { ...prune, dryRun: request.dryRun }, removed, costs, { ...caller, signal });
    return EXIT.ok;
  });
}

/** Pruning after forgetting must see every snapshot that stays, so one that cannot be read ends it. */
async function pruneAfter(
  repo: Repository,
  request: PruneRequest,
  removed: ReadonlySet<SnapshotId>,
  costs: CostWatch,
  hooks: PruneHooks & { readonly signal: AbortSignal },
): Promise<void> {
  await pruneRepository(repo, request, without(await repo.loadSnapshots(), removed), costs, hooks);
}

function policyOf(request: ForgetRequest, config: Config): KeepPolicy | undefined {
  if (request.names.length > 0) return undefined;
  const policy = request.policy ?? (request.allowRemoveAll ? undefined : config.keep);
  if (policy !== undefined && !isEmptyPolicy(policy)) return policy;
  if (!request.allowRemoveAll) {
    throw new FirnError({
      code: "no-policy",
      message: "no policy says what to keep; no snapshot is removed",
      hint: "give --keep-last, --keep-daily and so on, or `keep` in firn.yaml",
    });
  }
  if (isUnfiltered(request.filter)) {
    throw new FirnError({
      code: "no-filter",
      message: "--unsafe-allow-remove-all needs a filter, so that it cannot remove every snapshot there is",
      hint: "add --host, --tag or --path",
    });
  }
  return policy;
}

function isUnfiltered({ hosts, tags, paths }: SnapshotFilter): boolean {
  return hosts.length === 0 && tags.length === 0 && paths.length === 0;
}

function decide(
  selected: readonly StoredSnapshot[],
  all: readonly StoredSnapshot[],
  policy: KeepPolicy | undefined,
  request: ForgetRequest,
  repo: Repository,
): ForgetDecision {
  const groups = request.names.length > 0 ? [] : groupsOf(selected, policy, request, repo);
  const remove = request.names.length > 0 ? selected : groups.flatMap((group) => group.remove);
  const matters = repo.store.capabilities.storageClasses;
  return { policy, groups, remove, currentAgain: matters ? currentAgain(all, remove) : [] };
}

function groupsOf(
  selected: readonly StoredSnapshot[],
  policy: KeepPolicy | undefined,
  request: ForgetRequest,
  repo: Repository,
): ForgetGroup[] {
  return groupSnapshots(selected, request.groupBy).map(({ key, snapshots }) => {
    if (policy === undefined) return { key, keep: [], remove: [...snapshots].reverse() };
    const { keep, remove } = applyPolicy(snapshots, policy, repo.world.clock.nowNs());
    if (keep.length > 0) return { key, keep, remove };
    throw new FirnError({
      code: "would-remove-all",
      message: `the policy would remove every snapshot of ${describeGroup(key)}; no snapshot is removed`,
      hint: "keep at least one, for example with --keep-last 1",
    });
  });
}

function describeGroup(key: GroupKey): string {
  const parts = [
    key.hostname === "" ? "" : `host ${key.hostname}`,
    key.paths === null ? "" : `paths ${key.paths.join(", ")}`,
    key.tags === null ? "" : `tags ${key.tags.join(", ")}`,
  ].filter((part) => part !== "");
  return parts.length === 0 ? "the repository" : parts.join(", ");
}

/** When the newest snapshot of a series goes, the one before is what must be at hand again. */
function currentAgain(all: readonly StoredSnapshot[], remove: readonly StoredSnapshot[]): StoredSnapshot[] {
  const removed = new Set(remove.map(({ id }) => id));
  return groupSnapshots(all, { host: true, paths: true, tags: false }).flatMap(({ snapshots }) => {
    const newest = snapshots.at(-1);
    if (newest === undefined || !removed.has(newest.id)) return [];
    return snapshots.findLast(({ id }) => !removed.has(id)) ?? [];
  });
}

/** Removes what it can; the ids that are still there. */
async function removeSnapshots(
  repo: Repository,
  snapshots: readonly StoredSnapshot[],
  hooks: ForgetHooks,
  signal: AbortSignal,
): Promise<Set<SnapshotId>> {
  const failed = new Set<SnapshotId>();
  await forEachParallel(
    snapshots,
    repo.store.connections,
    async (snapshot) => {
      try {
        await repo.removeFile("snapshots", snapshot.id, signal);
        hooks.onRemoved(snapshot);
      } catch (error) {
        signal.throwIfAborted();
        failed.add(snapshot.id);
        hooks.onError(`snapshots/${shortId(snapshot.id)}`, error);
      }
    },
    signal,
  );
  return failed;
}
