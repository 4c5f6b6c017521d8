import { type Bytes, equalBytes, textLossy } from "../../base/bytes.ts";
import { FirnError, messageOf } from "../../base/error.ts";
import type { Listener } from "../../base/event.ts";
import type { BlobId, PackId } from "../../base/id.ts";
import { TREES_SEALING_MAX } from "../../base/limits.ts";
import type { World } from "../../base/world.ts";
import type { Node } from "../../format/node.ts";
import { TreeEncoder } from "../../format/tree.ts";
import type { BlobWriter } from "../../repo/blob-writer.ts";
import type { Repository } from "../../repo/repository.ts";
import { type ChangeOptions, isUnchanged } from "../../source/change.ts";
import { joinName, ROOT } from "../../source/path.ts";
import { describe, inspect } from "../../source/posix/inspect.ts";
import { isErrno } from "../../source/posix/posix-error.ts";
import { groupName, userName } from "../../source/posix/names.ts";
import { SELECT_ALL, type Selection } from "../../source/reject.ts";
import type { SourceFs } from "../../source/source-fs.ts";
import type { FileStat, SourceStat } from "../../source/source-stat.ts";
import type { TargetNode } from "../../source/targets.ts";
import { acceptEntry } from "../../source/walk.ts";
import type { FileQueue } from "../worker/file-queue.ts";
import type { Kernel } from "../worker/kernel.ts";
import { type Added, NOTHING_ADDED } from "../worker/messages.ts";
import { loadParentTree, NO_PARENT, type ParentTree } from "./parent-tree.ts";
import { isSameNode } from "./same-node.ts";
import { nodeOf } from "./source-node.ts";
import type { BackupStats, Verdict } from "./stats.ts";
import { TreeSaver } from "./tree-saver.ts";

export interface WalkContext {
  readonly repo: Repository;
  readonly world: World;
  readonly fs: SourceFs;
  readonly selection: Selection;
  readonly writer: BlobWriter;
  readonly kernel: Kernel;
  readonly queue: FileQueue;
  /** Whether data in this pack may be relied on; every pack when absent. */
  readonly usable: ((pack: PackId) => boolean) | undefined;
  readonly change: ChangeOptions;
  readonly withAtime: boolean;
  readonly stats: BackupStats;
  readonly emit: Listener;
  readonly signal: AbortSignal;
}

/** A node, or the promise of one whose content is still on its way; undefined when it came to nothing. */
type Slot = Node | Promise<Node | undefined>;

const EMPTY = Buffer.alloc(0);
/** The walk lets the workers' questions through at least so often. */
const TURN_MS = 5;

/** Walks the targets and builds the snapshot's trees bottom-up, while files are read elsewhere. */
export class Walker {
  private readonly context: WalkContext;
  private readonly trees: TreeSaver;
  private failure: { readonly error: unknown } | undefined;
  private turnStarted: number;

  constructor(context: WalkContext) {
    this.context = context;
    this.trees = new TreeSaver(context.writer, context.kernel);
    this.turnStarted = context.world.clock.monotonic();
  }

  /** The id of the root tree. Throws `empty-snapshot` when nothing at all could be saved. */
  async save(root: TargetNode, parent: BlobId | undefined): Promise<BlobId> {
    const before = parent === undefined ? NO_PARENT : await this.parentTree(parent, ROOT);
    const slots = await this.targets(root, ROOT, before);
    const encoder = await this.encode(slots);
    this.check();
    if (encoder.isEmpty) throw new FirnError({ code: "empty-snapshot", message: "snapshot is empty: nothing could be saved" });
    const { id, added } = await this.trees.save(encoder.finish());
    this.context.stats.countTree(added);
    return id;
  }

  /** The entries of a directory that stands between the root and the targets (restic-format §7.7). */
  private async targets(node: TargetNode, label: Bytes, before: ParentTree): Promise<Slot[]> {
    const slots: Slot[] = [];
    for (const child of node.children) {
      this.check();
      const childLabel = joinName(label, child.name);
      const known = before.find(child.name);
      if (child.node.path === undefined) await this.innerDirectory(child.node, childLabel, child.name, known, slots);
      else await this.leaf(child.node, child.node.path, childLabel, child.name, known, slots);
    }
    return slots;
  }

  private async leaf(target: TargetNode, path: Bytes, label: Bytes, name: Bytes, known: Node | undefined, slots: Slot[]): Promise<void> {
    const { fs, selection } = this.context;
    const stat = acceptEntry(path, target.explicit ? SELECT_ALL : selection, fs, (at, error) => this.report(at, error));
    if (stat !== undefined) await this.entry(path, label, name, stat, known, slots);
  }

