import { type Bytes } from "../../base/bytes.ts";
import { FirnError, messageOf } from "../../base/error.ts";
import { RESTORE_OPEN_FILES_MAX } from "../../base/limits.ts";
import type { MasterKey } from "../../kernel/master-key.ts";
import { isErrno } from "../../source/posix/posix-error.ts";
import type { TargetFile, TargetFs } from "../../source/target-fs.ts";
import type { MetadataOptions, TargetMetadata } from "../../source/target-metadata.ts";
import { metadataAt, Paths, timesAt } from "./entries.ts";
import { CREATED, EXISTED, FAILED, SPOILT } from "./files.ts";
import { solidRuns } from "./hole-writer.ts";
import { boxesIn, type Boxes, PackReader, UnreadableError } from "./pack-reader.ts";
import { PlainBlobs } from "./plain-blobs.ts";
import { type PlanHandle, traitsOf } from "./plan-handle.ts";
import type { Trait } from "./traits.ts";
import type { BadFile, FilesJob, FilesResult, FillJob, FillResult } from "./write-job.ts";

/** One thread's hand in filling the files of a plan. What it learns about a file it notes in the shared tables. */
export class FileFiller {
  readonly serial: number;
  readonly #plan: PlanHandle;
  readonly #target: TargetFs;
  readonly #options: MetadataOptions;
  readonly #paths: Paths;
  readonly #traits: readonly Trait[];
  readonly #blobs: PlainBlobs;
  readonly #reader = new PackReader();
  /** In the order of last use. */
  readonly #open = new Map<number, TargetFile>();
  #badFiles: BadFile[] = [];
  #finished: number[] = [];

  constructor(plan: PlanHandle, key: MasterKey, target: TargetFs, options: MetadataOptions) {
    this.serial = plan.serial;
    this.#plan = plan;
    this.#target = target;
    this.#options = options;
    this.#paths = new Paths(plan.dirs);
    this.#traits = traitsOf(plan);
    this.#blobs = new PlainBlobs(key, plan.blobs);
  }

