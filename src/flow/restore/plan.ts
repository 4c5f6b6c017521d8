import type { Bytes } from "../../base/bytes.ts";
import type { BlobId, PackId } from "../../base/id.ts";
import type { BlobLocation } from "../../format/blob.ts";
import type { Node } from "../../format/node.ts";
import type { PathFilter } from "./filter.ts";
import type { MissingArchived } from "./missing.ts";

export type Overwrite = "always" | "if-changed" | "if-newer" | "never";

/** Which extended attributes are restored, and removed when the snapshot lacks them. Patterns as for paths. */
export type XattrChoice = { readonly kind: "all" } | { readonly kind: "include" | "exclude"; readonly patterns: readonly string[] };

export interface RestoreOptions {
  /** Absolute path of the folder to restore into. */
  readonly target: Bytes;
  readonly filter: PathFilter;
  readonly overwrite: Overwrite;
  /** Remove what the snapshot does not hold from restored directories. */
  readonly delete: boolean;
  readonly sparse: boolean;
  /** Read everything written back and compare. */
  readonly verify: boolean;
  readonly ownershipByName: boolean;
  readonly xattrs: XattrChoice;
}

/**
 * new: written whole. update: `fetch` lists the blobs that differ. same: content is right, metadata is restored. skip: left alone.
 * link: another name of `linkTo`. missing: needs a thaw first. failed: cannot be restored, the reason is among the problems.
 */
export type FileState = "new" | "update" | "same" | "skip" | "link" | "missing" | "failed";

/** What a restore needs to remember of a file's node. */
export type FileNode = Pick<
  Node,
  "type" | "mode" | "uid" | "gid" | "user" | "group" | "mtime" | "atime" | "size" | "linkTarget" | "xattrs" | "content"
>;

export interface PlannedFile {
  /** Inside the snapshot (or its subfolder), with a leading slash; also where it goes below the target. */
  readonly path: Bytes;
  readonly node: FileNode;
  readonly dir: number;
  /** Sum of the content's lengths, which is what is written; the node's own `size` is not trusted. */
  size: number;
  /** A regular file is at its place: no holes are left in it, its old bytes would show through. */
  existed: boolean;
  /** That file has other names, which must keep what they have: it is replaced, not written into. */
  shared: boolean;
  state: FileState;
  /** Positions in `content` to fetch; all of them for a new file. */
  fetch: readonly number[];
  linkTo: number;
}

export interface PlannedDir {
  readonly path: Bytes;
  /** undefined for the root, whose metadata is the user's own. */
  readonly node: Node | undefined;
  readonly parent: number;
  /** Restored itself, or holding something that is: created, and given its metadata at the end. */
  used: boolean;
  /** Names in the snapshot; kept only when `--delete` asks for them. */
  readonly names: ReadonlySet<string> | undefined;
  /** Whether a real directory is at that place already. */
  readonly exists: boolean;
}

export interface PlannedOther {
  readonly path: Bytes;
  readonly node: Node;
  readonly dir: number;
  readonly skip: boolean;
}

/** Where a blob goes: a file and a place in it. */
export interface BlobUse {
  readonly file: number;
  readonly offset: number;
}

export interface NeededBlob extends BlobLocation {
  readonly uses: BlobUse[];
}

/** What is read from one pack, by offset. */
export interface PackRead {
  readonly pack: PackId;
  readonly blobs: readonly NeededBlob[];
}

export interface Problem {
  readonly path: Bytes;
  readonly error: unknown;
}

/** Everything a restore will do, computed before anything is touched. */
export interface RestorePlan {
  readonly options: RestoreOptions;
  readonly dirs: readonly PlannedDir[];
  readonly files: readonly PlannedFile[];
  readonly others: readonly PlannedOther[];
  /** In the order of first use, which is about the order of the snapshot. */
  readonly packs: readonly PackRead[];
  readonly problems: readonly Problem[];
  /** A name that would escape the target was met, or a directory could not be read: nothing is deleted in this run. */
  readonly deletes: boolean;
  readonly missing: MissingArchived | undefined;
  readonly totals: PlanTotals;
}

export interface PlanTotals {
  /** Files, directories and everything else that will be written or linked. */
  readonly items: number;
  /** Bytes of file content that will be written. */
  readonly bytes: number;
  /** Files whose content is there already, or that are left alone. */
  readonly skippedItems: number;
  readonly skippedBytes: number;
  /** Bytes that will be read from packs. */
  readonly packBytes: number;
}

/** Content of a file node; a file without any is an error of its own (restic-format §14.3). */
export function contentOf(node: Pick<Node, "content">): readonly BlobId[] {
  return node.content ?? [];
}
