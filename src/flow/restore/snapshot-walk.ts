import { type Bytes, compareBytes, utf8 } from "../../base/bytes.ts";
import { FirnError } from "../../base/error.ts";
import type { BlobId } from "../../base/id.ts";
import type { Node } from "../../format/node.ts";
import { Breather } from "../breather.ts";
import { TreesAhead } from "../trees-ahead.ts";
import type { Repository } from "../../repo/repository.ts";
import { joinName, toLatin } from "../../source/path.ts";
import { HostileNameError, isSafeName } from "../../source/target-path.ts";
import type { PathFilter, Verdict } from "./filter.ts";

/** What a walk meets, in the order of the tree; a directory before what it holds. Paths begin with a slash. */
export interface SnapshotVisitor {
  /** The root has no node. `nodes` is all that the directory holds, selected or not. Answers with what `node` gets as `dir`. */
  directory(path: Bytes, node: Node | undefined, parent: number, verdict: Verdict, nodes: readonly Node[]): number;
  /** Anything selected that is no directory; `dirPath` is the path of the directory it lies in. */
  node(dirPath: Bytes, node: Node, dir: number): void;
  /** Something that cannot be restored; the walk goes on beside it. */
  problem(path: Bytes, error: unknown): void;
}

interface Frame {
  readonly path: Bytes;
  readonly dir: number;
  readonly nodes: readonly Node[];
  next: number;
  /** Up to where trees of sub-directories are being loaded already. */
  hinted: number;
  /** How many of those have not been reached yet. */
  ahead: number;
  /** Nodes whose name an earlier node has already: one place cannot hold a directory and a symlink. */
  readonly repeated: ReadonlySet<Node> | undefined;
}

/** Trees loaded ahead in each directory on the way down; more waits for nothing, each costs a tree's memory. */
const TREES_AHEAD = 4;

const SLASH = utf8("/");
const NO_PARENT = -1;

/** Walks the selected part of a snapshot's tree, once, without recursion: a hostile tree may be as deep as it likes. */
export async function walkSnapshot(
  repo: Repository,
  root: BlobId,
  filter: PathFilter,
  visitor: SnapshotVisitor,
  signal: AbortSignal,
): Promise<void> {
  const breather = new Breather(signal);
  const trees = new TreesAhead(repo, signal, "any");
  const rootNodes = await trees.take(root);
  const frames: Frame[] = [];
  const enter = (path: Bytes, node: Node | undefined, parent: number, verdict: Verdict, nodes: readonly Node[]): void => {
    frames.push({
      path,
      dir: visitor.directory(path, node, parent, verdict, nodes),
      nodes,
      next: 0,
      hinted: 0,
      ahead: 0,
      repeated: repeatedNames(nodes),
    });
  };
  enter(SLASH, undefined, NO_PARENT, filter.judge(SLASH), rootNodes);

  for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
    if (breather.isDue()) await breather.breathe();
    const node = frame.nodes[frame.next++];
    if (node === undefined) {
      frames.pop();
      continue;
    }
    if (!isSafeName(node.name) || frame.repeated?.has(node) === true) {
      visitor.problem(joinName(frame.path, node.name), new HostileNameError(node.name));
      continue;
    }
    if (node.type !== "dir") {
      if (!filter.limits || filter.judge(joinName(frame.path, node.name)).selected) visitor.node(frame.path, node, frame.dir);
      continue;
    }
    const path = joinName(frame.path, node.name);
    const verdict = filter.judge(path);
    if (node.subtree !== undefined && frame.next <= frame.hinted) frame.ahead--;
    if (!verdict.enter && node.subtree !== undefined) trees.drop(node.subtree);
    if (!verdict.enter && !verdict.selected) continue;
    lookAhead(trees, frame);
    try {
      enter(path, node, frame.dir, verdict, verdict.enter ? await childrenOf(trees, node) : []);
    } catch (error) {
      signal.throwIfAborted();
      visitor.problem(path, error);
    }
  }
}

/** undefined for the usual case of names that ascend. */
function repeatedNames(nodes: readonly Node[]): Set<Node> | undefined {
  if (nodes.every((node, at) => at === 0 || compareBytes(nodes[at - 1]!.name, node.name) < 0)) return undefined;
  const names = new Set<string>();
  return new Set(
    nodes.filter((node) => {
      const name = toLatin(node.name);
      const repeated = names.has(name);
      names.add(name);
      return repeated;
    }),
  );
}

/** Has the next few sub-directories of a directory loaded while the one before them is walked. */
function lookAhead(trees: TreesAhead, frame: Frame): void {
  frame.hinted = Math.max(frame.hinted, frame.next);
  for (; frame.ahead < TREES_AHEAD && frame.hinted < frame.nodes.length; frame.hinted++) {
    const node = frame.nodes[frame.hinted]!;
    if (node.type !== "dir" || node.subtree === undefined) continue;
    trees.hint(node.subtree);
    frame.ahead++;
  }
}

async function childrenOf(trees: TreesAhead, node: Node): Promise<readonly Node[]> {
  if (node.subtree === undefined) throw new FirnError({ code: "corrupt", message: "a directory without a subtree" });
  return trees.take(node.subtree);
}
