import { type Bytes, equalBytes } from "../../base/bytes.ts";
import { FirnError } from "../../base/error.ts";
import type { Node } from "../../format/node.ts";
import { toLatin } from "../../source/path.ts";
import type { FileStat } from "../../source/source-stat.ts";
import type { Verdict } from "./filter.ts";
import type { FileNode, PlannedDir, PlannedFile, PlannedOther, Problem, RestoreOptions } from "./plan.ts";
import { contentOf } from "./plan.ts";
import type { SnapshotVisitor } from "./snapshot-walk.ts";

/** What is at a place below the target now; undefined when nothing is. */
export type Look = (path: Bytes) => FileStat | undefined;

/** Gathers what a walk of the snapshot meets, and decides by one stat each what becomes of what is there already. */
export class Collector implements SnapshotVisitor {
  readonly dirs: PlannedDir[] = [];
  readonly files: PlannedFile[] = [];
  readonly others: PlannedOther[] = [];
  readonly problems: Problem[] = [];
  /** Existing regular files whose content may be right already, by position in `files`. */
  readonly toCompare: number[] = [];
  readonly #options: RestoreOptions;
  readonly #look: Look;
  readonly #firstNames = new Map<string, number>();
  deletes: boolean;

  constructor(options: RestoreOptions, look: Look) {
    this.#options = options;
    this.#look = look;
    this.deletes = options.delete;
  }

  directory(path: Bytes, node: Node | undefined, parent: number, verdict: Verdict, nodes: readonly Node[]): number {
    const parentExists = node === undefined || this.dirs[parent]!.exists;
    const names = this.#options.delete ? new Set(nodes.map((child) => toLatin(child.name))) : undefined;
    const exists = parentExists && this.#look(path)?.type === "dir";
    const id = this.dirs.push({ path, node, parent, used: false, names, exists }) - 1;
    if (verdict.selected) this.#use(id);
    return id;
  }

  node(path: Bytes, node: Node, dir: number): void {
    switch (node.type) {
      case "file":
        return this.#file(path, node, dir);
      case "symlink":
      case "dev":
      case "chardev":
      case "fifo": {
        const skip = this.#keeps(node, this.#existing(path, dir));
        this.others.push({ path, node, dir, skip });
        return this.#use(dir);
      }
      case "socket":
        return;
      case "dir":
      case "irregular":
      case "":
        this.problem(path, new FirnError({ code: "invalid-node", message: `its type ${JSON.stringify(node.type)} cannot be restored` }));
    }
  }

  problem(path: Bytes, error: unknown): void {
    this.problems.push({ path, error });
    // What the directories should hold is not known for certain any more, so nothing is taken away in this run.
    this.deletes = false;
  }

  #file(path: Bytes, node: Node, dir: number): void {
    this.#use(dir);
    const file: PlannedFile = {
      path,
      node: remembered(node),
      dir,
      size: 0,
      existed: false,
      shared: false,
      state: "new",
      fetch: [],
      linkTo: -1,
    };
    const at = this.files.push(file) - 1;
    if (node.content === null) {
      file.state = "failed";
      this.problems.push({ path, error: new FirnError({ code: "corrupt", message: "a file without a list of contents" }) });
      return;
    }
    const existing = this.#existing(path, dir);
    if (this.#keeps(node, existing)) {
      file.state = "skip";
      return;
    }
    const first = this.#firstName(node, at);
    if (first !== undefined) {
      file.state = "link";
      file.linkTo = first;
      return;
    }
    if (existing?.type !== "file") return;
    file.existed = true;
    file.shared = existing.links > 1n;
    if (this.#options.overwrite === "if-changed" && existing.size === node.size && existing.mtimeNs === node.mtime.ns) file.state = "same";
    else this.toCompare.push(at);
  }

  /**
   * The file that this one is another name of: same inode and device, more than one link (restic-format §11). The content must be
   * the same too: numbers may come from different file systems, or be made up.
   */
  #firstName(node: Node, at: number): number | undefined {
    if (node.links <= 1n) return undefined;
    const key = `${node.deviceId}:${node.inode}`;
    const first = this.#firstNames.get(key);
    if (first === undefined) this.#firstNames.set(key, at);
    return first !== undefined && sameContent(this.files[first]!.node, node) ? first : undefined;
  }

  #existing(path: Bytes, dir: number): FileStat | undefined {
    return this.dirs[dir]!.exists ? this.#look(path) : undefined;
  }

  /** Whether `--overwrite` leaves what is there alone. */
  #keeps(node: Node, existing: FileStat | undefined): boolean {
    if (existing === undefined) return false;
    switch (this.#options.overwrite) {
      case "always":
      case "if-changed":
        return false;
      case "if-newer":
        return node.mtime.ns <= existing.mtimeNs;
      case "never":
        return true;
    }
  }

  #use(dir: number): void {
    for (let at = dir; at >= 0 && !this.dirs[at]!.used; at = this.dirs[at]!.parent) this.dirs[at]!.used = true;
  }
}

/** The rest of a node, its name above all, is let go: the nodes are most of a plan's memory. */
function remembered({ type, mode, uid, gid, user, group, mtime, atime, size, linkTarget, xattrs, content }: Node): FileNode {
  return { type, mode, uid, gid, user, group, mtime, atime, size, linkTarget, xattrs, content };
}

function sameContent(a: FileNode, b: FileNode): boolean {
  const left = contentOf(a);
  const right = contentOf(b);
  return left.length === right.length && left.every((id, at) => id === right[at]) && equalBytes(a.linkTarget, b.linkTarget);
}
