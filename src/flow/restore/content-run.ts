import type { Bytes } from "../../base/bytes.ts";
import { FirnError } from "../../base/error.ts";
import type { BlobId } from "../../base/id.ts";
import { RESTORE_BATCH_FILES, RESTORE_READS_AHEAD } from "../../base/limits.ts";
import { forEachParallel } from "../../base/parallel.ts";
import { pathOf } from "../../format/file-kind.ts";
import type { Repository } from "../../repo/repository.ts";
import type { TargetFs } from "../../source/target-fs.ts";
import { isStoreError } from "../../store/store-error.ts";
import { transferable } from "../crew/transfer.ts";
import { below, type RestoreDeps } from "./build-plan.ts";
import { JobMaker } from "./job-maker.ts";
import type { MissingList } from "./missing.ts";
import { filesOf, type PackPart, partsOf } from "./pack-part.ts";
import type { NeededBlob, PlannedFile, RestorePlan } from "./plan.ts";
import type { Progress } from "./progress.ts";
import { type BadFile, type FileSpec, runWrite, type WriteJob } from "./write-job.ts";

const NO_BYTES = new Uint8Array(0);

/**
 * Fills files from packs. A request's bytes go to a worker with the list of places they belong to; the worker opens, writes, and finishes
 * every file that is complete with it. What a worker cannot open is fetched from another copy, if there is one.
 */
export class ContentRun {
  readonly #repo: Repository;
  readonly #plan: RestorePlan;
  readonly #deps: RestoreDeps;
  readonly #target: TargetFs;
  readonly #progress: Progress;
  readonly #missing: MissingList;
  readonly #parts: readonly PackPart[];
  /** Requests that a file still waits for. */
  readonly #waits: Uint32Array;
  readonly #many = new Set<number>();
  readonly #failed = new Set<number>();
  readonly #jobs: JobMaker;

