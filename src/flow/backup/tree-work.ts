import { asBuffer, type Bytes, equalBytes, fromHex, textLossy, toHex } from "../../base/bytes.ts";
import { FirnError, messageOf } from "../../base/error.ts";
import { asId, type BlobId } from "../../base/id.ts";
import { WALK_ENTRIES_A_STEP } from "../../base/limits.ts";
import { zoneOffsetAt } from "../../base/zone.ts";
import { parseJson } from "../../format/json-reader.ts";
import type { Node } from "../../format/node.ts";
import { decodeNode } from "../../format/tree.ts";
import { TreeWriter } from "../../format/tree-writer.ts";
import { CHUNK_MIN } from "../../kernel/chunker.ts";
import { isUnchanged } from "../../source/change.ts";
import type { Folder, FolderReader } from "../../source/folder.ts";
import { foldersOf } from "../../source/folders.ts";
import { ListFolder } from "../../source/list-folder.ts";
import { joinName, ROOT } from "../../source/path.ts";
import { inspect } from "../../source/posix/inspect.ts";
import { groupName, userName } from "../../source/posix/names.ts";
import { isErrno } from "../../source/posix/posix-error.ts";
import { SELECT_ALL, type Selection } from "../../source/reject.ts";
import { selectionBy } from "../../source/selection-rules.ts";
import { posixFs, type SourceFs } from "../../source/source-fs.ts";
import type { SourceXattr } from "../../source/source-stat.ts";
import { StatFields } from "../../source/stat-fields.ts";
import type { TargetNode } from "../../source/targets.ts";
import { acceptEntry } from "../../source/walk.ts";
import { type FileFailed, type FileStored, type LargeFile, NOTHING_ADDED, type TreeStored } from "../worker/smith.ts";
import type { Ticket, TreeAnswer, Work, WorkTools } from "../worker/work.ts";
import { giveAway } from "./give-away.ts";
import { KnownTree } from "./known-tree.ts";
import { LocalTrees } from "./local-trees.ts";
import { isSameNode } from "./same-node.ts";
import type { Verdict } from "./stats.ts";
import { emptySlot, fill, filledSlot, type Frame, type ListedItem, type OwnNode, type Slot } from "./walk-frame.ts";
import { WalkLog } from "./walk-log.ts";
import type { WalkPlan, WalkResult, WalkTask, WalkTotals } from "./walk-plan.ts";

const EMPTY = Buffer.alloc(0);
const NO_XATTRS: readonly SourceXattr[] = [];

/** A large file under way, and what is known of it besides its content. */
interface LargeEntry {
  readonly file: LargeFile;
  readonly frame: Frame;
  readonly entry: number;
  readonly fields: StatFields;
  readonly xattrs: readonly SourceXattr[];
  readonly known: number;
  readonly startedAt: number;
}

/** `fs` is for sources that are no files of this machine; then everything is looked at through it. */
export function openTreeWork(
  plan: WalkPlan,
  tools: WorkTools<WalkTask, WalkResult>,
  fs: SourceFs = posixFs,
): Work<WalkTask, WalkResult, WalkTotals> {
  return new TreeWork(plan, tools, fs);
}

/**
 * One thread's part of a backup: goes through directories depth-first, takes over what the parent snapshot knows, has the rest saved, and
 * writes the trees bottom-up. All trees from the root to where it stands lie in one writer, each behind the head of its directory's node in
 * the one above. When another thread has nothing to do it is given directories; where they belong stays open in the tree, which is finished
 * when the last of them is there. The stack is kept by hand: directories may lie deeper than calls can be nested.
 */
