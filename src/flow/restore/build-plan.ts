import type { Listener } from "../../base/event.ts";
import type { Bytes } from "../../base/bytes.ts";
import type { BlobId } from "../../base/id.ts";
import { forEachParallel } from "../../base/parallel.ts";
import type { Repository } from "../../repo/repository.ts";
import { StoreError } from "../../store/store-error.ts";
import { openTarget } from "../../source/target-fs.ts";
import { Collector } from "./collect.ts";
import type { PackStates } from "./copies.ts";
import { MissingList } from "./missing.ts";
import { ReadPlanner, sizeOf } from "./pack-reads.ts";
import { contentOf, type PlannedFile, type PlanTotals, type Problem, type RestoreOptions, type RestorePlan } from "./plan.ts";
import { walkSnapshot } from "./snapshot-walk.ts";
import { type CompareResult, type RestoreCrew, runCompare } from "./write-job.ts";

export interface RestoreDeps {
  readonly signal: AbortSignal;
  readonly emit: Listener;
  readonly crew: RestoreCrew;
}

/** Works out everything a restore of `tree` will do, reading trees, the target and (where there are classes) one LIST; writes nothing. */
export async function planRestore(repo: Repository, tree: BlobId, options: RestoreOptions, deps: RestoreDeps): Promise<RestorePlan> {
  using target = openTarget(options.target, { create: false });
  const collector = new Collector(options, (path) => target.lstat(below(path)));
  await walkSnapshot(repo, tree, options.filter, collector, deps.signal);
  const { dirs, files, others, problems } = collector;
  for (const file of files) file.size = sizeOf(repo.index, contentOf(file.node));
  await compareExisting(repo, collector, deps);

  const states = await statesOf(repo, deps.signal);
  const missing = new MissingList();
  noteFrozenTrees(problems, states, missing);
  const planner = new ReadPlanner(repo.index, states, repo.world.clock.now(), missing);
  for (const [at, file] of files.entries()) {
    if (file.state !== "new" && file.state !== "update") continue;
    const problem = planner.add(file, at);
    if (problem !== undefined) problems.push(problem);
  }
  followFirstNames(files, missing);
  const { packs, bytes } = planner.finish();
  const totals = totalsOf(dirs.filter((dir) => dir.used && dir.node !== undefined).length, files, others, bytes);
  return { options, dirs, files, others, packs, problems, deletes: collector.deletes, missing: missing.value(), totals };
}

/** A path in the snapshot as the target knows it: relative, the root empty. */
export function below(path: Bytes): Bytes {
  return path.subarray(1);
}

/** Reads the files that exist and keeps of each only what differs (restic-format §11). */
async function compareExisting(repo: Repository, { files, toCompare }: Collector, deps: RestoreDeps): Promise<void> {
  await forEachParallel(
    toCompare,
    deps.crew.size * 2,
    async (at) => {
      const file = files[at]!;
      const blobs = contentOf(file.node).map((id) => ({ id, length: repo.index.plaintextLength("data", id) ?? 0 }));
      const result = await runCompare(deps.crew, { kind: "compare", path: below(file.path), blobs });
      applyComparison(file, result);
    },
    deps.signal,
  );
}

function applyComparison(file: PlannedFile, { differing, wrongSize, error }: CompareResult): void {
  if (error !== undefined) return;
  if (differing.length === 0 && !wrongSize) file.state = "same";
  else if (!file.shared) {
    file.state = "update";
    file.fetch = differing;
  }
}

/** One LIST where objects have classes; without classes everything is readable and nobody needs to ask. */
async function statesOf(repo: Repository, signal: AbortSignal): Promise<PackStates> {
  return repo.store.capabilities.storageClasses ? repo.packStates({ signal }) : undefined;
}

/** A directory whose tree is archived waits for its thaw as a file does. (Firnline never freezes trees; a lifecycle rule may.) */
function noteFrozenTrees(problems: Problem[], states: PackStates, missing: MissingList): void {
  for (const { error } of problems) {
    if (!(error instanceof StoreError) || error.code !== "archived") continue;
    const key = error.key ?? "";
    for (const [id, state] of states ?? []) {
      if (!key.endsWith(id) || (state.state !== "archived" && state.state !== "thawing")) continue;
      missing.addPack({
        id,
        size: state.size,
        storageClass: state.storageClass,
        state: state.state,
        until: state.until,
        needed: state.size,
      });
    }
  }
}

/** Another name of a file that cannot be had now cannot be had either. */
function followFirstNames(files: readonly PlannedFile[], missing: MissingList): void {
  for (const file of files) {
    if (file.state !== "link") continue;
    const first = files[file.linkTo]!;
    if (first.state === "missing") {
      file.state = "missing";
      missing.addFile({ path: file.path, size: 0n, packs: [] });
    } else if (first.state === "failed") file.state = "failed";
  }
}

function totalsOf(
  dirs: number,
  files: readonly PlannedFile[],
  others: readonly { readonly skip: boolean }[],
  packBytes: number,
): PlanTotals {
  let items = dirs;
  let bytes = 0;
  let skippedItems = 0;
  let skippedBytes = 0;
  for (const { skip } of others) {
    if (skip) skippedItems++;
    else items++;
  }
  for (const file of files) {
    if (file.state === "same" || file.state === "skip") {
      skippedItems++;
      skippedBytes += file.size;
    } else {
      items++;
      if (file.state !== "link") bytes += file.size;
    }
  }
  return { items, bytes, skippedItems, skippedBytes, packBytes };
}
