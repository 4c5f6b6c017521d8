import type { Listener } from "../../base/event.ts";
import type { BlobId, SnapshotId } from "../../base/id.ts";
import type { Time } from "../../base/time.ts";
import type { BlobType } from "../../format/blob.ts";
import { encodeSnapshot } from "../../format/snapshot-codec.ts";
import type { Snapshot, SnapshotSummary, StoredSnapshot } from "../../format/snapshot.ts";
import type { BlobWriter } from "../../repo/blob-writer.ts";
import { createBlobWriter } from "../../repo/packer.ts";
import type { Repository } from "../../repo/repository.ts";
import type { ChangeOptions } from "../../source/change.ts";
import type { Selection } from "../../source/reject.ts";
import type { SourceFs } from "../../source/source-fs.ts";
import type { TargetNode } from "../../source/targets.ts";
import type { StorageClass } from "../../store/object-store.ts";
import { FileQueue } from "../worker/file-queue.ts";
import { inlineKernel } from "../worker/inline.ts";
import type { Kernel } from "../worker/kernel.ts";
import type { Recipe } from "../worker/messages.ts";
import { workerKernel } from "../worker/pool.ts";
import { timeOf } from "./source-node.ts";
import { BackupStats } from "./stats.ts";
import { saveStream, type StreamSource } from "./stream-source.ts";
import { TallyWriter } from "./tally-writer.ts";
import { usablePacks } from "./usable.ts";
import { Walker } from "./walker.ts";

export type BackupSource =
  | { readonly kind: "files"; readonly root: TargetNode; readonly selection: Selection; readonly fs: SourceFs }
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
  readonly readConcurrency: number;
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
  const usable = await usablePacks(repo, signal);
  const stats = new BackupStats();
  await using writer: BlobWriter = job.dryRun
    ? new TallyWriter(repo, usable)
    : createBlobWriter(repo, {
        signal,
        ...(usable === undefined ? {} : { usable }),
        ...(job.storageClass === undefined ? {} : { storageClass: job.storageClass }),
      });
  const recipe = recipeOf(repo);
  await using kernel = openKernel(repo, recipe, writer, job.workers);
  const tree = await untilAborted(saveSource(repo, job, recipe, { usable, stats, writer, kernel }), signal);
  await writer.flush();
  signal.throwIfAborted();
  const skipped = job.skipIfUnchanged && job.parent?.tree === tree;
  const summary = summaryOf(stats, timeOf(job.startedNs, repo.world), timeOf(repo.world.clock.nowNs(), repo.world));
  const snapshot = skipped || job.dryRun ? undefined : await saveSnapshot(repo, job, tree, summary);
  return { summary, tree, snapshot, skipped, errors: stats.errors, rereadFiles: stats.rereadFiles };
}

interface Tools {
  readonly usable: Awaited<ReturnType<typeof usablePacks>>;
  readonly stats: BackupStats;
  readonly writer: BlobWriter;
  readonly kernel: Kernel;
}

function saveSource(repo: Repository, job: BackupJob, recipe: Recipe, tools: Tools): Promise<BlobId> {
  const { world } = repo;
  const { emit, signal, change, withAtime } = job;
  if (job.source.kind === "stream") return saveStream(job.source.stream, { world, emit, signal, ...tools }, recipe);
  const queue = new FileQueue(tools.kernel, job.readConcurrency, {
    onStart: (request) => emit({ kind: "item-start", path: request.label ?? request.path }),
    onRead: (bytes) => emit({ kind: "advance", bytes }),
  });
  const { fs, selection, root } = job.source;
  const walker = new Walker({ repo, world, fs, selection, queue, change, withAtime, emit, signal, ...tools });
  return walker.save(root, job.parent?.tree);
}

function recipeOf(repo: Repository): Recipe {
  const { key, compression, extraVerify } = repo;
  return { key, version: repo.config.version, compression, polynomial: repo.config.polynomial, extraVerify, packSize: repo.packSize };
}

function openKernel(repo: Repository, recipe: Recipe, writer: BlobWriter, workers: number): Kernel {
  return workers === 0 ? inlineKernel(recipe, writer, (length) => repo.world.random(length)) : workerKernel(recipe, writer, workers);
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

/** Stops waiting as soon as the run is to stop; what is under way is ended by disposing the kernel. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (stop !== undefined) signal.removeEventListener("abort", stop);
  }
}