class TreeWork implements Work<WalkTask, WalkResult, WalkTotals> {
  private readonly plan: WalkPlan;
  private readonly tools: WorkTools<WalkTask, WalkResult>;
  private readonly fs: SourceFs;
  private readonly log: WalkLog;
  private readonly reader: FolderReader;
  private readonly selection: Selection;
  private readonly writer: TreeWriter;
  private readonly trees: LocalTrees | undefined;
  private readonly stack: Frame[] = [];
  private readonly tasks: { readonly ticket: Ticket; readonly task: WalkTask }[] = [];
  private readonly given = new Map<Ticket, readonly Slot[]>();
  private readonly questions = new Map<Ticket, { readonly frame: Frame; readonly id: Bytes }>();
  /** Of the entry at hand. */
  private readonly fields = new StatFields();
  private xattrs: readonly SourceXattr[] = NO_XATTRS;
  private large: LargeEntry | undefined;

  constructor(plan: WalkPlan, tools: WorkTools<WalkTask, WalkResult>, fs: SourceFs) {
    this.plan = plan;
    this.tools = tools;
    this.fs = fs;
    this.log = new WalkLog(tools.desk);
    this.reader = foldersOf(fs);
    this.selection = selectionBy(plan.rules, fs, (message) => tools.desk.emit({ kind: "warning", message }));
    const { withAtime, zone } = plan;
    this.writer = new TreeWriter({ zoneOffset: (ns) => zoneOffsetAt(zone, ns), userName, groupName, withAtime });
    const { index, usable, key } = tools;
    if (plan.packFolder !== undefined) this.trees = new LocalTrees({ index, usable, key, folder: plan.packFolder });
  }

  take(ticket: Ticket, task: WalkTask): void {
    this.tasks.push({ ticket, task });
  }

  join(ticket: Ticket, result: WalkResult): void {
    const slots = this.given.get(ticket);
    this.given.delete(ticket);
    if (slots === undefined || result.kind !== "items") throw new RangeError(`nothing was given away as ${ticket}`);
    for (const [i, slot] of slots.entries()) fill(slot, result.nodes[i]!);
  }

  answer(ticket: Ticket, tree: TreeAnswer): void {
    const question = this.questions.get(ticket);
    this.questions.delete(ticket);
    if (question === undefined) return;
    const { frame, id } = question;
    frame.isWaiting = false;
    if (tree.kind === "tree") this.learn(frame, tree.bytes, id);
    else this.log.error(frame.path, unreadable(toHex(id), tree.error));
  }

  totals(): WalkTotals {
    this.trees?.[Symbol.dispose]();
    const { files, dirs, dataBlobs, treeBlobs, addedBytes, storedBytes, processedBytes, errors, rereadFiles } = this.log.stats;
    return { files, dirs, dataBlobs, treeBlobs, addedBytes, storedBytes, processedBytes, errors, rereadFiles };
  }

  step(): boolean {
    if (this.large !== undefined) {
      this.stepLarge(this.large);
      return true;
    }
    const top = this.stack.at(-1);
    if (top === undefined || top.isWaiting) return this.beginTask();
    if (this.tools.forks.wanted) this.giveAway();
    const { folder } = top;
    if (folder === undefined) {
      this.open(top);
      return true;
    }
    for (let budget = WALK_ENTRIES_A_STEP; budget > 0; budget--) {
      if (top.next === folder.count) {
        this.leave(top, folder);
        return true;
      }
      if (this.entry(top, folder, top.next++)) return true;
    }
    return true;
  }

  // --- tasks ---

  private beginTask(): boolean {
    const next = this.tasks.shift();
    if (next === undefined) return false;
    const { ticket, task } = next;
    if (task.kind === "root") {
      const frame = this.push({ path: ROOT, label: ROOT, items: itemsOf(this.plan.root, ROOT), task: { ticket, kind: "root" } });
      if (this.plan.parent !== undefined) this.ask(frame, fromHex(this.plan.parent));
      return true;
    }
    const frame = this.push({ path: ROOT, label: ROOT, items: task.items, task: { ticket, kind: "items" } });
    if (task.before !== undefined) frame.known = new KnownTree(task.before, undefined);
    return true;
  }

  private push(what: Pick<Frame, "path" | "label" | "items"> & Partial<Pick<Frame, "own" | "task">>): Frame {
    const frame: Frame = {
      ...what,
      own: what.own,
      task: what.task,
      folder: undefined,
      known: undefined,
      selection: this.selection,
      isWaiting: false,
      next: 0,
      start: this.writer.length,
      holes: [],
      pieces: [],
      given: new Map(),
      directoriesLeft: 0,
      givenFrom: 0,
    };
    this.stack.push(frame);
    return frame;
  }

