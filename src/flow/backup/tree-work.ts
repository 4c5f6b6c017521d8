import { type Bytes, equalBytes, fromHex, textLossy } from "../../base/bytes.ts";
import { FirnError } from "../../base/error.ts";
import { WALK_ENTRIES_A_STEP } from "../../base/limits.ts";
import type { Folder, FolderReader } from "../../source/folder.ts";
import { foldersOf } from "../../source/folders.ts";
import { ListFolder } from "../../source/list-folder.ts";
import { joinName, ROOT } from "../../source/path.ts";
import { inspect } from "../../source/posix/inspect.ts";
import { SELECT_ALL, type Selection } from "../../source/reject.ts";
import { selectionBy } from "../../source/selection-rules.ts";
import { posixFs, type SourceFs } from "../../source/source-fs.ts";
import { StatFields } from "../../source/stat-fields.ts";
import type { TargetNode } from "../../source/targets.ts";
import { acceptEntry, type EntryError } from "../../source/walk.ts";
import type { Ticket, TreeAnswer, Work, WorkTools } from "../worker/work.ts";
import { NO_XATTRS } from "./described-entry.ts";
import { FileWork } from "./file-work.ts";
import { giveAway } from "./give-away.ts";
import { KnownTree } from "./known-tree.ts";
import { TreeFinisher } from "./tree-finisher.ts";
import { WalkContext } from "./walk-context.ts";
import { fill, type Frame, type ListedItem, newFrame, type OwnNode, type Slot } from "./walk-frame.ts";
import type { WalkPlan, WalkResult, WalkTask, WalkTotals } from "./walk-plan.ts";

/** `fs` is for sources that are no files of this machine; then everything is looked at through it. */
export function openTreeWork(
  plan: WalkPlan,
  tools: WorkTools<WalkTask, WalkResult>,
  fs: SourceFs = posixFs,
): Work<WalkTask, WalkResult, WalkTotals> {
  return new TreeWork(new WalkContext(plan, tools, fs));
}

/**
 * One thread's part of a backup: goes through directories depth-first, takes over what the parent snapshot knows, has the rest saved, and
 * writes the trees bottom-up. When another thread has nothing to do it is given directories; where they belong stays open in the tree,
 * which is finished when the last of them is there. The stack is kept by hand: directories may lie deeper than calls can be nested.
 */
class TreeWork implements Work<WalkTask, WalkResult, WalkTotals> {
  private readonly context: WalkContext;
  private readonly files: FileWork;
  private readonly finisher: TreeFinisher;
  private readonly reader: FolderReader;
  private readonly selection: Selection;
  private readonly stack: Frame[] = [];
  private readonly tasks: { readonly ticket: Ticket; readonly task: WalkTask }[] = [];
  private readonly given = new Map<Ticket, readonly Slot[]>();
  private readonly onError: EntryError;

  constructor(context: WalkContext) {
    const { plan, fs, tools } = context;
    this.context = context;
    this.files = new FileWork(context);
    this.finisher = new TreeFinisher(context);
    this.reader = foldersOf(fs);
    this.selection = selectionBy(plan.rules, fs, (message) => tools.desk.emit({ kind: "warning", message }));
    this.onError = (path, error) => context.log.error(path, error);
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
    this.context.knowledge.answer(ticket, tree);
  }

  totals(): WalkTotals {
    this.context.knowledge[Symbol.dispose]();
    const { files, dirs, dataBlobs, treeBlobs, addedBytes, storedBytes, processedBytes, errors, rereadFiles } = this.context.log.stats;
    return { files, dirs, dataBlobs, treeBlobs, addedBytes, storedBytes, processedBytes, errors, rereadFiles };
  }

