import type { Bytes } from "../../base/bytes.ts";
import type { Blobs } from "./blobs.ts";
import type { Dirs } from "./dirs.ts";
import type { Files } from "./files.ts";
import type { PathFilter } from "./filter.ts";
import type { MissingArchived } from "./missing.ts";
import type { Others } from "./others.ts";
import type { Reads } from "./reads.ts";
import type { Trait } from "./traits.ts";

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

export interface Problem {
  readonly path: Bytes;
  readonly error: unknown;
}

/** Everything a restore will do, computed before anything is touched; in tables, about 160 bytes a file. */
export interface RestorePlan {
  readonly options: RestoreOptions;
  readonly dirs: Dirs;
  readonly files: Files;
  readonly others: Others;
  readonly blobs: Blobs;
  readonly traits: readonly Trait[];
  readonly reads: Reads;
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