  private giveAway(): void {
    const gift = giveAway(this.stack, this.tools.forks);
    if (gift !== undefined) this.given.set(gift.ticket, gift.slots);
  }

  // --- the parent's trees ---

  /** Gets the parent's tree for a frame, at once or later. */
  private ask(frame: Frame, id: Bytes): void {
    if (!this.tools.index.has("tree", id)) {
      const message = `tree ${toHex(id)} is not known; the repository could be damaged`;
      this.log.error(frame.path, new FirnError({ code: "tree-missing", message, hint: "run `firn check`" }));
      return;
    }
    const bytes = this.trees?.read(id);
    if (bytes !== undefined) {
      this.learn(frame, bytes, id);
      return;
    }
    frame.isWaiting = true;
    this.questions.set(this.tools.desk.askTree(asId(toHex(id))), { frame, id });
  }

  private learn(frame: Frame, bytes: Bytes, id: Bytes): void {
    try {
      frame.known = new KnownTree(bytes, id);
    } catch (error) {
      this.log.error(frame.path, unreadable(toHex(id), error));
    }
  }

  /** Does something with the parent's tree; one that turns out to be no tree is told of once, and then nothing is known. */
  private trusting<T>(frame: Frame, action: (known: KnownTree) => T): T | undefined {
    const { known } = frame;
    try {
      return known === undefined ? undefined : action(known);
    } catch (error) {
      this.distrust(frame, error);
      return undefined;
    }
  }

  private distrust(frame: Frame, error: unknown): void {
    const id = frame.known?.id;
    frame.known = undefined;
    this.log.error(frame.path, unreadable(id === undefined ? "" : toHex(id), error));
  }

  /** The entry's node in the parent's tree, or -1. */
  private find(frame: Frame, folder: Folder, i: number): number {
    const { known } = frame;
    if (known === undefined) return -1;
    try {
      return known.find(folder, i);
    } catch (error) {
      this.distrust(frame, error);
      return -1;
    }
  }

  private decode(frame: Frame, node: number): Node | undefined {
    return node < 0 ? undefined : this.trusting(frame, (known) => known.decode(node));
  }

  // --- directories ---

  private open(frame: Frame): void {
    const { own, items } = frame;
    if (items !== undefined)
      frame.folder = new ListFolder(
        items.map(({ name, path, inner }) => ({ name, path, mayBeDirectory: inner === undefined })),
        this.fs,
      );
    else {
      try {
        frame.folder = this.reader.open(frame.path);
      } catch (error) {
        this.log.error(frame.path, error);
        this.stack.pop();
        return;
      }
      const above = this.stack.at(-2)!;
      if (!this.describe(above.folder!, above.next - 1)) {
        frame.folder.close();
        this.stack.pop();
        return;
      }
      own!.xattrs = this.xattrs;
    }
    const { folder } = frame;
    for (let i = 0; i < folder.count; i++) if (folder.isListedDirectory(i)) frame.directoriesLeft++;
    frame.givenFrom = folder.count;
    if (own !== undefined) {
      own.start = this.writer.length;
      this.writer.head(own.name, 0, own.name.length, own.fields);
      this.writer.xattrs(own.xattrs);
    }
    frame.start = frame.task?.kind === "items" ? this.writer.length : this.writer.begin();
  }

  /** Everything in the frame has been gone through; something may still be on its way. */
  private leave(frame: Frame, folder: Folder): void {
    folder.close();
    this.trusting(frame, (known) => known.scanner.finish());
    this.stack.pop();
    if (frame.task?.kind === "items") this.leaveList(frame, frame.task.ticket);
    else if (frame.holes.length === 0) this.leaveTree(frame);
    else this.leaveUnfinished(frame);
  }

