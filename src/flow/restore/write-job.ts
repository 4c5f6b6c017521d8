import type { Bytes } from "../../base/bytes.ts";
import type { BlobId } from "../../base/id.ts";
import type { Crew } from "../crew/crew.ts";
import type { PlanHandle } from "./plan-handle.ts";

/** Positions of a plan's reads: what is fetched from one pack with one request, or the rest of it. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Opens the blobs of a span and writes each to all its places; every file that is complete with it gets its metadata. */
export interface FillJob extends Span {
  readonly kind: "fill";
  readonly plan: PlanHandle;
  /** The pack's bytes from `base` on; or the file to read them from. */
  readonly source: { readonly bytes: Bytes; readonly base: number } | { readonly file: string };
  /** Name of the pack, for messages. */
  readonly object: string;
}

export interface FillResult {
  readonly kind: "fill";
  /** Blobs that did not open, by position; nothing of them was written, and their files are not finished. */
  readonly badBlobs: readonly { readonly position: number; readonly message: string }[];
  readonly badFiles: readonly BadFile[];
  /** Files that got their metadata, in that order. */
  readonly finished: Uint32Array;
  /** Up to where the span was worked off: `to`, unless the file could not be read on. */
  readonly done: number;
}

/** What is done to files beside a pack's bytes. make: create or take over. finish: restore metadata. whole: both. */
export interface FilesJob {
  readonly kind: "files";
  readonly plan: PlanHandle;
  readonly step: "make" | "finish" | "whole";
  readonly files: Uint32Array;
}

export interface FilesResult {
  readonly kind: "files";
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

export type RestoreJob = FillJob | FilesJob | CompareJob;
export type RestoreResult = FillResult | FilesResult | CompareResult;

export type RestoreCrew = Crew<RestoreJob, RestoreResult>;

export async function runFill(crew: RestoreCrew, job: FillJob, transfer?: readonly ArrayBuffer[]): Promise<FillResult> {
  const result = await crew.run(job, transfer);
  return result.kind === "fill" ? result : mixedUp(job, result);
}

export async function runFiles(crew: RestoreCrew, job: FilesJob): Promise<FilesResult> {
  const result = await crew.run(job);
  return result.kind === "files" ? result : mixedUp(job, result);
}

export async function runCompare(crew: RestoreCrew, job: CompareJob): Promise<CompareResult> {
  const result = await crew.run(job);
  return result.kind === "compare" ? result : mixedUp(job, result);
}

function mixedUp(job: RestoreJob, result: RestoreResult): never {
  throw new TypeError(`a ${job.kind} job was answered with a ${result.kind}`);
}
