import type { PackId } from "../../base/id.ts";
import { include, type PackSet } from "../../repo/index/index-view.ts";
import type { Repository } from "../../repo/repository.ts";

/**
 * Which packs a new snapshot may rely on: those in a class that is readable now and stays so. Archived packs, copies thawed for a while,
 * classes LIST cannot vouch for and packs that are not there at all do not count (design: deduplication must not reach into the ice).
 * Undefined when the store has no classes: then every pack in the index counts, as with restic. Asked once the
 * index is loaded, while the lock may still be settling: docs/decisions/locks-settle-beside.md says what that leaves open.
 */
async function usablePacks(repo: Repository, signal: AbortSignal): Promise<((pack: PackId) => boolean) | undefined> {
  if (!repo.store.capabilities.storageClasses) return undefined;
  const states = await repo.packStates({ refresh: true, signal });
  return (pack) => states.get(pack)?.state === "hot";
}

/** The same as a set of the index's packs, for threads. */
export async function usablePackSet(repo: Repository, signal: AbortSignal): Promise<PackSet | undefined> {
  const usable = await usablePacks(repo, signal);
  if (usable === undefined) return undefined;
  const { view } = repo.index;
  const packs = view.newPackSet();
  for (let pack = 0; pack < view.packCount; pack++) if (usable(view.packIdOf(pack))) include(packs, pack);
  return packs;
}
