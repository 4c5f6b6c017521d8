import { FirnError } from "../../base/error.ts";
import { RESTORE_BATCH_FILES, RESTORE_READ_BYTES_AHEAD, RESTORE_READS_AHEAD } from "../../base/limits.ts";
import { forEachParallel } from "../../base/parallel.ts";
import { pathOf } from "../../format/file-kind.ts";
import type { Repository } from "../../repo/repository.ts";
import type { TargetFs } from "../../source/target-fs.ts";
import { isStoreError, StoreError } from "../../store/store-error.ts";
import { transferable } from "../crew/transfer.ts";
import type { RestoreDeps } from "./build-plan.ts";
import { ByteGate } from "./byte-gate.ts";
import { Paths, shownPath } from "./entries.ts";
import { EXISTED, FAILED, SPOILT } from "./files.ts";
import type { MissingList } from "./missing.ts";
import { OtherCopies } from "./other-copies.ts";
import type { RestorePlan } from "./plan.ts";
import { type PlanHandle, shareOf } from "./plan-handle.ts";
import type { Progress } from "./progress.ts";
import { type BadFile, type FilesJob, type FillJob, type FillResult, runFiles, runFill, type Span } from "./write-job.ts";

/**
 * Fills files from packs. A part goes to a worker as a few numbers; the worker sees in the shared tables what to write where, and finishes
 * every file that is complete with it. What it cannot open is fetched from another copy, if there is one.
 */
export class ContentRun {
  readonly #repo: Repository;
  readonly #plan: RestorePlan;
  readonly #deps: RestoreDeps;
  readonly #target: TargetFs;
  readonly #progress: Progress;
  readonly #missing: MissingList;
  readonly #paths: Paths;
  readonly #handle: PlanHandle;
  readonly #copies: OtherCopies;
  readonly #ahead = new ByteGate(RESTORE_READ_BYTES_AHEAD);

  constructor(repo: Repository, plan: RestorePlan, deps: RestoreDeps, target: TargetFs, progress: Progress, missing: MissingList) {
    this.#repo = repo;
    this.#plan = plan;
    this.#deps = deps;
    this.#target = target;
    this.#progress = progress;
    this.#missing = missing;
    this.#paths = new Paths(plan.dirs.entries.view());
    this.#handle = shareOf(plan);
    this.#copies = new OtherCopies(repo, plan, target, deps.signal);
  }

  async run(): Promise<void> {
    const { store } = this.#repo;
    const { files, reads } = this.#plan;
    const { crew, signal } = this.#deps;
    await this.#batches(
      this.#where((file) => files.waitsOf(file) > 1),
      "make",
    );
    this.#countKept();
    const spans = Array.from({ length: reads.parts }, (_, part) => ({ from: reads.partStart[part]!, to: reads.partStart[part + 1]! }));
    if (store.fileOf !== undefined && store.connections >= crew.size) {
      await forEachParallel(spans, crew.size * 2, (span) => this.#fillFromFile(span, store.fileOf!(this.#objectOf(span))), signal);
    } else {
      const width = Math.max(store.connections, crew.size) + RESTORE_READS_AHEAD;
      await forEachParallel(spans, width, (span) => this.#ahead.run(this.#rangeOf(span).length, () => this.#fetch(span)), signal);
    }
    await this.#finishRest();
  }

  /** Blobs of updated files that are there already count as restored, so that the totals meet. */
  #countKept(): void {
    const { files, blobs } = this.#plan;
    let kept = 0;
    for (let file = 0; file < files.length; file++) {
      if (files.stateOf(file) !== "update") continue;
      const content = files.contentOf(file);
      kept += files.sizeOf(file);
      for (const position of files.wantedOf(file)) kept -= blobs.lengthOf(content[position]!);
    }
    if (kept > 0) this.#progress.bytes(kept);
  }

