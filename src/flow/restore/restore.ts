import type { Listener } from "../../base/event.ts";
import type { BlobId } from "../../base/id.ts";
import type { Repository } from "../../repo/repository.ts";
import { planRestore } from "./build-plan.ts";
import { executeRestore, rehearseRestore } from "./execute.ts";
import type { MetadataChoice } from "./metadata.ts";
import type { RestoreOptions } from "./plan.ts";
import type { RestoreReport } from "./progress.ts";
import { Hands } from "./hands.ts";
import { RESTORE_ROLE, type RestoreContext } from "./restore-worker.ts";

export interface RestoreRunOptions extends RestoreOptions {
  /** Only tell what would be done. */
  readonly dryRun: boolean;
}

export interface RestoreRunDeps {
  readonly signal: AbortSignal;
  readonly emit: Listener;
  /** Threads that open, hash and write; 0 works on the caller's own. */
  readonly workers: number;
}

/** Plans and carries out the restore of a tree. Loads nothing but what it needs: the index must be loaded. */
export async function restoreTree(
  repo: Repository,
  tree: BlobId,
  options: RestoreRunOptions,
  deps: RestoreRunDeps,
): Promise<RestoreReport> {
  const choice: MetadataChoice = {
    asRoot: repo.world.uid === 0,
    ownershipByName: options.ownershipByName,
    xattrs: options.xattrs,
  };
  const context: RestoreContext = { role: RESTORE_ROLE, key: repo.key, target: options.target, metadata: choice };
  await using hands = new Hands(context, options.dryRun ? 0 : deps.workers, deps.signal);
  const plan = await planRestore(repo, tree, options, { ...deps, hands });
  if (options.dryRun) return rehearseRestore(plan, deps);
  return await executeRestore(repo, plan, choice, { ...deps, crew: hands.crew });
}
