import type { Bytes } from "../../base/bytes.ts";
import { type Folder, LISTED_DIRECTORY, LISTED_UNKNOWN, ListedFolder } from "../../source/folder.ts";
import { readLink } from "../../source/posix/directory.ts";
import { readXattrs } from "../../source/posix/xattr.ts";
import type { SourceFs } from "../../source/source-fs.ts";
import type { SourceXattr } from "../../source/source-stat.ts";
import type { StatFields } from "../../source/stat-fields.ts";
import type { TargetNode } from "../../source/targets.ts";
import type { WalkItem } from "./walk-plan.ts";

/** An entry that is not known by being in a directory, but was named: a target, a directory on the way to one, one given by another thread. */
export interface ListedItem extends WalkItem {
  /** A directory between the root and the targets: only what is in this tree is looked at. */
  readonly inner?: TargetNode;
}

/** Entries that lie anywhere, as if they were in one directory. In tree order. */
export class ListFolder extends ListedFolder implements Folder {
  readonly items: readonly ListedItem[];
  private readonly fs: SourceFs;

  constructor(items: readonly ListedItem[], fs: SourceFs) {
    super();
    this.items = items;
    this.fs = fs;
    for (const { name, inner } of items) this.list.add(name, 0, name.length, inner === undefined ? LISTED_DIRECTORY : LISTED_UNKNOWN);
  }

  override pathOf(i: number): Bytes {
    return this.items[i]!.path;
  }

  stat(i: number, into: StatFields): boolean {
    const stat = this.fs.lstatIfThere(this.pathOf(i));
    if (stat !== undefined) into.set(stat);
    return stat !== undefined;
  }

  readLink(i: number): Bytes {
    return readLink(this.pathOf(i));
  }

  xattrs(i: number, warn: (error: Error, name: Bytes) => void): readonly SourceXattr[] {
    return readXattrs(this.pathOf(i), warn);
  }

  close(): void {
    // Nothing is open.
  }
}
