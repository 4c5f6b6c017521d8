import { type Bytes, concatBytes, textLossy, utf8 } from "../../base/bytes.ts";
import { messageOf } from "../../base/error.ts";
import { type BlobId, NULL_ID, type PackId, shortId } from "../../base/id.ts";
import type { BlobType } from "../../format/blob.ts";
import type { Node } from "../../format/node.ts";
import type { StoredSnapshot } from "../../format/snapshot.ts";
import type { BlobIndex, Repository } from "../../repo/repository.ts";
import { Breather } from "../breather.ts";
import { TreesAhead } from "../trees-ahead.ts";
import type { Findings } from "./finding.ts";

interface Visit {
  readonly tree: BlobId;
  readonly path: Bytes;
  readonly snapshot: StoredSnapshot;
}

/** How many of the trees that come next are loaded while one is looked at. */
const TREES_AHEAD = 8;
const SLASH = utf8("/");

export interface TreeWalk {
  /** Packs that hold what the snapshots need; every copy counts. Empty unless asked for. */
  readonly packs: ReadonlySet<PackId>;
}

export interface TreeDeps {
  readonly signal: AbortSignal;
  readonly onSnapshot: () => void;
  /** Whether to note the packs: a look-up of every blob, which only a check of some snapshots needs. */
  readonly notePacks: boolean;
}

/**
 * Walks every tree that the snapshots reach, each once, and reports whatever a restore would stumble over (restic-format §14.3). A damaged
 * tree hides only what is below it.
 */
export async function checkTrees(
  repo: Repository,
  snapshots: readonly StoredSnapshot[],
  findings: Findings,
  deps: TreeDeps,
): Promise<TreeWalk> {
  const walk = new Walk(repo, findings, deps);
  for (const snapshot of snapshots) {
    await walk.snapshot(snapshot);
    deps.onSnapshot();
  }
  return { packs: walk.packs };
}

class Walk {
  readonly packs = new Set<PackId>();
  readonly #index: BlobIndex;
  readonly #findings: Findings;
  readonly #trees: TreesAhead;
  readonly #signal: AbortSignal;
  readonly #breather: Breather;
  readonly #seenTrees = new Set<BlobId>();
  readonly #seenData = new Set<BlobId>();

  readonly #notePacks: boolean;

  constructor(repo: Repository, findings: Findings, { signal, notePacks }: TreeDeps) {
    this.#index = repo.index;
    this.#notePacks = notePacks;
    this.#findings = findings;
    this.#signal = signal;
    this.#breather = new Breather(signal);
    this.#trees = new TreesAhead(repo, signal, "strict");
  }

  async snapshot(snapshot: StoredSnapshot): Promise<void> {
    const stack: Visit[] = [];
    this.#push(stack, { tree: snapshot.tree, path: SLASH, snapshot });
    for (let visit = stack.pop(); visit !== undefined; visit = stack.pop()) {
      if (this.#breather.isDue()) await this.#breather.breathe();
      for (const next of stack.slice(-TREES_AHEAD)) this.#trees.hint(next.tree);
      try {
        this.#look(await this.#trees.take(visit.tree), visit, stack);
      } catch (error) {
        this.#signal.throwIfAborted();
        this.#report(visit.path, visit.snapshot, `its tree ${shortId(visit.tree)} cannot be read: ${messageOf(error)}`);
      }
    }
  }

  #push(stack: Visit[], visit: Visit): void {
    if (this.#seenTrees.has(visit.tree)) return;
    this.#seenTrees.add(visit.tree);
    this.#note("tree", visit.tree);
    stack.push(visit);
  }

  #look(nodes: readonly Node[], { path, snapshot }: Visit, stack: Visit[]): void {
    for (const node of nodes) {
      const at = concatBytes(path.length === 1 ? [SLASH, node.name] : [path, SLASH, node.name]);
      const report = (check: string): void => this.#report(at, snapshot, check);
      if (node.name.length === 0) report("a node with an empty name");
      switch (node.type) {
        case "file":
          this.#lookAtFile(node, report);
          break;
        case "dir":
          if (node.subtree === undefined) report("a directory without a subtree");
          else if (node.subtree === NULL_ID) report("a directory whose subtree id is null");
          else this.#push(stack, { tree: node.subtree, path: at, snapshot });
          break;
        case "symlink":
        case "socket":
        case "chardev":
        case "dev":
        case "fifo":
          break;
        case "irregular":
        case "":
          report(`a node of the invalid type ${JSON.stringify(node.type)}`);
      }
    }
  }

  #lookAtFile(node: Node, report: (check: string) => void): void {
    if (node.content === null) return report("a file without a list of contents");
    for (const [position, id] of node.content.entries()) {
      if (id === NULL_ID) report(`blob ${position} of the file has a null id`);
      else if (this.#seenData.has(id)) continue;
      else if (!this.#index.has("data", id)) report(`blob ${position} of the file, ${shortId(id)}, is in no index`);
      else {
        this.#seenData.add(id);
        this.#note("data", id);
      }
    }
  }

  #note(type: BlobType, id: BlobId): void {
    if (this.#notePacks) for (const { pack } of this.#index.lookup(type, id)) this.packs.add(pack);
  }

  #report(path: Bytes, snapshot: StoredSnapshot, check: string): void {
    this.#findings.error(`snapshot ${shortId(snapshot.id)}:${textLossy(path)}`, check);
  }
}
