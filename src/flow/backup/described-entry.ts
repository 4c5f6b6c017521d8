import { asBuffer, type Bytes, textLossy } from "../../base/bytes.ts";
import { messageOf } from "../../base/error.ts";
import type { TreeWriter } from "../../format/tree-writer.ts";
import type { Folder } from "../../source/folder.ts";
import { isErrno } from "../../source/posix/posix-error.ts";
import type { SourceXattr } from "../../source/source-stat.ts";
import { StatFields } from "../../source/stat-fields.ts";
import type { WalkLog } from "./walk-log.ts";

const EMPTY = Buffer.alloc(0);
export const NO_XATTRS: readonly SourceXattr[] = Object.freeze([]);

/**
 * The entry at hand. Its attributes are listed at every backup, though an unchanged ctime says that they are the parent's: a parent may
 * lack them because they could not be read then, and that must be told again. (It would save 0.8 µs an entry, 3 % of an unchanged backup.)
 */
export class DescribedEntry {
  readonly fields = new StatFields();
  xattrs: readonly SourceXattr[] = NO_XATTRS;
  private readonly log: WalkLog;

  constructor(log: WalkLog) {
    this.log = log;
  }

  /**
   * Reads the entry's attributes: as much as can be had, what cannot be read is reported and left out. False when the entry has vanished
   * since it was listed, which is nobody's fault.
   */
  describe(folder: Folder, i: number): boolean {
    try {
      this.xattrs = folder.xattrs(i, (error, name) => {
        this.log.error(folder.pathOf(i), `can not obtain extended attribute ${asBuffer(name).toString()}: ${error.message}`);
      });
      return true;
    } catch (error) {
      return this.isStillThere(folder, i, error);
    }
  }

  /** The node of what is neither file nor directory; none when it has vanished. */
  writeOther(folder: Folder, i: number, writer: TreeWriter): void {
    const { fields } = this;
    let target: Bytes = EMPTY;
    try {
      if (fields.type === "symlink") target = folder.readLink(i);
      if (!this.describe(folder, i)) return;
    } catch (error) {
      if (!this.isStillThere(folder, i, error)) return;
    }
    writer.head(folder.names, folder.startOf(i), folder.lengthOf(i), fields);
    writer.linkTarget(target);
    writer.xattrs(this.xattrs);
    writer.endOther(fields);
  }

  private isStillThere(folder: Folder, i: number, error: unknown): boolean {
    this.xattrs = NO_XATTRS;
    if (isErrno(error, "ENOENT")) return false;
    const path = folder.pathOf(i);
    this.log.error(path, `incomplete metadata for ${textLossy(path)}: ${messageOf(error)}`);
    return true;
  }
}