  fill(job: FillJob): FillResult {
    const badBlobs: { position: number; message: string }[] = [];
    this.#badFiles = [];
    this.#finished = [];
    let boxes: Boxes | undefined;
    let position = job.from;
    try {
      boxes = this.#boxesOf(job);
      for (; position < job.to; position++) this.#writeBlob(position, boxes, job.object, badBlobs);
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error;
    } finally {
      boxes?.close();
      for (const file of Array.from(this.#open.keys())) this.#attempt(file, () => this.#close(file));
    }
    return { kind: "fill", badBlobs, badFiles: this.#badFiles, finished: Uint32Array.from(this.#finished), done: position };
  }

  #boxesOf({ source, to }: FillJob): Boxes {
    if ("bytes" in source) return boxesIn(source.bytes, source.base);
    const { blobs, reads } = this.#plan;
    const last = reads.order[to - 1]!;
    return this.#reader.open(source.file, blobs.offsets[last]! + blobs.lengths[last]!);
  }

  #writeBlob(position: number, boxes: Boxes, object: string, bad: { position: number; message: string }[]): void {
    const { reads, blobs, files } = this.#plan;
    const blob = reads.order[position]!;
    const box = boxes.at(blobs.offsets[blob]!, blobs.lengths[blob]!);
    let plaintext: Bytes | undefined;
    try {
      plaintext = this.#blobs.open(blob, box, object);
    } catch (error) {
      bad.push({ position, message: messageOf(error) });
    }
    for (let use = reads.useStart[position]!; use < reads.useStart[position + 1]!; use++) {
      const file = reads.useFile[use]!;
      const last = reads.useLast[use] === 1;
      if (last && plaintext !== undefined && this.#writeWhole(file, plaintext)) continue;
      if (plaintext === undefined) this.#spoil(file, SPOILT);
      else if (files.fates[file] !== FAILED) this.#write(file, plaintext, reads.useOffset[use]!);
      if (last) this.#leave(file);
    }
  }

  #spoil(file: number, fate: number): void {
    const { fates } = this.#plan.files;
    if (fates[file]! < fate) fates[file] = fate;
  }

  #write(file: number, plaintext: Bytes, offset: number): void {
    this.#attempt(file, () => {
      const opened = this.#handle(file);
      if (!this.#isSparse(file)) return this.#target.writeAt(opened, plaintext, offset);
      for (const { start, end } of solidRuns(plaintext, offset))
        this.#target.writeAt(opened, plaintext.subarray(start, end), offset + start);
    });
  }

  /** A file that is this one blob and was not there: false when it has to go the long way. */
  #writeWhole(file: number, plaintext: Bytes): boolean {
    const { files, entries, sparse } = this.#plan;
    if (files.sizes[file] !== plaintext.length || files.flags[file] !== 0 || files.fates[file] !== 0) return false;
    if (files.waits[file] !== 1 || sparse || this.#options.ownershipByName === true) return false;
    try {
      const trait = this.#traits[entries.trait[file]!]!;
      if (!this.#target.writeLikeSiblings(this.#pathOf(file), plaintext, trait, timesAt(entries, file))) return false;
      this.#finished.push(file);
    } catch (error) {
      this.#failed(file, error);
    }
    files.flags[file] = CREATED;
    files.waits[file] = 0;
    return true;
  }

  #isSparse(file: number): boolean {
    return this.#plan.sparse && (this.#plan.files.flags[file]! & EXISTED) === 0;
  }

  /** A request has nothing more for the file; the last one to say so gives it its metadata, if nothing is wrong with it. */
  #leave(file: number): void {
    const { waits, fates } = this.#plan.files;
    const isLast = Atomics.sub(waits, file, 1) === 1;
    this.#attempt(file, () => {
      if (!isLast || fates[file] !== 0) return this.#close(file);
      this.#finish(file);
      this.#finished.push(file);
    });
  }

  #finish(file: number): void {
    const opened = this.#open.get(file);
    this.#open.delete(file);
    const metadata = this.#metadataOf(file);
    if (opened === undefined) this.#target.setMetadata(this.#pathOf(file), metadata, this.#options);
    else this.#target.finishFile(opened, metadata, this.#options);
  }

  #metadataOf(file: number): TargetMetadata {
    return metadataAt(this.#plan.entries, file, this.#traits);
  }

  #pathOf(file: number): Bytes {
    return this.#paths.of(this.#plan.entries, file);
  }

  #handle(file: number): TargetFile {
    const known = this.#open.get(file);
    if (known !== undefined) {
      if (this.#open.size > 1) {
        this.#open.delete(file);
        this.#open.set(file, known);
      }
      return known;
    }
    const opened = (this.#plan.files.flags[file]! & CREATED) === 0 ? this.#create(file) : this.#target.openFile(this.#pathOf(file));
    this.#open.set(file, opened);
    if (this.#open.size > RESTORE_OPEN_FILES_MAX) this.#close(this.#open.keys().next().value!);
    return opened;
  }

  #create(file: number): TargetFile {
    const { files, entries } = this.#plan;
    const fresh = (files.flags[file]! & EXISTED) === 0;
    // One that is opened again for another request must stay what its owner can open.
    const whole = fresh && files.waits[file]! <= 1 && this.#options.ownershipByName !== true;
    const opened = this.#target.createFile(this.#pathOf(file), {
      size: files.sizes[file]!,
      sparse: this.#isSparse(file),
      fresh,
      ...(whole ? { metadata: this.#traits[entries.trait[file]!]! } : {}),
    });
    Atomics.or(files.flags, file, CREATED);
    return opened;
  }

  #close(file: number): void {
    const opened = this.#open.get(file);
    if (opened === undefined) return;
    this.#open.delete(file);
    this.#target.closeFile(opened);
  }

  /** What is done beside a pack's bytes: files without content, files that several requests fill, metadata alone. */
  treat({ files, step }: FilesJob): FilesResult {
    this.#badFiles = [];
    for (const file of files) {
      this.#attempt(file, () => {
        if (step !== "finish") this.#open.set(file, this.#create(file));
        if (step === "make") this.#close(file);
        else this.#finish(file);
      });
    }
    return { kind: "files", badFiles: this.#badFiles };
  }

  /** A failure is the file's, not the job's; the file is left alone from then on. */
  #attempt(file: number, step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#failed(file, error);
    }
  }

  #failed(file: number, error: unknown): void {
    const fatal = isErrno(error, "ENOSPC", "EDQUOT", "EROFS");
    const hint = error instanceof FirnError ? error.hint : undefined;
    this.#spoil(file, FAILED);
    this.#badFiles.push({ file, message: messageOf(error), hint, fatal });
  }
}