  private leaveTree(frame: Frame): void {
    const { own, start } = frame;
    const tree = this.saveTree(frame, start);
    this.writer.length = start;
    if (own === undefined) {
      this.finishRoot(frame, tree);
      return;
    }
    this.writer.endDirectory(tree!.id);
    const above = this.stack.at(-1)!;
    const verdict = this.verdict(own.start, () => this.knownNode(above, own.known));
    this.log.directory(own.label, verdict, tree!.added, this.since(own.startedAt));
    this.settle(above);
  }

  /** Saves the tree that is last in the writer. Undefined for a root that is empty. */
  private saveTree(frame: Frame, start: number): TreeStored | undefined {
    const { writer } = this;
    if (frame.own === undefined && writer.isEmptyTree(start)) return undefined;
    writer.end();
    const bytes = writer.bytes.subarray(start, writer.length);
    const { known } = frame;
    // The same bytes have the same id: nothing has to be hashed to know it.
    const isKnown = known?.id !== undefined && known.scanner.isAsLoaded && equalBytes(known.bytes, bytes);
    const { index, usable, smith } = this.tools;
    if (isKnown && index.has("tree", known.id, 0, usable)) return { id: known.id, added: NOTHING_ADDED };
    return smith.saveTree(bytes);
  }

  private finishRoot(frame: Frame, tree: TreeStored | undefined): void {
    if (tree !== undefined) this.log.stats.countTree(tree.added);
    const id: BlobId | undefined = tree === undefined ? undefined : asId(toHex(tree.id));
    this.tools.forks.finish(frame.task!.ticket, { kind: "root", tree: id });
  }

  /** Takes what there is of the tree out of the writer until the rest has come. */
  private leaveUnfinished(frame: Frame): void {
    const { writer } = this;
    const { own, start, holes } = frame;
    const region = Buffer.from(writer.bytes.subarray(start, writer.length));
    const waits = holes.filter(({ slot }) => slot.bytes === undefined).length;
    if (waits === 0) {
      writer.length = start;
      this.writeWhole(region, holes);
      this.leaveTree(frame);
      return;
    }
    const from = own?.start ?? start;
    const head = Buffer.from(writer.bytes.subarray(from, start));
    writer.length = from;
    const above = this.stack.at(-1);
    const known = own === undefined || own.known < 0 || above === undefined ? undefined : this.knownNode(above, own.known);
    const slot = emptySlot();
    const complete = (): { slot: Slot; bytes: Bytes } | undefined => {
      const base = writer.length;
      this.writeWhole(region, holes);
      const tree = this.saveTree(frame, base);
      writer.length = base;
      if (own === undefined) {
        this.finishRoot(frame, tree);
        return undefined;
      }
      writer.copy(head, 0, head.length);
      writer.endDirectory(tree!.id);
      const verdict = this.verdict(base, () => known);
      this.log.directory(own.label, verdict, tree!.added, this.since(own.startedAt));
      const bytes = Buffer.from(writer.bytes.subarray(base, writer.length));
      writer.length = base;
      return { slot, bytes };
    };
    const unfinished = { waits, complete };
    for (const hole of holes) if (hole.slot.bytes === undefined) hole.slot.waiter = unfinished;
    if (above !== undefined && own !== undefined) this.place(above, slot);
  }

  /** A tree with what has come for its holes, at the end of the writer. */
  private writeWhole(region: Bytes, holes: Frame["holes"]): void {
    let at = 0;
    for (const hole of holes) {
      const bytes = hole.slot.bytes!;
      this.writer.copy(region, at, hole.at);
      this.writer.copy(bytes, 0, bytes.length);
      at = hole.at;
    }
    this.writer.copy(region, at, region.length);
  }

  private leaveList(frame: Frame, ticket: Ticket): void {
    this.settle(frame);
    const { pieces } = frame;
    const finish = (): undefined => {
      const nodes = pieces.map(({ bytes }) => Uint8Array.from(bytes!));
      this.tools.forks.finish(ticket, { kind: "items", nodes });
    };
    const waits = pieces.filter(({ bytes }) => bytes === undefined).length;
    if (waits === 0) finish();
    else {
      const unfinished = { waits, complete: finish };
      for (const slot of pieces) if (slot.bytes === undefined) slot.waiter = unfinished;
    }
  }