  private async innerDirectory(target: TargetNode, label: Bytes, name: Bytes, known: Node | undefined, slots: Slot[]): Promise<void> {
    const started = this.context.world.clock.monotonic();
    const path = target.metadataPath ?? label;
    let facts: SourceStat;
    try {
      facts = inspect(path, { follow: true, warn: (message) => this.report(path, message) });
      if (facts.type !== "dir") throw new FirnError({ code: "not-a-directory", message: `path is not a directory: ${textLossy(path)}` });
    } catch (error) {
      this.report(path, error);
      return;
    }
    const before = await this.subtreeOf(known, path);
    const children = await this.targets(target, label, before);
    slots.push(this.guard(this.finishDirectory(this.node(name, facts), children, label, known, started)));
  }

  /** Saves one accepted entry: pushes its slot and returns what the walk has to wait for, if anything. */
  private entry(path: Bytes, label: Bytes, name: Bytes, stat: FileStat, known: Node | undefined, slots: Slot[]): Promise<void> | undefined {
    if (stat.type === "file") return this.file(path, label, name, stat, known, slots);
    if (stat.type === "dir") return this.directory(path, label, name, stat, known, slots);
    const facts = this.describe(path, stat);
    if (facts !== undefined) slots.push(this.node(name, facts));
    return undefined;
  }

  private async directory(path: Bytes, label: Bytes, name: Bytes, stat: FileStat, known: Node | undefined, slots: Slot[]): Promise<void> {
    const { fs, selection } = this.context;
    const started = this.context.world.clock.monotonic();
    const before = await this.subtreeOf(known, path);
    let names: Bytes[];
    try {
      names = fs.readDirectory(path);
    } catch (error) {
      this.report(path, error);
      return;
    }
    const facts = this.describe(path, stat);
    if (facts === undefined) return;
    const children: Slot[] = [];
    const onError = (at: Bytes, error: unknown): void => this.report(at, error);
    const sameName = equalBytes(label, path);
    let last: Bytes = EMPTY;
    for (const child of names) {
      if (equalBytes(child, last)) {
        this.report(path, `duplicate directory entry ${textLossy(child)}`);
        continue;
      }
      last = child;
      const childPath = joinName(path, child);
      const childStat = acceptEntry(childPath, selection, fs, onError);
      if (childStat === undefined) continue;
      const childLabel = sameName ? childPath : joinName(label, child);
      const wait = this.entry(childPath, childLabel, child, childStat, before.find(child), children);
      if (wait !== undefined) await wait;
      if (this.failure !== undefined || this.isTurnOver) await this.breathe();
    }
    slots.push(this.guard(this.finishDirectory(this.node(name, facts), children, label, known, started)));
  }

  private file(path: Bytes, label: Bytes, name: Bytes, stat: FileStat, known: Node | undefined, slots: Slot[]): Promise<void> | undefined {
    const { stats, emit, queue, world } = this.context;
    const facts = this.describe(path, stat);
    if (facts === undefined) return undefined;
    const node = this.node(name, facts);
    const content = known === undefined ? undefined : this.contentToKeep(path, stat, known);
    if (content !== undefined) {
      slots.push({ ...node, content });
      stats.countFile("unchanged", Number(stat.size));
      emit({ kind: "advance", files: 1, bytes: Number(stat.size) });
      emit({ kind: "item-done", item: { path: label, action: "unchanged", type: "file", size: stat.size } });
      return undefined;
    }
    const started = world.clock.monotonic();
    slots.push(this.guard(this.readFile(path, label, node, known, started)));
    return queue.isFull ? queue.whenRoom() : undefined;
  }

  private async readFile(path: Bytes, label: Bytes, node: Node, known: Node | undefined, started: number): Promise<Node | undefined> {
    const { queue, stats, emit, world } = this.context;
    const outcome = await queue.add({ path, size: Number(node.size), label });
    if (outcome.kind === "failed") {
      this.report(path, outcome.message);
      return undefined;
    }
    // The size that counts is what was read, not what stat said before (restic-format §9).
    const saved: Node = { ...node, content: outcome.content, size: BigInt(outcome.size) };
    const verdict = verdictOf(known, saved);
    stats.countFile(verdict, outcome.size, outcome.added);
    emit({ kind: "advance", files: 1 });
    emit({
      kind: "item-done",
      item: {
        path: label,
        action: verdict,
        type: "file",
        size: saved.size,
        dataSize: outcome.added.bytes,
        dataSizeInRepo: outcome.added.stored,
        durationMs: world.clock.monotonic() - started,
      },
    });
    return saved;
  }

