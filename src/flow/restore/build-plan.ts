import type { Listener } from "../../base/event.ts";
import type { BlobId } from "../../base/id.ts";
import { RANGE_REQUEST_MAX, RESTORE_LOCAL_PART } from "../../base/limits.ts";
import { forEachParallel } from "../../base/parallel.ts";
import type { Repository } from "../../repo/repository.ts";
import { StoreError } from "../../store/store-error.ts";
import { openTarget } from "../../source/target-fs.ts";
import { Blobs } from "./blobs.ts";
import { Collector } from "./collect.ts";
import type { PackStates } from "./copies.ts";
import type { Dirs } from "./dirs.ts";
import { Paths } from "./entries.ts";
import { type Files, SHARED } from "./files.ts";
import { MissingList } from "./missing.ts";
import type { Others } from "./others.ts";
import type { PlanTotals, Problem, RestoreOptions, RestorePlan } from "./plan.ts";
import { arrangeReads } from "./reads.ts";
import { walkSnapshot } from "./snapshot-walk.ts";
import { Wants } from "./wants.ts";
import { type CompareJob, type CompareResult, type RestoreCrew, runCompare } from "./write-job.ts";

export interface RestoreDeps {
  readonly signal: AbortSignal;
  readonly emit: Listener;
  readonly crew: RestoreCrew;
}

/** While a plan is made, who compares may change. */
export interface PlanDeps {
  readonly signal: AbortSignal;
  readonly hands: { readonly crew: RestoreCrew; expect(bytes: number): void };
}

/** Works out everything a restore of `tree` will do, reading trees, the target and (where there are classes) one LIST; writes nothing. */
export async function planRestore(repo: Repository, tree: BlobId, options: RestoreOptions, deps: PlanDeps): Promise<RestorePlan> {
  using target = openTarget(options.target, { create: false });
  const states = await statesOf(repo, deps.signal);
  const blobs = new Blobs(repo.index, states, repo.world.clock.now());
  const collector = new Collector(options, blobs, {
    look: (path) => target.lstat(path.subarray(1)),
    expect: (bytes) => deps.hands.expect(bytes),
  });

  await walkSnapshot(repo, tree, options.filter, collector, deps.signal);

  const { dirs, files, others, problems } = collector;
  const paths = new Paths(dirs.entries.view());
  await compareExisting(collector, blobs, paths, deps);

  const missing = new MissingList();
  noteFrozenTrees(problems, states, missing);
  const wants = new Wants(files, blobs, paths, missing, problems);
  for (let file = 0; file < files.length; file++) wants.check(file);
  wants.followFirstNames();
  const reads = arrangeReads(files, blobs, repo.store.fileOf === undefined ? RANGE_REQUEST_MAX : RESTORE_LOCAL_PART);

  return {
    options,
    dirs,
    files,
    others,
    blobs,
    traits: collector.traits.list,
    reads,
    problems,
    deletes: collector.deletes,
    missing: missing.value(),
    totals: totalsOf(dirs, files, others, reads.bytes),
  };
}

/** Reads the files that exist and keeps of each only what differs (restic-format §11). */
async function compareExisting({ files, toCompare }: Collector, blobs: Blobs, paths: Paths, { hands, signal }: PlanDeps): Promise<void> {
  const { crew } = hands;
  await forEachParallel(
    toCompare,
    crew.size * 2,
    async (file) => applyComparison(files, file, await runCompare(crew, compareJob(file, files, blobs, paths))),
    signal,
  );
}

export function compareJob(file: number, files: Files, blobs: Blobs, paths: Paths): CompareJob {
  const content = Array.from(files.contentOf(file), (blob) => ({ id: blobs.idOf(blob), length: blobs.lengthOf(blob) }));
  return { kind: "compare", path: paths.of(files.entries.view(), file), blobs: content };
}

function applyComparison(files: Files, file: number, { differing, wrongSize, error }: CompareResult): void {
  if (error !== undefined) return;
  if (differing.length === 0 && !wrongSize) files.setState(file, "same");
  else if (!files.has(file, SHARED)) files.setUpdate(file, differing);
}

/** One LIST where objects have classes; without classes everything is readable and nobody needs to ask. */
async function statesOf(repo: Repository, signal: AbortSignal): Promise<PackStates> {
  return repo.store.capabilities.storageClasses ? repo.packStates({ signal }) : undefined;
}

/** A directory whose tree is archived waits for its thaw as a file does. (Firnline never freezes trees; a lifecycle rule may.) */
function noteFrozenTrees(problems: readonly Problem[], states: PackStates, missing: MissingList): void {
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

function totalsOf(dirs: Dirs, files: Files, others: Others, packBytes: number): PlanTotals {
  let items = 0;
  let bytes = 0;
  let skippedItems = 0;
  let skippedBytes = 0;
  for (let dir = 1; dir < dirs.length; dir++) if (dirs.isUsed(dir)) items++;
  for (let other = 0; other < others.length; other++) {
    if (others.isSkipped(other)) skippedItems++;
    else items++;
  }
  for (let file = 0; file < files.length; file++) {
    const state = files.stateOf(file);
    if (state === "same" || state === "skip") {
      skippedItems++;
      skippedBytes += files.sizeOf(file);
    } else {
      items++;
      if (state !== "link") bytes += files.sizeOf(file);
    }
  }
  return { items, bytes, skippedItems, skippedBytes, packBytes };
}
