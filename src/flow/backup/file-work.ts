import { type Bytes, fromHex, textLossy } from "../../base/bytes.ts";
import { CHUNK_MIN } from "../../kernel/chunker.ts";
import { isUnchanged } from "../../source/change.ts";
import type { Folder } from "../../source/folder.ts";
import type { SourceXattr } from "../../source/source-stat.ts";
import { StatFields } from "../../source/stat-fields.ts";
import type { FileFailed, FileStored, LargeFile } from "../worker/smith.ts";
import type { WalkContext } from "./walk-context.ts";
import type { Frame } from "./walk-frame.ts";

const ID_BYTES = 32;

/** A file that is being read, and what is known of it besides its content. */
interface OpenedEntry {
  readonly frame: Frame;
  readonly folder: Folder;
  readonly i: number;
  readonly fields: StatFields;
  readonly xattrs: readonly SourceXattr[];
  /** Its node in the parent's tree; -1 when it is new. */
  readonly known: number;
  readonly startedAt: number;
}

/** Files: taken over from the parent snapshot, or read and saved. */
export class FileWork {
  private readonly context: WalkContext;
  private large: { readonly file: LargeFile; readonly entry: OpenedEntry } | undefined;

  constructor(context: WalkContext) {
    this.context = context;
  }

  /** The file at hand. True when it was opened. */
  save(frame: Frame, folder: Folder, i: number): boolean {
    const { writer, entry, knowledge, log, tools } = this.context;
    if (!entry.describe(folder, i)) return false;
    const start = writer.length;
    writer.head(folder.names, folder.startOf(i), folder.lengthOf(i), entry.fields);
    writer.xattrs(entry.xattrs);
    const known = knowledge.find(frame, folder, i);
    if (known < 0 || !this.keep(frame, folder, i, known, start)) {
      writer.length = start;
      this.read(frame, folder, i, known);
      return true;
    }
    log.unchangedFile(tools.desk.items ? this.context.labelOf(frame, folder, i) : undefined, entry.fields.size);
    this.context.settle(frame);
    return false;
  }

  /** Goes on with a large file; false when there is none. */
  step(): boolean {
    if (this.large === undefined) return false;
    const { file, entry } = this.large;
    const outcome = file.step();
    if (outcome !== undefined) {
      this.large = undefined;
      this.finish(entry, outcome);
    }
    return true;
  }

  /** Completes the node that begins at `start` with the parent's list of blobs, when the file need not be read. */
  private keep(frame: Frame, folder: Folder, i: number, node: number, start: number): boolean {
    const { writer, knowledge, entry, plan } = this.context;
    const known = frame.known!;
    const rest = node + writer.length - start;
    // In most files not one byte is different.
    const end = known.beginsWith(node, writer.bytes, start, writer.length) ? known.contentEnd(rest) : -1;
    const content = end < 0 ? undefined : known.readContent(rest, end);
    if (content !== undefined) {
      if (!this.isStored(folder, i, content)) return false;
      writer.endLike(known.bytes, rest, end);
      known.scanner.pass(end);
      return true;
    }
    const before = knowledge.decode(frame, node);
    if (before === undefined || before.content === null) return false;
    const then = { type: before.type, size: before.size, mtimeNs: before.mtime.ns, ctimeNs: before.ctime.ns, inode: before.inode };
    if (!isUnchanged(entry.fields.toFileStat(), then, plan.change)) return false;
    const ids = fromHex(before.content.join(""));
    if (!this.isStored(folder, i, ids)) return false;
    writer.endFile(ids);
    return true;
  }

  /** Every blob is in the repository, and to be had without a thaw. */
  private isStored(folder: Folder, i: number, ids: Bytes): boolean {
    const { index, usable } = this.context.tools;
    for (let at = 0; at < ids.length; at += ID_BYTES) {
      if (index.has("data", ids, at)) continue;
      const path = folder.pathOf(i);
      this.context.log.error(path, `parts of ${textLossy(path)} not found in the repository index; storing the file again`);
      return false;
    }
    if (usable === undefined) return true;
    for (let at = 0; at < ids.length; at += ID_BYTES) {
      if (index.has("data", ids, at, usable)) continue;
      this.context.log.stats.rereadFiles++;
      return false;
    }
    return true;
  }

  private read(frame: Frame, folder: Folder, i: number, known: number): void {
    const { context } = this;
    const { smith, desk } = context.tools;
    const { fields, xattrs } = context.entry;
    const path = folder.pathOf(i);
    const opened = { frame, folder, i, fields, xattrs, known, startedAt: context.now() };
    desk.current(context.labelOf(frame, folder, i, path));
    if (fields.size < CHUNK_MIN) {
      const outcome = smith.saveSmall(path);
      if (outcome.kind !== "grown") {
        this.finish(opened, outcome);
        return;
      }
    }
    const file = smith.openLarge(path);
    if (file.kind === "failed") this.finish(opened, file);
    else this.large = { file, entry: { ...opened, fields: Object.assign(new StatFields(), fields) } };
  }

  private finish({ frame, folder, i, fields, xattrs, known, startedAt }: OpenedEntry, outcome: FileStored | FileFailed): void {
    const { context } = this;
    const { writer, log, knowledge } = context;
    if (outcome.kind === "failed") {
      log.error(folder.pathOf(i), outcome.message);
      return;
    }
    // The size that counts is what was read, not what stat said before (restic-format §9).
    fields.setSize(outcome.size);
    const start = writer.length;
    writer.head(folder.names, folder.startOf(i), folder.lengthOf(i), fields);
    writer.xattrs(xattrs);
    writer.endFile(outcome.content);
    const verdict = knowledge.verdict(start, knowledge.nodeBytes(frame, known));
    const label = context.tools.desk.items ? context.labelOf(frame, folder, i) : undefined;
    log.readFile(label, verdict, outcome.size, outcome.added, context.since(startedAt));
    context.settle(frame);
  }
}