  step(): boolean {
    if (this.files.step()) return true;
    const top = this.stack.at(-1);
    if (top === undefined || top.isWaiting) return this.beginTask();
    if (this.context.tools.forks.wanted) this.giveAway();
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

  /** A task lies on top of a frame that waits for the parent's tree, as a directory would. */
  private beginTask(): boolean {
    const next = this.tasks.shift();
    if (next === undefined) return false;
    const { ticket, task } = next;
    const { plan, knowledge } = this.context;
    if (task.kind === "root") {
      const frame = this.push({ path: ROOT, label: ROOT, items: itemsOf(plan.root, ROOT), task: { ticket, kind: "root" }, own: undefined });
      if (plan.parent !== undefined) knowledge.ask(frame, fromHex(plan.parent));
      return true;
    }
    const frame = this.push({ path: ROOT, label: ROOT, items: task.items, task: { ticket, kind: "items" }, own: undefined });
    if (task.before !== undefined) frame.known = new KnownTree(task.before, undefined);
    return true;
  }

  private push(what: Pick<Frame, "path" | "label" | "items" | "own" | "task">): Frame {
    const frame = newFrame(what, this.selection, this.context.writer.length);
    this.stack.push(frame);
    return frame;
  }

  private giveAway(): void {
    const gift = giveAway(this.stack, this.context.tools.forks);
    if (gift !== undefined) this.given.set(gift.ticket, gift.slots);
  }

  /** Lists what is in the frame, and begins its node and its tree. */
  private open(frame: Frame): void {
    const { writer } = this.context;
    const { own } = frame;
    const folder = this.folderOf(frame);
    if (folder === undefined) {
      this.stack.pop();
      return;
    }
    frame.folder = folder;
    for (let i = 0; i < folder.count; i++) if (folder.isListedDirectory(i)) frame.directoriesLeft++;
    frame.givenFrom = folder.count;
    if (own !== undefined) {
      own.start = writer.length;
      writer.head(own.name, 0, own.name.length, own.fields);
      writer.xattrs(own.xattrs);
    }
    frame.start = frame.task?.kind === "items" ? writer.length : writer.begin();
  }

  /** Undefined when the directory cannot be listed, or has vanished. */
  private folderOf(frame: Frame): Folder | undefined {
    const { entry, fs, log } = this.context;
    const { own, items } = frame;
    if (items !== undefined) {
      const listed = items.map(({ name, path, inner }) => ({ name, path, mayBeDirectory: inner === undefined }));
      return new ListFolder(listed, fs);
    }
    let folder: Folder;
    try {
      folder = this.reader.open(frame.path);
    } catch (error) {
      log.error(frame.path, error);
      return undefined;
    }
    const above = this.stack.at(-2)!;
    if (!entry.describe(above.folder!, above.next - 1)) {
      folder.close();
      return undefined;
    }
    own!.xattrs = entry.xattrs;
    return folder;
  }

  /** Everything in the frame has been gone through; something may still be on its way. */
  private leave(frame: Frame, folder: Folder): void {
    folder.close();
    this.context.knowledge.finish(frame);
    this.stack.pop();
    this.finisher.finish(frame, this.stack.at(-1));
  }

  /** One entry. True when it took a while or something lies on top of the stack now. */
  private entry(frame: Frame, folder: Folder, i: number): boolean {
    const { context } = this;
    const slot = frame.given.get(i);
    if (slot !== undefined) {
      frame.given.delete(i);
      context.place(frame, slot);
      return false;
    }
    if (folder.isListedDirectory(i)) frame.directoriesLeft--;
    const item = frame.items?.[i];
    if (item?.inner !== undefined) return this.innerDirectory(frame, folder, i, item, item.inner);
    if (item === undefined && i > 0 && isSameName(folder, i - 1, i)) {
      context.log.error(frame.path, `duplicate directory entry ${textLossy(folder.nameOf(i))}`);
      return false;
    }
    const { fields } = context.entry;
    const selection = item?.explicit === true ? SELECT_ALL : frame.selection;
    if (!acceptEntry(folder, i, selection, fields, this.onError)) return false;
    if (fields.type === "file") return this.files.save(frame, folder, i);
    if (fields.type === "dir") {
      this.directory(frame, folder, i);
      return true;
    }
    context.entry.writeOther(folder, i, context.writer);
    context.settle(frame);
    return false;
  }

  private directory(frame: Frame, folder: Folder, i: number): void {
    const path = folder.pathOf(i);
    const label = this.context.labelOf(frame, folder, i, path);
    const own = this.ownNode(frame, folder, i, folder.nameOf(i), label);
    const below = this.push({ path, label, items: undefined, own, task: undefined });
    below.selection = frame.items === undefined ? frame.selection.below(path) : this.selection.below(path);
    this.askSubtree(frame, own.known, below);
  }

  /** A directory between the root and the targets, described as what its path leads to. True when it lies on the stack. */
  private innerDirectory(frame: Frame, folder: Folder, i: number, item: ListedItem, inner: TargetNode): boolean {
    const { path, label, name } = item;
    try {
      const facts = inspect(path, { follow: true, warn: (message) => this.onError(path, message) });
      if (facts.type !== "dir") throw new FirnError({ code: "not-a-directory", message: `path is not a directory: ${textLossy(path)}` });
      this.context.entry.fields.set(facts);
      const own: OwnNode = { ...this.ownNode(frame, folder, i, name, label), xattrs: facts.xattrs };
      this.askSubtree(frame, own.known, this.push({ path, label, items: itemsOf(inner, label), own, task: undefined }));
      return true;
    } catch (error) {
      this.onError(path, error);
      return false;
    }
  }

  private ownNode(frame: Frame, folder: Folder, i: number, name: Bytes, label: Bytes): OwnNode {
    const { entry, knowledge } = this.context;
    const fields = Object.assign(new StatFields(), entry.fields);
    const known = knowledge.find(frame, folder, i);
    return { name, label, fields, xattrs: NO_XATTRS, start: 0, known, startedAt: this.context.now() };
  }

  private askSubtree(above: Frame, node: number, below: Frame): void {
    const { knowledge } = this.context;
    const subtree = knowledge.subtreeOf(above, node);
    if (subtree !== undefined) knowledge.ask(below, subtree);
  }
}

/** The directories and targets below a directory that stands between the root and the targets (restic-format §7.7). */
function itemsOf(node: TargetNode, label: Bytes): ListedItem[] {
  return node.children.map(({ name, node: child }) => {
    const below = joinName(label, name);
    const { path, explicit } = child;
    if (path !== undefined) return { name, path, label: equalBytes(path, below) ? path : below, explicit };
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
