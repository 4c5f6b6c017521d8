import { type Bytes, equalBytes, toHex } from "../../base/bytes.ts";
import { FirnError, messageOf } from "../../base/error.ts";
import { asId } from "../../base/id.ts";
import { parseJson } from "../../format/json-reader.ts";
import type { Node } from "../../format/node.ts";
import { decodeNode } from "../../format/tree.ts";
import type { TreeWriter } from "../../format/tree-writer.ts";
import type { Folder } from "../../source/folder.ts";
import type { Ticket, TreeAnswer, WorkTools } from "../worker/work.ts";
import { KnownTree } from "./known-tree.ts";
import { LocalTrees } from "./local-trees.ts";
import { isSameNode } from "./same-node.ts";
import type { Verdict } from "./stats.ts";
import type { Frame } from "./walk-frame.ts";
import type { WalkLog } from "./walk-log.ts";
import type { WalkPlan, WalkResult, WalkTask } from "./walk-plan.ts";

/** What the parent snapshot knows of the directories on the way. A tree that turns out to be none is told of once, and then nothing is known. */
export class Knowledge implements Disposable {
  private readonly tools: WorkTools<WalkTask, WalkResult>;
  private readonly log: WalkLog;
  private readonly writer: TreeWriter;
  private readonly trees: LocalTrees | undefined;
  private readonly questions = new Map<Ticket, { readonly frame: Frame; readonly id: Bytes }>();

  constructor({ packFolder }: WalkPlan, tools: WorkTools<WalkTask, WalkResult>, log: WalkLog, writer: TreeWriter) {
    const { index, usable, key } = tools;
    this.tools = tools;
    this.log = log;
    this.writer = writer;
    if (packFolder !== undefined) this.trees = new LocalTrees({ index, usable, key, folder: packFolder });
  }

  /** Gets the parent's tree for a frame, at once or later; until then the frame waits. */
  ask(frame: Frame, id: Bytes): void {
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

  answer(ticket: Ticket, tree: TreeAnswer): void {
    const question = this.questions.get(ticket);
    this.questions.delete(ticket);
    if (question === undefined) return;
    const { frame, id } = question;
    frame.isWaiting = false;
    if (tree.kind === "tree") this.learn(frame, tree.bytes, id);
    else this.log.error(frame.path, unreadable(id, tree.error));
  }

  /** The entry's node in the parent's tree, or -1. */
  find(frame: Frame, folder: Folder, i: number): number {
    const { known } = frame;
    if (known === undefined) return -1;
    try {
      return known.find(folder, i);
    } catch (error) {
      this.distrust(frame, error);
      return -1;
    }
  }

  decode(frame: Frame, node: number): Node | undefined {
    return node < 0 ? undefined : this.trusting(frame, (known) => known.decode(node));
  }

  subtreeOf(frame: Frame, node: number): Bytes | undefined {
    return node < 0 ? undefined : this.trusting(frame, (known) => known.subtreeOf(node));
  }

  nodeBytes(frame: Frame, node: number): Bytes | undefined {
    return node < 0 ? undefined : this.trusting(frame, (known) => known.nodeBytes(node));
  }

  /** Nothing more will be asked of the frame's tree. */
  finish(frame: Frame): void {
    this.trusting(frame, (known) => known.scanner.finish());
  }

  /** How the node that begins at `start`, and is last in the writer with its comma, compares with the parent's. */
  verdict(start: number, known: Bytes | undefined): Verdict {
    if (known === undefined) return "new";
    const bytes = this.writer.bytes.subarray(start, this.writer.length - 1);
    if (equalBytes(bytes, known)) return "unchanged";
    let before: Node;
    try {
      before = nodeIn(known);
    } catch {
      // The parent's is no node. What it is good for was taken from it already, so that only the count of what changed is at stake.
      return "modified";
    }
    return isSameNode(before, nodeIn(bytes)) ? "unchanged" : "modified";
  }

  [Symbol.dispose](): void {
    this.trees?.[Symbol.dispose]();
  }

  private learn(frame: Frame, bytes: Bytes, id: Bytes): void {
    try {
      frame.known = new KnownTree(bytes, id);
    } catch (error) {
      this.log.error(frame.path, unreadable(id, error));
    }
  }

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
    this.log.error(frame.path, unreadable(id, error));
  }
}

function nodeIn(bytes: Bytes): Node {
  return decodeNode(parseJson(bytes, "node"), "node");
}

function unreadable(id: Bytes | undefined, cause: unknown): FirnError {
  const name = id === undefined ? "a part of a tree" : `tree ${toHex(id)}`;
  const message = `${name} could not be loaded; the repository could be damaged: ${messageOf(cause)}`;
  return new FirnError({ code: "tree-unreadable", message, cause });
}
