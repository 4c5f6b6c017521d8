import type { Bytes } from "../../base/bytes.ts";
import { FirnError } from "../../base/error.ts";
import { joinName, toLatin } from "../../source/path.ts";
import { isErrno } from "../../source/posix/posix-error.ts";
import type { TargetFs } from "../../source/target-fs.ts";
import type { MetadataOptions } from "../../source/target-metadata.ts";
import { Breather } from "../breather.ts";
import { type EntriesView, metadataAt, Paths, shownPath } from "./entries.ts";
import type { RestorePlan } from "./plan.ts";
import type { Progress } from "./progress.ts";

/** Everything about a restore that is not file content: directories, links, special files, what is deleted, directories' metadata. */
export class TreeRun {
  readonly #plan: RestorePlan;
  readonly #target: TargetFs;
  readonly #metadata: MetadataOptions;
  readonly #progress: Progress;
  readonly #breather: Breather;
  readonly #failedDirs = new Set<number>();
  readonly #paths: Paths;
  readonly #dirs: EntriesView;

  constructor(plan: RestorePlan, target: TargetFs, metadata: MetadataOptions, progress: Progress, signal: AbortSignal) {
    this.#breather = new Breather(signal);
    this.#plan = plan;
    this.#dirs = plan.dirs.entries.view();
    this.#paths = new Paths(this.#dirs);
    this.#target = target;
    this.#metadata = metadata;
    this.#progress = progress;
  }

  /** restic-format §11 pass 1. A directory comes before what it holds. */
  async makeDirectories(): Promise<void> {
    await this.#eachUsedDir((dir, path) => {
      if (!this.#try(path, () => void this.#target.ensureDirectory(path))) this.#failedDirs.add(dir);
    });
  }

  async #eachUsedDir(visit: (dir: number, path: Bytes) => void): Promise<void> {
    const { dirs } = this.#plan;
    for (let dir = 0; dir < dirs.length; dir++) {
      if (this.#breather.isDue()) await this.#breather.breathe();
      if (dirs.isUsed(dir) && !this.#failedDirs.has(dir)) visit(dir, this.#paths.ofDir(dir));
    }
  }

  async makeOthers(): Promise<void> {
    const { others } = this.#plan;
    const entries = others.entries.view();
    for (let other = 0; other < others.length; other++) {
      if (this.#breather.isDue()) await this.#breather.breathe();
      if (others.isSkipped(other)) continue;
      const path = this.#paths.of(entries, other);
      if (this.#try(path, () => this.#makeOther(other, path, entries))) this.#progress.other(shownPath(path), "other");
    }
  }

  #makeOther(other: number, path: Bytes, entries: EntriesView): void {
    const { others, traits } = this.#plan;
    const metadata = metadataAt(entries, other, traits);
    switch (metadata.type) {
      case "symlink":
        this.#target.symlink(path, others.linkTargetOf(other));
        break;
      case "dev":
      case "chardev":
      case "fifo":
        this.#target.makeSpecial(path, metadata.type, others.deviceOf(other));
        break;
      default:
        throw new FirnError({ code: "invalid-node", message: `a ${metadata.type} cannot be made` });
    }
    this.#target.setMetadata(path, metadata, this.#metadata);
  }

  /** Further names of files that were restored first (restic-format §11 pass 3). */
  async linkFiles(): Promise<void> {
    const { files } = this.#plan;
    const entries = files.entries.view();
    for (let file = 0; file < files.length; file++) {
      if (this.#breather.isDue()) await this.#breather.breathe();
      if (files.stateOf(file) !== "link") continue;
      const path = this.#paths.of(entries, file);
      if (this.#try(path, () => this.#link(files.firstNameOf(file), path, entries))) this.#progress.file(file);
    }
  }

  #link(first: number, path: Bytes, entries: EntriesView): void {
    const lost = "the file it is another name of was not restored";
    if (this.#plan.files.hasFailed(first)) throw new FirnError({ code: "link-lost", message: lost });
    const from = this.#paths.of(entries, first);
    const there = this.#target.lstat(path);
    const wanted = this.#target.lstat(from);
    if (there !== undefined && there.inode === wanted?.inode && there.deviceId === wanted.deviceId) return;
    this.#target.link(from, path);
  }

  /** `--delete`: what a restored directory holds beyond the snapshot, as far as the filter selects it. */
  async deleteExtras(): Promise<void> {
    if (!this.#plan.options.delete) return;
    if (!this.#plan.deletes) {
      this.#progress.warn("nothing was deleted: parts of the snapshot could not be read, so what is superfluous is not known");
      return;
    }
    await this.#eachUsedDir((dir, path) => {
      this.#try(path, () => this.#deleteIn(path, this.#plan.dirs.namesIn(dir)));
    });
  }

  #deleteIn(dir: Bytes, keep: ReadonlySet<string>): void {
    for (const name of this.#target.list(dir)) if (!keep.has(toLatin(name))) this.#deleteEntry(joinName(dir, name));
  }

  /** Removes an entry with all of it that the filter selects; a directory stays when something in it does. */
  #deleteEntry(path: Bytes): void {
    const there = this.#target.lstat(path);
    if (there === undefined) return;
    const shown = shownPath(path);
    const verdict = this.#plan.options.filter.judge(shown);
    if (there.type === "dir" && (verdict.enter || verdict.selected)) {
      for (const name of this.#target.list(path)) this.#deleteEntry(joinName(path, name));
    }
    if (!verdict.selected) return;
    this.#try(path, () => {
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
    const { dirs, traits } = this.#plan;
    for (let dir = dirs.length - 1; dir > 0; dir--) {
      if (this.#breather.isDue()) await this.#breather.breathe();
      if (!dirs.isUsed(dir) || this.#failedDirs.has(dir)) continue;
      const path = this.#paths.ofDir(dir);
      const done = this.#try(path, () => this.#target.setMetadata(path, metadataAt(this.#dirs, dir, traits), this.#metadata));
      if (done) this.#progress.other(shownPath(path), "dir");
    }
  }

  /** False when the step failed, which is then reported. A full or read-only disk ends the run. */
  #try(path: Bytes, step: () => void): boolean {
    try {
      step();
      return true;
    } catch (error) {
      if (isErrno(error, "ENOSPC", "EDQUOT", "EROFS")) throw error;
      this.#progress.failed(shownPath(path), error);
      return false;
    }
  }
}