  #objectOf({ from }: Span): string {
    const { blobs, reads } = this.#plan;
    return pathOf("data", blobs.packIds[blobs.packOf(reads.order[from]!)]!);
  }

  #rangeOf({ from, to }: Span): { readonly offset: number; readonly length: number } {
    const { blobs, reads } = this.#plan;
    const offset = blobs.offsetOf(reads.order[from]!);
    const last = reads.order[to - 1]!;
    return { offset, length: blobs.offsetOf(last) + blobs.boxLengthOf(last) - offset };
  }

  /** The worker reads for itself; what it could not read is asked of the store, which knows how to ask again and what to say. */
  async #fillFromFile(span: Span, file: string): Promise<void> {
    const done = await this.#fill(span, { file });
    if (done < span.to) await this.#fetch({ from: done, to: span.to });
  }

  async #fetch(span: Span): Promise<void> {
    if (!this.#isWanted(span)) return this.#release(span);
    const range = this.#rangeOf(span);
    const { signal } = this.#deps;
    try {
      const bytes = await this.#repo.store.get(this.#objectOf(span), { range, signal });
      await this.#fill(span, { bytes, base: range.offset }, transferable(bytes));
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof StoreError)) throw error;
      await this.#fetchFailed(span, error);
    }
  }

  #isWanted({ from, to }: Span): boolean {
    const { files, reads } = this.#plan;
    for (let use = reads.useStart[from]!; use < reads.useStart[to]!; use++) if (!files.hasFailed(reads.useFile[use]!)) return true;
    return false;
  }

  /** Up to where the worker came. */
  async #fill(span: Span, source: FillJob["source"], given: readonly ArrayBuffer[] = []): Promise<number> {
    const job: FillJob = { kind: "fill", plan: this.#handle, source, object: this.#objectOf(span), ...span };
    const result = await runFill(this.#deps.crew, job, given);
    await this.#takeIn(span, result);
    return result.done;
  }

  async #takeIn({ from }: Span, { badBlobs, badFiles, finished, done }: FillResult): Promise<void> {
    for (const bad of badFiles) this.#fail(bad.file, bad);
    for (const { position, message } of badBlobs) await this.#lost(position, new FirnError({ code: "corrupt", message }));
    this.#countBytes({ from, to: done }, new Set(badBlobs.map(({ position }) => position)));
    for (const file of finished) this.#progress.file(file);
  }

  #countBytes({ from, to }: Span, lost: ReadonlySet<number>): void {
    const { files, blobs, reads } = this.#plan;
    let bytes = 0;
    for (let position = from; position < to; position++) {
      if (lost.has(position)) continue;
      const length = blobs.lengthOf(reads.order[position]!);
      for (let use = reads.useStart[position]!; use < reads.useStart[position + 1]!; use++) {
        if (!files.hasFailed(reads.useFile[use]!)) bytes += length;
      }
    }
    if (bytes > 0) this.#progress.bytes(bytes);
  }

  /** Nothing more comes to the files of a span from this thread's side: takes it off what they wait for. */
  #release({ from, to }: Span): void {
    const { files, reads } = this.#plan;
    for (let use = reads.useStart[from]!; use < reads.useStart[to]!; use++) {
      const file = reads.useFile[use]!;
      files.setFate(file, SPOILT);
      if (reads.useLast[use] === 1) files.addWait(file, -1);
    }
  }

  /** A pack shorter than the index says loses only the blobs past its end: halve the request until it is clear which. */
  async #fetchFailed(span: Span, error: unknown): Promise<void> {
    const { from, to } = span;
    if (isStoreError(error, "archived")) return this.#frozen(span);
    const tooShort = isStoreError(error, "bad-range") || isStoreError(error, "truncated");
    if (tooShort && to - from > 1) {
      const middle = (from + to) >>> 1;
      await this.#fetch({ from, to: middle });
      return this.#fetch({ from: middle, to });
    }
    for (let position = from; position < to; position++) await this.#lost(position, error);
    this.#release(span);
  }

  /** Reads a blob from wherever else it lies, and writes it; without another copy its files fail with the first copy's error. */
  async #lost(position: number, error: unknown): Promise<void> {
    const { files, reads } = this.#plan;
    const plaintext = await this.#copies.load(reads.order[position]!);
    for (let use = reads.useStart[position]!; use < reads.useStart[position + 1]!; use++) {
      const file = reads.useFile[use]!;
      if (files.hasFailed(file)) continue;
      files.setFate(file, SPOILT);
      try {
        if (plaintext === undefined) throw error;
        this.#copies.patch(file, plaintext, reads.useOffset[use]!);
        this.#progress.bytes(plaintext.length);
      } catch (failure) {
        this.#fail(file, { error: failure });
      }
    }
  }

  /** LIST could not tell (an unknown class) or the temporary copy ended meanwhile: the files wait for a thaw. */
  async #frozen(span: Span): Promise<void> {
    const { files, blobs, reads } = this.#plan;
    const pack = blobs.packIds[blobs.packOf(reads.order[span.from]!)]!;
    const state = (await this.#repo.packStates({ signal: this.#deps.signal })).get(pack);
    let needed = 0;
    for (let position = span.from; position < span.to; position++) needed += blobs.boxLengthOf(reads.order[position]!);
    const { size = needed, storageClass = "unknown" } = state ?? {};
    this.#missing.addPack({ id: pack, size, storageClass, state: "archived", until: undefined, needed });
    for (let use = reads.useStart[span.from]!; use < reads.useStart[span.to]!; use++) {
      const file = reads.useFile[use]!;
      if (files.hasFailed(file)) continue;
      files.setFate(file, FAILED);
      this.#missing.addFile({ path: shownPath(this.#pathOf(file)), size: files.nodeSizeOf(file), packs: [pack] });
      if (!files.has(file, EXISTED)) this.#target.remove(this.#pathOf(file));
    }
    this.#release(span);
  }

  #pathOf(file: number): Uint8Array {
    return this.#paths.of(this.#plan.files.entries.view(), file);
  }

  readonly #told = new Set<number>();

  /** A worker may have noted the failure already; it is told once. */
  #fail(file: number, failure: BadFile | { readonly error: unknown }): void {
    const error =
      "error" in failure ? failure.error : new FirnError({ code: "restore-file", message: failure.message, hint: failure.hint });
    if ("fatal" in failure && failure.fatal) throw error;
    this.#plan.files.setFate(file, FAILED);
    if (this.#told.has(file)) return;
    this.#told.add(file);
    this.#progress.failed(shownPath(this.#pathOf(file)), error);
  }

  #where(condition: (file: number) => boolean): number[] {
    const found: number[] = [];
    for (let file = 0; file < this.#plan.files.length; file++) if (condition(file)) found.push(file);
    return found;
  }

  /** Files that were repaired, files without content, and files whose content was right already. */
  async #finishRest(): Promise<void> {
    const { files } = this.#plan;
    const done = (file: number): void => this.#progress.file(file);
    await this.#batches(
      this.#where((file) => files.stateOf(file) === "same"),
      "finish",
    );
    await this.#batches(
      this.#where((file) => files.fateOf(file) === SPOILT && files.waitsOf(file) === 0),
      "finish",
      done,
    );
    await this.#batches(
      this.#where((file) => this.#hasNothingToRead(file)),
      "whole",
      done,
    );
  }

  /** Empty, or an existing file that holds more than the snapshot's and nothing else is wrong with it. */
  #hasNothingToRead(file: number): boolean {
    const { files } = this.#plan;
    if (!files.isWritten(file)) return false;
    for (const _position of files.wantedOf(file)) return false;
    return true;
  }

  async #batches(files: readonly number[], step: FilesJob["step"], onDone: (file: number) => void = () => undefined): Promise<void> {
    const starts = Array.from({ length: Math.ceil(files.length / RESTORE_BATCH_FILES) }, (_, at) => at * RESTORE_BATCH_FILES);
    const { crew, signal } = this.#deps;
    await forEachParallel(
      starts,
      crew.size * 2,
      async (start) => {
        const batch = files.slice(start, start + RESTORE_BATCH_FILES);
        const { badFiles } = await runFiles(crew, { kind: "files", plan: this.#handle, step, files: Uint32Array.from(batch) });
        for (const bad of badFiles) this.#fail(bad.file, bad);
        for (const file of batch) if (!this.#plan.files.hasFailed(file)) onDone(file);
      },
      signal,
    );
  }
}
