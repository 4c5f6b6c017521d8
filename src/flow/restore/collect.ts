import type { Bytes } from "../../base/bytes.ts";
import { FirnError } from "../../base/error.ts";
import type { Node } from "../../format/node.ts";
import { joinName, toLatin } from "../../source/path.ts";
import type { FileStat } from "../../source/source-stat.ts";
import type { Blobs } from "./blobs.ts";
import { Dirs } from "./dirs.ts";
import { EXISTED, Files, SHARED } from "./files.ts";
import type { Verdict } from "./filter.ts";
import { Others } from "./others.ts";
import type { Problem, RestoreOptions } from "./plan.ts";
import type { SnapshotVisitor } from "./snapshot-walk.ts";
import { Traits } from "./traits.ts";
import type { TreeEntry } from "./tree-entry.ts";

export interface Surroundings {
  /** What is at a place below the target now; undefined when nothing is. */
  look(path: Bytes): FileStat | undefined;
  /** Told of the content that was met. */
  expect(bytes: number): void;
}

/** The root's metadata is the user's own. */
const ROOT = { name: Buffer.alloc(0), timesInto: () => undefined };

/** Gathers what a walk of the snapshot meets, and decides by one stat each what becomes of what is there already. */
export class Collector implements SnapshotVisitor {
  readonly dirs = new Dirs();
  readonly files: Files;
  readonly others = new Others();
  readonly traits = new Traits();
  readonly problems: Problem[] = [];
  /** Existing regular files whose content may be right already. */
  readonly toCompare: number[] = [];
  readonly #options: RestoreOptions;
  readonly #around: Surroundings;
  readonly #firstNames = new Map<string, number>();
  deletes: boolean;

  constructor(options: RestoreOptions, blobs: Blobs, around: Surroundings) {
    this.#options = options;
    this.files = new Files(blobs);
    this.#around = around;
    this.deletes = options.delete;
  }

  directory(path: Bytes, entry: TreeEntry | undefined, parent: number, verdict: Verdict, names: Iterable<Bytes>): number {
    const exists = (entry === undefined || this.dirs.exists(parent)) && this.#around.look(path)?.type === "dir";
    const trait = entry === undefined ? 0 : entry.traitIn(this.traits);
    const dir = this.dirs.add(entry ?? ROOT, parent, trait, exists);
    if (this.#options.delete) this.dirs.setNames(dir, new Set(Array.from(names, toLatin)));
    if (verdict.selected) this.dirs.use(dir);
    return dir;
  }

  node(dirPath: Bytes, entry: TreeEntry, dir: number): void {
    switch (entry.type) {
      case "file":
        return this.#file(dirPath, entry, dir);
      case "symlink":
      case "dev":
      case "chardev":
      case "fifo": {
        const skip = this.#keeps(entry, this.#existing(dirPath, entry, dir));
        this.others.add(entry, dir, entry.traitIn(this.traits), skip);
        return this.dirs.use(dir);
      }
      case "socket":
        return;
      case "dir":
      case "irregular":
      case "": {
        const message = `its type ${JSON.stringify(entry.type)} cannot be restored`;
        this.problem(joinName(dirPath, entry.name), new FirnError({ code: "invalid-node", message }));
      }
    }
  }

  problem(path: Bytes, error: unknown): void {
    this.problems.push({ path, error });
    // What the directories should hold is not known for certain any more, so nothing is taken away in this run.
    this.deletes = false;
  }

  #file(dirPath: Bytes, entry: TreeEntry, dir: number): void {
    this.dirs.use(dir);
    const { files } = this;
    const file = files.add(entry, dir, entry.traitIn(this.traits));
    if (files.stateOf(file) === "failed") {
      const error = new FirnError({ code: "corrupt", message: "a file without a list of contents" });
      this.problems.push({ path: joinName(dirPath, entry.name), error });
      return;
    }
    const existing = this.#existing(dirPath, entry, dir);
    if (this.#keeps(entry, existing)) return files.setState(file, "skip");
    this.#around.expect(files.sizeOf(file));
    const first = this.#firstName(entry, file);
    if (first !== undefined) return files.setLink(file, first);
    if (existing?.type !== "file") return;
    files.setFlag(file, EXISTED);
    if (existing.links > 1n) files.setFlag(file, SHARED);
    if (this.#options.overwrite === "if-changed" && isUnchanged(entry.node(), existing)) files.setState(file, "same");
    else this.toCompare.push(file);
  }

  /**
   * The file that this one is another name of: same inode and device, more than one link (restic-format §11). The content must be
   * the same too: numbers may come from different file systems, or be made up.
   */
  #firstName(entry: TreeEntry, file: number): number | undefined {
    const key = entry.linkKey();
    if (key === undefined) return undefined;
    const first = this.#firstNames.get(key);
    if (first === undefined) this.#firstNames.set(key, file);
    return first !== undefined && this.#sameContent(first, file) ? first : undefined;
  }

  #sameContent(a: number, b: number): boolean {
    const [left, right] = [this.files.contentOf(a), this.files.contentOf(b)];
    return left.length === right.length && left.every((blob, at) => blob === right[at]);
  }

  #existing(dirPath: Bytes, entry: TreeEntry, dir: number): FileStat | undefined {
    return this.dirs.exists(dir) ? this.#around.look(joinName(dirPath, entry.name)) : undefined;
  }

  /** Whether `--overwrite` leaves what is there alone. */
  #keeps(entry: TreeEntry, existing: FileStat | undefined): boolean {
    if (existing === undefined) return false;
    switch (this.#options.overwrite) {
      case "always":
      case "if-changed":
        return false;
      case "if-newer":
        return entry.node().mtime.ns <= existing.mtimeNs;
      case "never":
        return true;
    }
  }
}

function isUnchanged({ size, mtime }: Node, existing: FileStat): boolean {
  return existing.size === size && existing.mtimeNs === mtime.ns;
}