  /** The parent's list of blobs when the file need not be read: unchanged, and every blob to be had without a thaw. */
  private contentToKeep(path: Bytes, stat: FileStat, known: Node): readonly BlobId[] | undefined {
    const { repo, usable, change, stats } = this.context;
    const before = { type: known.type, size: known.size, mtimeNs: known.mtime.ns, ctimeNs: known.ctime.ns, inode: known.inode };
    const { content } = known;
    if (content === null || !isUnchanged(stat, before, change)) return undefined;
    if (!content.every((id) => repo.index.has("data", id))) {
      this.report(path, `parts of ${textLossy(path)} not found in the repository index; storing the file again`);
      return undefined;
    }
    if (usable !== undefined && !content.every((id) => repo.index.lookup("data", id).some((copy) => usable(copy.pack)))) {
      stats.rereadFiles++;
      return undefined;
    }
    return content;
  }

  private async finishDirectory(node: Node, slots: readonly Slot[], label: Bytes, known: Node | undefined, started: number): Promise<Node> {
    const { stats, emit, world } = this.context;
    const encoder = await this.encode(slots);
    this.check();
    const { id, added } = await this.trees.save(encoder.finish());
    const saved: Node = { ...node, subtree: id };
    const verdict = verdictOf(known, saved);
    stats.countDir(verdict, added);
    emit({ kind: "item-done", item: dirDone(label, verdict, added, world.clock.monotonic() - started) });
    return saved;
  }

  private async encode(slots: readonly Slot[]): Promise<TreeEncoder> {
    const encoder = new TreeEncoder();
    for (const slot of slots) {
      const node = slot instanceof Promise ? await slot : slot;
      if (node !== undefined) encoder.add(node);
    }
    return encoder;
  }

  private async subtreeOf(known: Node | undefined, path: Bytes): Promise<ParentTree> {
    if (known?.type !== "dir" || known.subtree === undefined) return NO_PARENT;
    return this.parentTree(known.subtree, path);
  }

  private async parentTree(id: BlobId, path: Bytes): Promise<ParentTree> {
    try {
      return await loadParentTree(this.context.repo, id);
    } catch (error) {
      this.check();
      this.report(path, error);
      return NO_PARENT;
    }
  }

  /**
   * As much as can be had: attributes or a link target that cannot be read are reported and left out. Undefined when the entry has
   * vanished since it was listed, which is nobody's fault.
   */
  private describe(path: Bytes, stat: FileStat): SourceStat | undefined {
    try {
      return describe(path, stat, { warn: (message) => this.report(path, message) });
    } catch (error) {
      if (isErrno(error, "ENOENT")) return undefined;
      this.report(path, `incomplete metadata for ${textLossy(path)}: ${messageOf(error)}`);
      return { ...stat, name: EMPTY, user: userName(stat.uid), group: groupName(stat.gid), linkTarget: EMPTY, xattrs: [] };
    }
  }

  private node(name: Bytes, facts: SourceStat): Node {
    return nodeOf(name, facts, this.context.withAtime, this.context.world);
  }

  private report(path: Bytes, error: unknown): void {
    const text = typeof error === "string" ? error : messageOf(error);
    const shown = textLossy(path);
    this.context.stats.errors++;
    this.context.emit({ kind: "error", during: "archival", item: path, message: text.includes(shown) ? text : `${shown}: ${text}` });
  }

  /** A slot nobody awaits yet must not bring the process down when it fails; the walk sees the failure at its next step. */
  private guard(slot: Promise<Node | undefined>): Promise<Node | undefined> {
    return slot.catch((error: unknown) => {
      this.failure ??= { error };
      return undefined;
    });
  }

  private check(): void {
    this.context.signal.throwIfAborted();
    if (this.failure !== undefined) throw this.failure.error;
  }

  private get isTurnOver(): boolean {
    return this.trees.sealing > TREES_SEALING_MAX || this.context.world.clock.monotonic() - this.turnStarted >= TURN_MS;
  }

  /** Asked for by the turn and not for each entry: looking at the signal alone costs half a microsecond. */
  private async breathe(): Promise<void> {
    this.check();
    while (this.trees.sealing > TREES_SEALING_MAX) await this.trees.whenLess();
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.turnStarted = this.context.world.clock.monotonic();
    this.check();
  }
}

function verdictOf(known: Node | undefined, saved: Node): Verdict {
  if (known === undefined) return "new";
  return isSameNode(known, saved) ? "unchanged" : "modified";
}

function dirDone(label: Bytes, action: Verdict, added: Added = NOTHING_ADDED, durationMs: number) {
  return {
    path: joinName(label, EMPTY),
    action,
    type: "dir",
    size: 0n,
    metadataSize: added.bytes,
    metadataSizeInRepo: added.stored,
    durationMs,
  } as const;
}
