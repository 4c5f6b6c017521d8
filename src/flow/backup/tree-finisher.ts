import { type Bytes, equalBytes, toHex } from "../../base/bytes.ts";
import { asId } from "../../base/id.ts";
import { NOTHING_ADDED, type TreeStored } from "../worker/smith.ts";
import type { Ticket } from "../worker/work.ts";
import type { WalkContext } from "./walk-context.ts";
import { emptySlot, type Frame, type OwnNode, type Slot, type Unfinished } from "./walk-frame.ts";

/** Ends what has been gone through: saves its tree and completes its node in the directory above, at once or when the last hole is filled. */
export class TreeFinisher {
  private readonly context: WalkContext;

  constructor(context: WalkContext) {
    this.context = context;
  }

  /** The frame has left the stack; `above` is the one it lies in. */
  finish(frame: Frame, above: Frame | undefined): void {
    if (frame.task?.kind === "items") this.finishList(frame, frame.task.ticket);
    else if (this.fillHoles(frame)) this.finishTree(frame, above);
    else this.setAside(frame, above);
  }

  /** Puts what has come into its place; false when something is still on its way. */
  private fillHoles({ holes, start }: Frame): boolean {
    if (holes.length === 0) return true;
    if (holes.some(({ slot }) => slot.bytes === undefined)) return false;
    const { writer } = this.context;
    const region = Buffer.from(writer.bytes.subarray(start, writer.length));
    writer.length = start;
    this.writeWhole(region, holes);
    return true;
  }

  private finishTree(frame: Frame, above: Frame | undefined): void {
    const { writer, knowledge } = this.context;
    const { own, start } = frame;
    const tree = this.saveTree(frame, start);
    writer.length = start;
    if (own === undefined || tree === undefined) {
      this.finishRoot(frame, tree);
      return;
    }
    writer.endDirectory(tree.id);
    this.tell(own, own.start, tree, above === undefined ? undefined : knowledge.nodeBytes(above, own.known));
    if (above !== undefined) this.context.settle(above);
  }

  /** Takes what there is of the tree out of the writer until the rest has come. */
  private setAside(frame: Frame, above: Frame | undefined): void {
    const { writer, knowledge } = this.context;
    const { own, start, holes } = frame;
    const from = own?.start ?? start;
    const head = Buffer.from(writer.bytes.subarray(from, start));
    const region = Buffer.from(writer.bytes.subarray(start, writer.length));
    writer.length = from;
    const known = own === undefined || above === undefined ? undefined : knowledge.nodeBytes(above, own.known);
    const slot = emptySlot();
    waitFor(
      holes.map((hole) => hole.slot),
      () => {
        const bytes = this.complete(frame, head, region, known);
        return bytes === undefined ? undefined : { slot, bytes };
      },
    );
    if (above !== undefined && own !== undefined) this.context.place(above, slot);
  }

  /** The node of a directory that had been set aside; undefined for the root, which is nobody's entry. */
  private complete(frame: Frame, head: Bytes, region: Bytes, known: Bytes | undefined): Bytes | undefined {
    const { writer } = this.context;
    const { own, holes } = frame;
    const base = writer.length;
    this.writeWhole(region, holes);
    const tree = this.saveTree(frame, base);
    writer.length = base;
    if (own === undefined || tree === undefined) {
      this.finishRoot(frame, tree);
      return undefined;
    }
    writer.copy(head, 0, head.length);
    writer.endDirectory(tree.id);
    this.tell(own, base, tree, known);
    const bytes = Buffer.from(writer.bytes.subarray(base, writer.length));
    writer.length = base;
    return bytes;
  }

  /** Saves the tree that is last in the writer. Undefined for a root that is empty. */
  private saveTree(frame: Frame, start: number): TreeStored | undefined {
    const { writer, tools } = this.context;
    if (frame.own === undefined && writer.isEmptyTree(start)) return undefined;
    writer.end();
    const bytes = writer.bytes.subarray(start, writer.length);
    const { known } = frame;
    // The same bytes have the same id: nothing has to be hashed to know it.
    const isKnown = known?.id !== undefined && known.scanner.isAsLoaded && equalBytes(known.bytes, bytes);
    if (isKnown && tools.index.has("tree", known.id, 0, tools.usable)) return { id: known.id, added: NOTHING_ADDED };
    return tools.smith.saveTree(bytes);
  }

  private tell(own: OwnNode, start: number, tree: TreeStored, known: Bytes | undefined): void {
    const { log, knowledge } = this.context;
    log.directory(own.label, knowledge.verdict(start, known), tree.added, this.context.since(own.startedAt));
  }

  private finishRoot(frame: Frame, tree: TreeStored | undefined): void {
    const { log, tools } = this.context;
    if (tree !== undefined) log.stats.countTree(tree.added);
    tools.forks.finish(frame.task!.ticket, { kind: "root", tree: tree === undefined ? undefined : asId(toHex(tree.id)) });
  }

  private finishList(frame: Frame, ticket: Ticket): void {
    this.context.settle(frame);
    const { pieces } = frame;
    const finish = (): undefined => {
      this.context.tools.forks.finish(ticket, { kind: "items", nodes: pieces.map(({ bytes }) => Uint8Array.from(bytes!)) });
    };
    if (pieces.every(({ bytes }) => bytes !== undefined)) finish();
    else waitFor(pieces, finish);
  }

  /** A tree with what has come for its holes, at the end of the writer. */
  private writeWhole(region: Bytes, holes: Frame["holes"]): void {
    const { writer } = this.context;
    let at = 0;
    for (const hole of holes) {
      const bytes = hole.slot.bytes!;
      writer.copy(region, at, hole.at);
      writer.copy(bytes, 0, bytes.length);
      at = hole.at;
    }
    writer.copy(region, at, region.length);
  }
}

/** Has `complete` called when the last of the slots is filled; at least one is not yet. */
function waitFor(slots: readonly Slot[], complete: Unfinished["complete"]): void {
  const open = slots.filter(({ bytes }) => bytes === undefined);
  const unfinished: Unfinished = { waits: open.length, complete };
  for (const slot of open) slot.waiter = unfinished;
}