  constructor(repo: Repository, plan: RestorePlan, deps: RestoreDeps, target: TargetFs, progress: Progress, missing: MissingList) {
    this.#repo = repo;
    this.#plan = plan;
    this.#deps = deps;
    this.#target = target;
    this.#progress = progress;
    this.#missing = missing;
    this.#parts = plan.packs.flatMap(partsOf);
    this.#waits = new Uint32Array(plan.files.length);
    this.#jobs = new JobMaker(plan, this.#many, this.#failed);
    for (const part of this.#parts) for (const file of filesOf(part)) this.#waits[file]!++;
    for (const [file, waits] of this.#waits.entries()) if (waits > 1) this.#many.add(file);
  }

  /** Positions of files that were not restored. */
  get failed(): ReadonlySet<number> {
    return this.#failed;
  }

  async run(): Promise<void> {
    const { store } = this.#repo;
    await this.#batches([...this.#many], (file) => this.#jobs.spec(file, "create", false));
    this.#countKept();
    const busy = Math.max(store.connections, this.#deps.crew.size) + RESTORE_READS_AHEAD;
    await forEachParallel(this.#parts, busy, (part) => this.#fetch(part), this.#deps.signal);
    await this.#finishRest();
  }

  /** Blobs of updated files that are there already count as restored, so that the totals meet. */
  #countKept(): void {
    let kept = 0;
    const { files } = this.#plan;
    for (const file of files) {
      if (file.state !== "update") continue;
      const content = file.node.content ?? [];
      kept += file.size - file.fetch.reduce((sum, position) => sum + this.#lengthOf(content[position]!), 0);
    }
    if (kept > 0) this.#progress.bytes(kept);
  }

  #lengthOf(id: BlobId): number {
    return this.#repo.index.plaintextLength("data", id) ?? 0;
  }

  async #fetch(part: PackPart): Promise<void> {
    const usable = part.blobs.filter((blob) => blob.uses.some((use) => !this.#failed.has(use.file)));
    if (usable.length === 0) return this.#release(part.blobs);
    const { signal } = this.#deps;
    const range = { offset: part.offset, length: part.length };
    let bytes: Bytes;
    try {
      bytes = await this.#repo.store.get(pathOf("data", part.pack), { range, signal });
    } catch (error) {
      signal.throwIfAborted();
      return this.#fetchFailed(part, error);
    }
    await this.#write(part, bytes);
  }

  async #write(part: PackPart, bytes: Bytes): Promise<void> {
    const { job, files } = this.#jobs.jobOf(part, bytes);
    const result = await runWrite(this.#deps.crew, job, transferable(bytes));
    for (const bad of result.badFiles) this.#fail(files[bad.file]!, bad);
    const spoilt = new Set<number>();
    for (const { blob, message } of result.badBlobs) {
      const bad = part.blobs[blob]!;
      for (const use of bad.uses) spoilt.add(use.file);
      await this.#otherCopy(bad, new FirnError({ code: "corrupt", message }));
    }
    const lost = new Set(result.badBlobs.map(({ blob }) => part.blobs[blob]!));
    this.#countBytes(part.blobs.filter((blob) => !lost.has(blob)));
    this.#release(part.blobs, (file) => this.#many.has(file) || spoilt.has(file));
  }

  #countBytes(blobs: readonly NeededBlob[]): void {
    let bytes = 0;
    for (const blob of blobs) for (const { file } of blob.uses) if (!this.#failed.has(file)) bytes += this.#lengthOf(blob.id);
    if (bytes > 0) this.#progress.bytes(bytes);
  }

  /** Takes a request off what its files wait for; those that the worker has finished are done. */
  #release(blobs: readonly NeededBlob[], unfinished: (file: number) => boolean = () => true): void {
    for (const file of filesOf({ blobs })) {
      this.#waits[file]!--;
      if (this.#failed.has(file)) continue;
      if (unfinished(file)) this.#unfinished.add(file);
      else this.#progress.file(this.#plan.files[file]!);
    }
  }

  readonly #unfinished = new Set<number>();

  /** A pack shorter than the index says loses only the blobs past its end: halve the request until it is clear which. */
  async #fetchFailed(part: PackPart, error: unknown): Promise<void> {
    if (isStoreError(error, "archived")) return this.#frozen(part);
    const tooShort = isStoreError(error, "bad-range") || isStoreError(error, "truncated");
    if (tooShort && part.blobs.length > 1) {
      const middle = part.blobs.length >> 1;
      const halves = [part.blobs.slice(0, middle), part.blobs.slice(middle)].flatMap((blobs) => partsOf({ pack: part.pack, blobs }));
      // Both halves will release their files; those in both were counted once.
      const counts = new Map<number, number>();
      for (const half of halves) for (const file of filesOf(half)) counts.set(file, (counts.get(file) ?? 0) + 1);
      for (const [file, count] of counts) this.#split(file, count);
      for (const half of halves) await this.#fetch(half);
      return;
    }
    for (const blob of part.blobs) await this.#otherCopy(blob, error);
    this.#release(part.blobs);
  }

  /** A file that came whole in one request now comes in several: it must exist before them. */
  #split(file: number, parts: number): void {
    this.#waits[file]! += parts - 1;
    if (parts === 1 || this.#many.has(file)) return;
    this.#many.add(file);
    this.#create(file);
  }

  #create(file: number): void {
    const { path, size, sparse } = this.#jobs.spec(file, "create", false);
    try {
      this.#target.closeFile(this.#target.createFile(path, { size, sparse }));
    } catch (error) {
      this.#fail(file, { error });
    }
  }

  /** Reads a blob from wherever else it lies, and writes it; without another copy its files fail with the first copy's error. */
  async #otherCopy(blob: NeededBlob, error: unknown): Promise<void> {
    const plaintext = await this.#loadElsewhere(blob);
    for (const { file, offset } of blob.uses) {
      if (this.#failed.has(file)) continue;
      if (plaintext === undefined) this.#fail(file, { error });
      else this.#patch(file, plaintext, offset);
    }
  }

  async #loadElsewhere(blob: NeededBlob): Promise<Bytes | undefined> {
    if (this.#repo.index.lookup("data", blob.id).length < 2) return undefined;
    try {
      return await this.#repo.loadBlob({ type: "data", id: blob.id }, this.#deps.signal);
    } catch {
      this.#deps.signal.throwIfAborted();
      return undefined;
    }
  }

  #patch(file: number, plaintext: Bytes, offset: number): void {
    const { path } = this.#jobs.spec(file, "open", false);
    try {
      if (this.#target.lstat(path) === undefined) this.#create(file);
      const opened = this.#target.openFile(path);
      this.#target.writeAt(opened, plaintext, offset);
      this.#target.closeFile(opened);
      this.#progress.bytes(plaintext.length);
    } catch (error) {
      this.#fail(file, { error });
    }
  }

  /** LIST could not tell (an unknown class) or the temporary copy ended meanwhile: the files wait for a thaw. */
  async #frozen(part: PackPart): Promise<void> {
    const state = (await this.#repo.packStates({ signal: this.#deps.signal })).get(part.pack);
    const needed = part.blobs.reduce((sum, blob) => sum + blob.length, 0);
    const { size = needed, storageClass = "unknown" } = state ?? {};
    this.#missing.addPack({ id: part.pack, size, storageClass, state: "archived", until: undefined, needed });
    for (const at of filesOf(part)) {
      if (this.#failed.has(at)) continue;
      const file = this.#plan.files[at]!;
      this.#failed.add(at);
      this.#missing.addFile({ path: file.path, size: file.node.size, packs: [part.pack] });
      if (!file.existed) this.#target.remove(below(file.path));
    }
    this.#release(part.blobs);
  }

  #fail(at: number, failure: BadFile | { readonly error: unknown }): void {
    const error =
      "error" in failure ? failure.error : new FirnError({ code: "restore-file", message: failure.message, hint: failure.hint });
    if ("fatal" in failure && failure.fatal) throw error;
    if (this.#failed.has(at)) return;
    this.#failed.add(at);
    this.#progress.failed(this.#plan.files[at]!.path, error);
  }

  /** Files that came in several requests, files without content, and files whose content was right already. */
  async #finishRest(): Promise<void> {
    const { files } = this.#plan;
    const complete = [...this.#unfinished].filter((file) => !this.#failed.has(file) && this.#waits[file] === 0);
    const empty: number[] = [];
    const same: number[] = [];
    for (const [at, file] of files.entries()) {
      if (file.state === "same") same.push(at);
      else if ((file.state === "new" && file.size === 0 && file.node.content?.length === 0) || isOnlyCut(file)) empty.push(at);
    }
    await this.#batches(same, (file) => this.#jobs.spec(file, "metadata", true));
    const spec = (file: number): FileSpec => this.#jobs.spec(file, this.#unfinished.has(file) ? "metadata" : "create", true);
    await this.#batches([...complete, ...empty], spec, (file) => this.#progress.file(files[file]!));
  }

  async #batches(
    files: readonly number[],
    spec: (file: number) => FileSpec,
    onDone: (file: number) => void = () => undefined,
  ): Promise<void> {
    const starts = Array.from({ length: Math.ceil(files.length / RESTORE_BATCH_FILES) }, (_, at) => at * RESTORE_BATCH_FILES);
    const { crew, signal } = this.#deps;
    await forEachParallel(
      starts,
      crew.size * 2,
      async (start) => {
        const batch = files.slice(start, start + RESTORE_BATCH_FILES);
        const job: WriteJob = { kind: "write", bytes: NO_BYTES, base: 0, blobs: [], files: batch.map(spec), uses: [] };
        const { badFiles } = await runWrite(crew, job);
        for (const bad of badFiles) this.#fail(batch[bad.file]!, bad);
        for (const file of batch) if (!this.#failed.has(file)) onDone(file);
      },
      signal,
    );
  }
}

/** An existing file that holds more than the snapshot's, and nothing else is wrong with it. */
function isOnlyCut(file: PlannedFile): boolean {
  return file.state === "update" && file.fetch.length === 0;
}
