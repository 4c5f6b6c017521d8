import type { Bytes } from "../../base/bytes.ts";
import { type Folder, type FolderReader, LISTED_UNKNOWN, ListedFolder } from "../folder.ts";
import type { SourceFs } from "../source-fs.ts";
import type { SourceXattr } from "../source-stat.ts";
import type { StatFields } from "../stat-fields.ts";
import { readLink } from "./directory.ts";
import { readXattrs } from "./xattr.ts";

/** Directories by what a SourceFs answers: tests' own, and node:fs where the C library's calls are not bound. */
export function plainFolders(fs: SourceFs): FolderReader {
  return { open: (path) => new PlainFolder(path, fs) };
}

/** Asks about each entry by its whole path. */
export class FolderByPaths extends ListedFolder implements Folder {
  private readonly fs: SourceFs;

  constructor(fs: SourceFs) {
    super();
    this.fs = fs;
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

class PlainFolder extends FolderByPaths {
  constructor(path: Bytes, fs: SourceFs) {
    super(fs);
    this.path = path;
    for (const name of fs.readDirectory(path)) this.list.add(name, 0, name.length, LISTED_UNKNOWN);
  }
}
