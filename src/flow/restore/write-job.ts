import type { Bytes } from "../../base/bytes.ts";
import type { BlobId } from "../../base/id.ts";
import type { BlobLocation } from "../../format/blob.ts";
import type { Crew } from "../crew/crew.ts";
import type { TargetMetadata } from "../../source/target-metadata.ts";

/** A file as a worker needs to know it. */
export interface FileSpec {
  /** Below the target, relative. */
  readonly path: Bytes;
  /** create: make it, or take over the regular file that is there. open: it was created by an earlier job. metadata: it is complete. */
  readonly mode: "create" | "open" | "metadata";
  readonly size: number;
  /** No regular file was at its place when the restore was planned. */
  readonly fresh: boolean;
  /** Leave blocks of zeros out. */
  readonly sparse: boolean;
  /** Set when nothing is left to do for the file after this job: its metadata is restored with it. */
  readonly finish: TargetMetadata | undefined;
}

/** One request's worth of a pack, and where its blobs go. A job without blobs creates files and restores metadata. */
export interface WriteJob {
  readonly kind: "write";
  /** Bytes of the pack from `base` on. */
  readonly bytes: Bytes;
  readonly base: number;
  readonly blobs: readonly BlobLocation[];
  readonly files: readonly FileSpec[];
  /** Which blob goes into which file, and where; in the order of the blobs. */
  readonly uses: readonly { readonly blob: number; readonly file: number; readonly offset: number }[];
}

export interface WriteResult {
  readonly kind: "write";
  /** Blobs that did not open, by position in the job; nothing of them was written, and their files are not finished. */
  readonly badBlobs: readonly { readonly blob: number; readonly message: string }[];
  readonly badFiles: readonly BadFile[];
}

export interface BadFile {
  readonly file: number;
  readonly message: string;
  readonly hint: string | undefined;
  /** Going on makes no sense: the disk is full or cannot be written. */
  readonly fatal: boolean;
}

/** Compares a file's content with its blobs (restic-format §11): for what is there before a restore, and for `--verify` after it. */
export interface CompareJob {
  readonly kind: "compare";
  readonly path: Bytes;
  readonly blobs: readonly { readonly id: BlobId; readonly length: number }[];
}

export interface CompareResult {
  readonly kind: "compare";
  /** Positions of the blobs that are not there as they should be. */
  readonly differing: readonly number[];
  /** The file's length is not the sum of its blobs'. */
  readonly wrongSize: boolean;
  readonly error: string | undefined;
}

export type RestoreJob = WriteJob | CompareJob;
export type RestoreResult = WriteResult | CompareResult;

export type RestoreCrew = Crew<RestoreJob, RestoreResult>;

export async function runWrite(crew: RestoreCrew, job: WriteJob, transfer?: readonly ArrayBuffer[]): Promise<WriteResult> {
  const result = await crew.run(job, transfer);
  if (result.kind !== job.kind) throw new TypeError(`a ${job.kind} job was answered with a ${result.kind}`);
  return result;
}

export async function runCompare(crew: RestoreCrew, job: CompareJob): Promise<CompareResult> {
  const result = await crew.run(job);
  if (result.kind !== job.kind) throw new TypeError(`a ${job.kind} job was answered with a ${result.kind}`);
  return result;
}
