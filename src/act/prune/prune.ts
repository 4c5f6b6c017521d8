import { messageOf } from "../../base/error.ts";
import type { Listener } from "../../base/event.ts";
import type { PackId } from "../../base/id.ts";
import { forEachParallel } from "../../base/parallel.ts";
import { pathOf } from "../../format/file-kind.ts";
import type { PrunePlan } from "../../plan/prune/plan-prune.ts";
import type { Repository } from "../../repo/repository.ts";
import { rewriteIndex } from "../../repo/rewrite-index.ts";
import type { StorageClass } from "../../store/object-store.ts";
import { repackBlobs } from "./repack.ts";

export interface PruneRun {
  /** Class of the packs it writes; undefined leaves it to the store. */
  readonly storageClass?: StorageClass | undefined;
  /** Aborted by ctrl-C and when the exclusive lock is lost. */
  readonly signal: AbortSignal;
  readonly emit: Listener;
}

/**
 * Carries a plan out under the exclusive lock. The order keeps the repository whole at every instant (restic-format §4, §13): what the index
 * never knew goes first; new packs and their index before the old ones leave the index; packs are deleted when no index names them. It needs
 * no journal: killed anywhere, it leaves copies twice or packs that no index knows, and the next run plans them away.
 */
export async function executePrune(repo: Repository, plan: PrunePlan, run: PruneRun): Promise<void> {
  const { signal } = run;
  await deletePacks(repo, plan.unreferenced, "deleting unreferenced packs", run);
  if (plan.repack.length > 0) await repackBlobs(repo, plan.repack, run);
  signal.throwIfAborted();
  const leaving = [...plan.remove, ...plan.repack.map(({ pack }) => pack)];
  const dropPacks = new Set([...leaving, ...plan.forget]);
  if (dropPacks.size === 0) return;
  run.emit({ kind: "phase", name: "rewriting the index" });
  await rewriteIndex(repo, { dropPacks, signal });
  await deletePacks(repo, leaving, "removing old packs", run);
}

/** A pack that cannot be deleted costs space and nothing else: it is reported, and the next prune finds it unreferenced. */
async function deletePacks(repo: Repository, packs: readonly PackId[], phase: string, { signal, emit }: PruneRun): Promise<void> {
  if (packs.length === 0) return;
  emit({ kind: "phase", name: phase });
  emit({ kind: "plan", steps: packs.length, unit: "packs" });
  await forEachParallel(
    packs,
    repo.store.connections,
    async (id) => {
      try {
        await repo.removeFile("data", id, signal);
      } catch (error) {
        signal.throwIfAborted();
        emit({ kind: "error", message: `cannot delete: ${messageOf(error)}`, during: "prune", item: pathOf("data", id) });
      }
      emit({ kind: "advance", files: 1 });
    },
    signal,
  );
}
