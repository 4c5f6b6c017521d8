import type { Listener } from "../../base/event.ts";
import type { BlobId } from "../../base/id.ts";
import { RESTORE_WORKER_BYTES_MIN } from "../../base/limits.ts";
import type { Repository } from "../../repo/repository.ts";
import { loneCrew, startCrew } from "../crew/crew.ts";
import { planRestore, type RestoreDeps } from "./build-plan.ts";
import { executeRestore, rehearseRestore } from "./execute.ts";
import type { MetadataChoice } from "./metadata.ts";
import type { RestoreOptions } from "./plan.ts";
import type { RestoreReport } from "./progress.ts";
import { hireRestorer, RESTORE_ROLE, type RestoreContext } from "./restore-worker.ts";
import type { RestoreCrew, RestoreJob, RestoreResult } from "./write-job.ts";

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
  await using lone = loneCrew(hireRestorer(context));
  const planDeps = depsWith(lone, deps);
  const plan = await planRestore(repo, tree, options, planDeps);
  if (options.dryRun) return rehearseRestore(plan, deps);
  if (deps.workers === 0 || plan.totals.packBytes < RESTORE_WORKER_BYTES_MIN) return await executeRestore(repo, plan, choice, planDeps);
  await using crew = startCrew<RestoreJob, RestoreResult>(new URL("./restore-worker.ts", import.meta.url), context, deps.workers);
  return await executeRestore(repo, plan, choice, depsWith(crew, deps));
}

function depsWith(crew: RestoreCrew, { signal, emit }: RestoreRunDeps): RestoreDeps {
  return { signal, emit, crew };
}