  /** Notes where a node belongs that comes later. */
  private place(frame: Frame, slot: Slot): void {
    if (frame.task?.kind === "items") {
      this.settle(frame);
      frame.pieces[frame.next - 1] = slot;
    } else frame.holes.push({ at: this.writer.length - frame.start, slot });
  }

  /** Of a task's list, takes the node of the entry that was just finished out of the writer. */
  private settle(frame: Frame): void {
    if (frame.task?.kind !== "items") return;
    const { writer } = this;
    for (let i = frame.pieces.length; i < frame.next; i++) frame.pieces.push(filledSlot(EMPTY));
    if (writer.length === frame.start) return;
    frame.pieces[frame.next - 1] = filledSlot(Buffer.from(writer.bytes.subarray(frame.start, writer.length)));
    writer.length = frame.start;
  }

  // --- entries ---

  /** One entry. True when it took a while or something lies on top of the stack now. */
  private entry(frame: Frame, folder: Folder, i: number): boolean {
    const slot = frame.given.get(i);
    if (slot !== undefined) {
      frame.given.delete(i);
      this.place(frame, slot);
      return false;
    }
    if (folder.isListedDirectory(i)) frame.directoriesLeft--;
    const item = frame.items?.[i];
    if (item?.inner !== undefined) return this.innerDirectory(frame, folder, i, item, item.inner);
    if (item === undefined && i > 0 && isSameName(folder, i - 1, i)) {
      this.log.error(frame.path, `duplicate directory entry ${textLossy(folder.nameOf(i))}`);
      return false;
    }
    const { fields } = this;
    const selection = item?.explicit === true ? SELECT_ALL : frame.selection;
    if (!acceptEntry(folder, i, selection, fields, (path, error) => this.log.error(path, error))) return false;
    if (fields.type === "file") return this.file(frame, folder, i);
    if (fields.type === "dir") this.directory(frame, folder, i);
    else this.other(folder, i);
    this.settleUnlessOpen(frame);
    return fields.type === "dir";
  }

  private settleUnlessOpen(frame: Frame): void {
    if (this.stack.at(-1) === frame) this.settle(frame);
  }

  private directory(frame: Frame, folder: Folder, i: number): void {
    const name = folder.nameOf(i);
    const path = folder.pathOf(i);
    const own = this.ownNode(frame, folder, i, name, this.labelOf(frame, folder, i, path));
    const below = this.push({ path, label: own.label, items: undefined, own });
    below.selection = frame.items === undefined ? frame.selection.below(path) : this.selection.below(path);
    this.askSubtree(frame, own.known, below);
  }

  /** A directory between the root and the targets, described as what its path leads to. True: it lies on the stack. */
  private innerDirectory(frame: Frame, folder: Folder, i: number, item: ListedItem, inner: TargetNode): boolean {
    const { path, label, name } = item;
    const startedAt = this.now();
    try {
      const facts = inspect(path, { follow: true, warn: (message) => this.log.error(path, message) });
      if (facts.type !== "dir") throw new FirnError({ code: "not-a-directory", message: `path is not a directory: ${textLossy(path)}` });
      this.fields.set(facts);
      const own: OwnNode = { ...this.ownNode(frame, folder, i, name, label), xattrs: facts.xattrs, startedAt };
      const below = this.push({ path, label, items: itemsOf(inner, label), own });
      this.askSubtree(frame, own.known, below);
      return true;
    } catch (error) {
      this.log.error(path, error);
      return false;
    }
  }

  private ownNode(frame: Frame, folder: Folder, i: number, name: Bytes, label: Bytes): OwnNode {
    const fields = Object.assign(new StatFields(), this.fields);
    return { name, label, fields, xattrs: NO_XATTRS, start: 0, known: this.find(frame, folder, i), startedAt: this.now() };
  }

