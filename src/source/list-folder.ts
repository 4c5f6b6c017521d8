import type { Bytes } from "../base/bytes.ts";
import { LISTED_DIRECTORY, LISTED_UNKNOWN } from "./folder.ts";
import { FolderByPaths } from "./posix/plain-folder.ts";
import type { SourceFs } from "./source-fs.ts";

export interface ListedPath {
  readonly name: Bytes;
  /** On disk, wherever that is. */
  readonly path: Bytes;
  /** May be a directory: to be taken for one where that is only a guess. */
  readonly mayBeDirectory: boolean;
}

/** Entries that lie anywhere, as if they were in one directory: targets, and what another thread gives away. */
export class ListFolder extends FolderByPaths {
  private readonly items: readonly ListedPath[];

  /** The items are in tree order. */
  constructor(items: readonly ListedPath[], fs: SourceFs) {
    super(fs);
    this.items = items;
    for (const { name, mayBeDirectory } of items) this.list.add(name, 0, name.length, mayBeDirectory ? LISTED_DIRECTORY : LISTED_UNKNOWN);
  }

  override pathOf(i: number): Bytes {
    return this.items[i]!.path;
  }
}
