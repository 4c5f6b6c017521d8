import type { Bytes } from "../../base/bytes.ts";
import { FirnError, messageOf } from "../../base/error.ts";
import { RESTORE_OPEN_FILES_MAX } from "../../base/limits.ts";
import type { MasterKey } from "../../kernel/master-key.ts";
import { BlobOpener } from "../../repo/loader.ts";
import { isErrno } from "../../source/posix/posix-error.ts";
import type { TargetFile, TargetFs } from "../../source/target-fs.ts";
import type { MetadataOptions } from "../../source/target-metadata.ts";
import { solidRuns } from "./hole-writer.ts";
import type { BadFile, FileSpec, WriteJob, WriteResult } from "./write-job.ts";

/** Opens the blobs of one job and writes each to all its places; every file that is complete then gets its metadata. */
export function carryOutWrites(job: WriteJob, key: MasterKey, target: TargetFs, metadata: MetadataOptions): WriteResult {
  return new Writes(job, key, target, metadata).run();
}

class Writes {
  readonly #job: WriteJob;
  readonly #opener: BlobOpener;
  readonly #target: TargetFs;
  readonly #metadata: MetadataOptions;
  readonly #badBlobs: { blob: number; message: string }[] = [];
  readonly #badFiles = new Map<number, BadFile>();
  /** Files that miss something of this job: they are not finished. */
  readonly #spoilt = new Set<number>();
  readonly #created = new Set<number>();
  /** In the order of last use. */
  readonly #open = new Map<number, TargetFile>();
  readonly #usesLeft: Uint32Array;

  constructor(job: WriteJob, key: MasterKey, target: TargetFs, metadata: MetadataOptions) {
    this.#job = job;
    this.#opener = new BlobOpener(key);
    this.#target = target;
    this.#metadata = metadata;
    this.#usesLeft = new Uint32Array(job.files.length);
    for (const use of job.uses) this.#usesLeft[use.file]!++;
  }

  run(): WriteResult {
    const { files, uses } = this.#job;
    for (let file = 0; file < files.length; file++) if (this.#usesLeft[file] === 0) this.#forFile(file, () => this.#complete(file));
    for (let at = 0; at < uses.length;) at = this.#writeBlob(at);
    for (const file of Array.from(this.#open.keys())) this.#forFile(file, () => this.#close(file));
    return { kind: "write", badBlobs: this.#badBlobs, badFiles: [...this.#badFiles.values()] };
  }

  /** Writes the blob whose uses begin at `at` to all of them; gives the position after them. */
  #writeBlob(at: number): number {
    const { uses } = this.#job;
    const { blob } = uses[at]!;
    const plaintext = this.#openBlob(blob);
    for (; at < uses.length && uses[at]!.blob === blob; at++) {
      const { file, offset } = uses[at]!;
      if (plaintext === undefined) this.#spoilt.add(file);
      else this.#forFile(file, () => this.#write(file, plaintext, offset));
      if (--this.#usesLeft[file]! === 0) this.#forFile(file, () => this.#complete(file));
    }
    return at;
  }

  #openBlob(blob: number): Bytes | undefined {
    const { bytes, base, blobs } = this.#job;
    const location = blobs[blob]!;
    const start = location.offset - base;
    try {
      return this.#opener.open(location, bytes.subarray(start, start + location.length));
    } catch (error) {
      this.#badBlobs.push({ blob, message: messageOf(error) });
      return undefined;
    }
  }

  /** Runs a step for a file unless an earlier one failed; a failure is the file's, not the job's. */
  #forFile(file: number, step: () => void): void {
    if (this.#badFiles.has(file)) return;
    try {
      step();
    } catch (error) {
      const fatal = isErrno(error, "ENOSPC", "EDQUOT", "EROFS");
      const hint = error instanceof FirnError ? error.hint : undefined;
      this.#badFiles.set(file, { file, message: messageOf(error), hint, fatal });
    }
  }

  #write(file: number, plaintext: Bytes, offset: number): void {
    const spec = this.#job.files[file]!;
    const handle = this.#handle(file, spec);
    if (!spec.sparse) return this.#target.writeAt(handle, plaintext, offset);
    for (const { start, end } of solidRuns(plaintext, offset)) this.#target.writeAt(handle, plaintext.subarray(start, end), offset + start);
  }

  /** All that this job has for the file is written. */
  #complete(file: number): void {
    const spec = this.#job.files[file]!;
    if (spec.mode === "create" && !this.#created.has(file)) this.#handle(file, spec);
    if (spec.finish === undefined || this.#spoilt.has(file)) return this.#close(file);
    const opened = this.#open.get(file);
    this.#open.delete(file);
    if (opened === undefined) this.#target.setMetadata(spec.path, spec.finish, this.#metadata);
    else this.#target.finishFile(opened, spec.finish, this.#metadata);
  }

  #handle(file: number, spec: FileSpec): TargetFile {
    const known = this.#open.get(file);
    if (known !== undefined) {
      this.#open.delete(file);
      this.#open.set(file, known);
      return known;
    }
    const first = spec.mode === "create" && !this.#created.has(file);
    const opened = first ? this.#target.createFile(spec.path, spec) : this.#target.openFile(spec.path);
    this.#created.add(file);
    this.#open.set(file, opened);
    if (this.#open.size > RESTORE_OPEN_FILES_MAX) this.#close(this.#open.keys().next().value!);
    return opened;
  }

  #close(file: number): void {
    const opened = this.#open.get(file);
    if (opened === undefined) return;
    this.#open.delete(file);
    this.#target.closeFile(opened);
  }
}