  private askSubtree(above: Frame, node: number, below: Frame): void {
    const subtree = node < 0 ? undefined : this.trusting(above, (known) => known.subtreeOf(node));
    if (subtree !== undefined) this.ask(below, subtree);
  }

  private other(folder: Folder, i: number): void {
    const { fields, writer } = this;
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

  /**
   * Reads the attributes of an entry into `xattrs`: as much as can be had, what cannot be read is reported and left out. False when the
   * entry has vanished since it was listed, which is nobody's fault.
   */
  private describe(folder: Folder, i: number): boolean {
    try {
      this.xattrs = folder.xattrs(i, (error, name) => {
        this.log.error(folder.pathOf(i), `can not obtain extended attribute ${asBuffer(name).toString()}: ${error.message}`);
      });
      return true;
    } catch (error) {
      return this.isStillThere(folder, i, error);
    }
  }

  private isStillThere(folder: Folder, i: number, error: unknown): boolean {
    this.xattrs = NO_XATTRS;
    if (isErrno(error, "ENOENT")) return false;
    const path = folder.pathOf(i);
    this.log.error(path, `incomplete metadata for ${textLossy(path)}: ${messageOf(error)}`);
    return true;
  }

  // --- files ---

  /** True when it was opened. */
  private file(frame: Frame, folder: Folder, i: number): boolean {
    const { writer, fields } = this;
    if (!this.describe(folder, i)) return false;
    const { xattrs } = this;
    const start = writer.length;
    writer.head(folder.names, folder.startOf(i), folder.lengthOf(i), fields);
    writer.xattrs(xattrs);
    const known = this.find(frame, folder, i);
    if (known >= 0 && this.keep(frame, folder, i, known, start)) {
      this.log.unchangedFile(this.tools.desk.items ? this.labelOf(frame, folder, i) : undefined, fields.size);
      this.settle(frame);
      return false;
    }
    writer.length = start;
    this.read(frame, folder, i, xattrs, known);
    return true;
  }

  /** Completes the node that begins at `start` with the parent's list of blobs, when the file need not be read. */
  private keep(frame: Frame, folder: Folder, i: number, node: number, start: number): boolean {
    const { writer } = this;
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
    const before = this.decode(frame, node);
    if (before === undefined || before.content === null) return false;
    const then = { type: before.type, size: before.size, mtimeNs: before.mtime.ns, ctimeNs: before.ctime.ns, inode: before.inode };
    if (!isUnchanged(this.fields.toFileStat(), then, this.plan.change)) return false;
    const ids = fromHex(before.content.join(""));
    if (!this.isStored(folder, i, ids)) return false;
    writer.endFile(ids);
    return true;
  }

  /** Every blob is in the repository, and to be had without a thaw. */
  private isStored(folder: Folder, i: number, ids: Bytes): boolean {
    const { index, usable } = this.tools;
    for (let at = 0; at < ids.length; at += ID_BYTES) {
      if (index.has("data", ids, at)) continue;
      const path = folder.pathOf(i);
      this.log.error(path, `parts of ${textLossy(path)} not found in the repository index; storing the file again`);
      return false;
    }
    if (usable === undefined) return true;
    for (let at = 0; at < ids.length; at += ID_BYTES) {
      if (index.has("data", ids, at, usable)) continue;
      this.log.stats.rereadFiles++;
      return false;
    }
    return true;
  }

  private read(frame: Frame, folder: Folder, i: number, xattrs: readonly SourceXattr[], known: number): void {
    const { smith, desk } = this.tools;
    const path = folder.pathOf(i);
    const startedAt = this.now();
    desk.current(this.labelOf(frame, folder, i, path));
    if (this.fields.size < CHUNK_MIN) {
      const outcome = smith.saveSmall(path);
      if (outcome.kind !== "grown") {
        this.saved(frame, folder, i, outcome, { fields: this.fields, xattrs, known, startedAt });
        return;
      }
    }
    const file = smith.openLarge(path);
    if (file.kind === "failed") {
      this.saved(frame, folder, i, file, { fields: this.fields, xattrs, known, startedAt });
      return;
    }
    const fields = Object.assign(new StatFields(), this.fields);
    this.large = { file, frame, entry: i, fields, xattrs, known, startedAt };
  }

  private stepLarge(large: LargeEntry): void {
    const outcome = large.file.step();
    if (outcome === undefined) return;
    this.large = undefined;
    this.saved(large.frame, large.frame.folder!, large.entry, outcome, large);
  }

  private saved(
    frame: Frame,
    folder: Folder,
    i: number,
    outcome: FileStored | FileFailed,
    about: Pick<LargeEntry, "fields" | "xattrs" | "known" | "startedAt">,
  ): void {
    const { writer } = this;
    if (outcome.kind === "failed") {
      this.log.error(folder.pathOf(i), outcome.message);
      this.settle(frame);
      return;
    }
    const { fields, xattrs, known, startedAt } = about;
    // The size that counts is what was read, not what stat said before (restic-format §9).
    fields.setSize(outcome.size);
    const start = writer.length;
    writer.head(folder.names, folder.startOf(i), folder.lengthOf(i), fields);
    writer.xattrs(xattrs);
    writer.endFile(outcome.content);
    const verdict = this.verdict(start, () => this.knownNode(frame, known));
    this.log.readFile(
      this.tools.desk.items ? this.labelOf(frame, folder, i) : undefined,
      verdict,
      outcome.size,
      outcome.added,
      this.since(startedAt),
    );
    this.settle(frame);
  }

  // --- what came of it ---

  private knownNode(frame: Frame, node: number): Bytes | undefined {
    return node < 0 ? undefined : this.trusting(frame, (known) => known.nodeBytes(node));
  }

  /** How the node that is last in the writer (with its comma) compares with the parent's. */
  private verdict(start: number, knownNode: () => Bytes | undefined): Verdict {
    const known = knownNode();
    if (known === undefined) return "new";
    const { writer } = this;
    const bytes = writer.bytes.subarray(start, writer.length - 1);
    if (equalBytes(bytes, known)) return "unchanged";
    const node = (text: Bytes): Node => decodeNode(parseJson(text, "node"), "node");
    let before: Node;
    try {
      before = node(known);
    } catch {
      // The parent's is no node. What it is good for was taken from it already, so that only the count of what changed is at stake.
      return "modified";
    }
    return isSameNode(before, node(bytes)) ? "unchanged" : "modified";
  }

  private labelOf(frame: Frame, folder: Folder, i: number, path?: Bytes): Bytes {
    if (frame.items !== undefined) return frame.items[i]!.label;
    return frame.label === frame.path ? (path ?? folder.pathOf(i)) : joinName(frame.label, folder.nameOf(i));
  }

  private now(): number {
    return this.tools.desk.items ? this.tools.clock.monotonic() : 0;
  }

  private since(startedAt: number): number {
    return this.now() - startedAt;
  }
}

const ID_BYTES = 32;

/** The directories and targets below a directory that stands between the root and the targets (restic-format §7.7). */
function itemsOf(node: TargetNode, label: Bytes): ListedItem[] {
  return node.children.map(({ name, node: child }) => {
    const below = joinName(label, name);
    if (child.path !== undefined)
      return { name, path: child.path, label: equalBytes(child.path, below) ? child.path : below, explicit: child.explicit };
    return { name, path: child.metadataPath ?? below, label: below, explicit: false, inner: child };
  });
}

function isSameName(folder: Folder, a: number, b: number): boolean {
  const length = folder.lengthOf(a);
  if (length !== folder.lengthOf(b)) return false;
  const { names } = folder;
  const [one, other] = [folder.startOf(a), folder.startOf(b)];
  // From the end: neighbours mostly begin alike.
  for (let i = length - 1; i >= 0; i--) if (names[one + i] !== names[other + i]) return false;
  return true;
}

function unreadable(id: string, cause: unknown): FirnError {
  const message = `tree ${id} could not be loaded; the repository could be damaged: ${messageOf(cause)}`;
  return new FirnError({ code: "tree-unreadable", message, cause });
}
