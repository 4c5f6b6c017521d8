import type { Bytes } from "../../base/bytes.ts";
import { FirnError } from "../../base/error.ts";
import { joinName, toLatin } from "../../source/path.ts";
import { isErrno } from "../../source/posix/posix-error.ts";
import type { TargetFs } from "../../source/target-fs.ts";
import type { MetadataOptions } from "../../source/target-metadata.ts";
import { Breather } from "../breather.ts";
import { below } from "./build-plan.ts";
import { metadataOf } from "./metadata.ts";
import type { PlannedDir, PlannedFile, PlannedOther, RestorePlan } from "./plan.ts";
import type { Progress } from "./progress.ts";

/** Everything about a restore that is not file content: directories, links, special files, what is deleted, directories' metadata. */
export class TreeRun {
  readonly #plan: RestorePlan;
  readonly #target: TargetFs;
  readonly #metadata: MetadataOptions;
  readonly #progress: Progress;
  readonly #breather: Breather;
  readonly #failedDirs = new Set<PlannedDir>();

  constructor(plan: RestorePlan, target: TargetFs, metadata: MetadataOptions, progress: Progress, signal: AbortSignal) {
    this.#breather = new Breather(signal);
    this.#plan = plan;
    this.#target = target;
    this.#metadata = metadata;
    this.#progress = progress;
  }

  /** restic-format §11 pass 1. A directory comes before what it holds. */
  async makeDirectories(): Promise<void> {
    for (const dir of this.#plan.dirs) {
      if (this.#breather.isDue()) await this.#breather.breathe();
      if (dir.used && !this.#try(dir.path, () => void this.#target.ensureDirectory(below(dir.path)))) this.#failedDirs.add(dir);
    }
  }

  async makeOthers(): Promise<void> {
    for (const other of this.#plan.others) {
      if (this.#breather.isDue()) await this.#breather.breathe();
      if (!other.skip && this.#try(other.path, () => this.#makeOther(other))) this.#progress.other(other.path, "other");
    }
  }

  #makeOther({ path, node }: PlannedOther): void {
    const at = below(path);
    switch (node.type) {
      case "symlink":
        this.#target.symlink(at, node.linkTarget);
        break;
      case "dev":
      case "chardev":
      case "fifo":
        this.#target.makeSpecial(at, node.type, node.device);
        break;
      default:
        throw new FirnError({ code: "invalid-node", message: `a ${node.type} cannot be made` });
    }
    this.#target.setMetadata(at, metadataOf(node), this.#metadata);
  }

  /** Further names of files that were restored first (restic-format §11 pass 3). */
  async linkFiles(failed: ReadonlySet<number>): Promise<void> {
    for (const file of this.#plan.files) {
      if (this.#breather.isDue()) await this.#breather.breathe();
      if (file.state === "link" && this.#try(file.path, () => this.#link(file, failed))) this.#progress.file(file);
    }
  }

  #link(file: PlannedFile, failed: ReadonlySet<number>): void {
    const first = this.#plan.files[file.linkTo]!;
    if (failed.has(file.linkTo)) throw new FirnError({ code: "link-lost", message: "the file it is another name of was not restored" });
    const [from, to] = [below(first.path), below(file.path)];
    const there = this.#target.lstat(to);
    const wanted = this.#target.lstat(from);
    if (there !== undefined && there.inode === wanted?.inode && there.deviceId === wanted.deviceId) return;
    this.#target.link(from, to);
  }

  /** `--delete`: what a restored directory holds beyond the snapshot, as far as the filter selects it. */
  async deleteExtras(): Promise<void> {
    if (!this.#plan.options.delete) return;
    if (!this.#plan.deletes) {
      this.#progress.warn("nothing was deleted: parts of the snapshot could not be read, so what is superfluous is not known");
      return;
    }
    for (const dir of this.#plan.dirs) {
      if (this.#breather.isDue()) await this.#breather.breathe();
      if (!dir.used || this.#failedDirs.has(dir)) continue;
      this.#try(dir.path, () => this.#deleteIn(below(dir.path), dir.names ?? new Set()));
    }
  }

  #deleteIn(dir: Bytes, keep: ReadonlySet<string>): void {
    for (const name of this.#target.list(dir)) if (!keep.has(toLatin(name))) this.#deleteEntry(joinName(dir, name));
  }

  /** Removes an entry with all of it that the filter selects; a directory stays when something in it does. */
  #deleteEntry(path: Bytes): void {
    const there = this.#target.lstat(path);
    if (there === undefined) return;
    const shown = asSnapshotPath(path);
    const verdict = this.#plan.options.filter.judge(shown);
    if (there.type === "dir" && (verdict.enter || verdict.selected)) {
      for (const name of this.#target.list(path)) this.#deleteEntry(joinName(path, name));
    }
    if (!verdict.selected) return;
    this.#try(shown, () => {
      if (this.#removed(path)) this.#progress.deleted(shown, there.type === "dir" ? "dir" : there.type === "file" ? "file" : "other");
    });
  }

  #removed(path: Bytes): boolean {
    try {
      return this.#target.remove(path);
    } catch (error) {
      if (isErrno(error, "ENOTEMPTY", "EEXIST")) return false;
      throw error;
    }
  }

  /** Children first: writing into a directory changes its times, and a directory may take away the right to enter it. */
  async finishDirectories(): Promise<void> {
    for (const dir of this.#plan.dirs.toReversed()) {
      if (this.#breather.isDue()) await this.#breather.breathe();
      const { node } = dir;
      if (!dir.used || node === undefined || this.#failedDirs.has(dir)) continue;
      const done = this.#try(dir.path, () => this.#target.setMetadata(below(dir.path), metadataOf(node), this.#metadata));
      if (done) this.#progress.other(dir.path, "dir");
    }
  }

  /** False when the step failed, which is then reported. A full or read-only disk ends the run. */
  #try(path: Bytes, step: () => void): boolean {
    try {
      step();
      return true;
    } catch (error) {
      if (isErrno(error, "ENOSPC", "EDQUOT", "EROFS")) throw error;
      this.#progress.failed(path, error);
      return false;
    }
  }
}

/** A path below the target as the snapshot would name it. */
export function asSnapshotPath(path: Bytes): Bytes {
  return joinName(SLASH, path);
}

const SLASH = Buffer.from("/");
