import type { Bytes } from "../base/bytes.ts";
import { type Folder, LISTED_DIRECTORY, LISTED_UNKNOWN, ListedFolder } from "./folder.ts";
import { readLink } from "./posix/directory.ts";
import { readXattrs } from "./posix/xattr.ts";
import type { SourceFs } from "./source-fs.ts";
import type { SourceXattr } from "./source-stat.ts";
import type { StatFields } from "./stat-fields.ts";

export interface ListedPath {
  readonly name: Bytes;
  /** On disk, wherever that is. */
  readonly path: Bytes;
  /** May be a directory: to be taken for one where that is only a guess. */
  readonly mayBeDirectory: boolean;
}

/** Entries that lie anywhere, as if they were in one directory: targets, and what another thread gives away. */
export class ListFolder extends ListedFolder implements Folder {
  private readonly items: readonly ListedPath[];
  private readonly fs: SourceFs;

  /** The items are in tree order. */
  constructor(items: readonly ListedPath[], fs: SourceFs) {
    super();
    this.items = items;
    this.fs = fs;
    for (const { name, mayBeDirectory } of items) this.list.add(name, 0, name.length, mayBeDirectory ? LISTED_DIRECTORY : LISTED_UNKNOWN);
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
