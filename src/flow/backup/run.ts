import { FirnError } from "../../base/error.ts";
import type { Listener } from "../../base/event.ts";
import type { BlobId, SnapshotId } from "../../base/id.ts";
import type { Time } from "../../base/time.ts";
import type { BlobType } from "../../format/blob.ts";
import { encodeSnapshot } from "../../format/snapshot-codec.ts";
import type { Snapshot, SnapshotSummary, StoredSnapshot } from "../../format/snapshot.ts";
import type { Repository } from "../../repo/repository.ts";
import type { ChangeOptions } from "../../source/change.ts";
import type { SelectionRules } from "../../source/selection-rules.ts";
import { posixFs, type SourceFs } from "../../source/source-fs.ts";
import type { TargetNode } from "../../source/targets.ts";
import type { StorageClass } from "../../store/object-store.ts";
import { workInline } from "../worker/inline-run.ts";
import { openStreamRun } from "../worker/stream-run.ts";
import { workInThreads } from "../worker/thread-run.ts";
import { startThreads, type Threads } from "../worker/threads.ts";
import type { WorkOrder } from "../worker/work-order.ts";
import { timeOf } from "./source-node.ts";
import { BackupStats } from "./stats.ts";
import { saveStream, type StreamSource } from "./stream-source.ts";
import { openTreeWork } from "./tree-work.ts";
import { usablePackSet } from "./usable.ts";
import { walkPlanOf, type WalkResult, type WalkTask, type WalkTotals } from "./walk-plan.ts";

export type BackupSource =
  | { readonly kind: "files"; readonly root: TargetNode; readonly rules: SelectionRules; readonly fs: SourceFs }
  | { readonly kind: "stream"; readonly stream: StreamSource };

export interface BackupJob {
  readonly source: BackupSource;
  readonly parent: StoredSnapshot | undefined;
  /** What the snapshot says of itself. */
  readonly facts: Pick<Snapshot, "time" | "paths" | "hostname" | "excludes" | "tags" | "programVersion">;
  /** When the run began, for the summary. */
  readonly startedNs: bigint;
  readonly change: ChangeOptions;
  readonly withAtime: boolean;
  /** Threads; 0 does the work in this one. */
  readonly workers: number;
  /** Threads that have been started already, `workers` of them; they belong to the caller. */
  readonly threads?: Threads | undefined;
  /** Where packs with trees may lie on this machine, as the local cache keeps them. */
  readonly packFolder?: string | undefined;
  /** Somebody wants to hear of every item, not only of what goes wrong. */
  readonly items: boolean;
  readonly dryRun: boolean;
  readonly skipIfUnchanged: boolean;
  /** Class of new packs; undefined leaves it to the store (STANDARD). Must be an instant one. */
  readonly storageClass?: (type: BlobType) => StorageClass | undefined;
  readonly emit: Listener;
  readonly signal: AbortSignal;
}

export interface BackupReport {
  readonly summary: SnapshotSummary;
  readonly tree: BlobId;
  /** Undefined after a dry run and when an unchanged snapshot was skipped. */
  readonly snapshot: StoredSnapshot | undefined;
  readonly skipped: boolean;
  readonly errors: number;
  /** Unchanged files that were stored again because their data lay in the ice. */
  readonly rereadFiles: number;
}

/** One backup under a lock the caller holds: packs, then index, then the snapshot that makes them count. */
export async function runBackup(repo: Repository, job: BackupJob): Promise<BackupReport> {
  const { signal } = job;
  await repo.loadIndex({ signal });
  const stats = new BackupStats();
  const tree = await saveSource(repo, job, stats);
  signal.throwIfAborted();
  const skipped = job.skipIfUnchanged && job.parent?.tree === tree;
  const summary = summaryOf(stats, timeOf(job.startedNs, repo.world), timeOf(repo.world.clock.nowNs(), repo.world));
  const snapshot = skipped || job.dryRun ? undefined : await saveSnapshot(repo, job, tree, summary);
  return { summary, tree, snapshot, skipped, errors: stats.errors, rereadFiles: stats.rereadFiles };
}

/** The id of the root tree, when everything it refers to is stored and listed. */
async function saveSource(repo: Repository, job: BackupJob, stats: BackupStats): Promise<BlobId> {
  const { dryRun, items, emit, signal, source } = job;
  const usable = await usablePackSet(repo, signal);
  const storageClass = job.storageClass === undefined ? {} : { storageClass: job.storageClass };
  const order: WorkOrder = { usable, dryRun, items, emit, signal, ...storageClass };
  // Only the main thread can read a source that is no folder of this machine.
  const inline = job.workers === 0 || (source.kind === "files" && source.fs !== posixFs);
  await using own = inline || job.threads !== undefined ? undefined : startThreads(job.workers);
  const threads = inline ? undefined : (job.threads ?? own);
  if (source.kind === "stream") {
    await using run = openStreamRun(threads, repo, order);
    const tree = await saveStream(source.stream, { world: repo.world, run, stats, emit });
    await run.finish();
    return tree;
  }
  const plan = walkPlanOf({ ...job, ...source }, repo.world);
  const { result, totals } = await (threads === undefined
    ? workInline<WalkTask, WalkResult, WalkTotals>(repo, order, {
        open: (tools) => openTreeWork(plan, tools, source.fs),
        root: { kind: "root" },
      })
    : workInThreads<WalkResult, WalkTotals>(threads, repo, order, { plan, root: { kind: "root" } }));
  for (const counted of totals) stats.merge(counted);
  if (result.kind === "root" && result.tree !== undefined) return result.tree;
  throw new FirnError({ code: "empty-snapshot", message: "snapshot is empty: nothing could be saved" });
}

async function saveSnapshot(repo: Repository, job: BackupJob, tree: BlobId, summary: SnapshotSummary): Promise<StoredSnapshot> {
  const { username, uid, gid } = repo.world;
  const snapshot: Snapshot = { ...job.facts, parent: job.parent?.id, tree, username, uid, gid, original: undefined, summary };
  const id: SnapshotId = await repo.saveUnpacked("snapshots", encodeSnapshot(snapshot), job.signal);
  return { ...snapshot, id };
}

function summaryOf(stats: BackupStats, backupStart: Time, backupEnd: Time): SnapshotSummary {
  return {
    backupStart,
    backupEnd,
    filesNew: stats.files.new,
    filesChanged: stats.files.modified,
    filesUnmodified: stats.files.unchanged,
    dirsNew: stats.dirs.new,
    dirsChanged: stats.dirs.modified,
    dirsUnmodified: stats.dirs.unchanged,
    dataBlobs: stats.dataBlobs,
    treeBlobs: stats.treeBlobs,
    dataAdded: stats.addedBytes,
    dataAddedPacked: stats.storedBytes,
    totalFilesProcessed: stats.totalFiles,
    totalBytesProcessed: stats.processedBytes,
  };
}
