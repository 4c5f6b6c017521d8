import { type Bytes, concatBytes, fromHex, textLossy, toHex, utf8 } from "../../base/bytes.ts";
import { messageOf } from "../../base/error.ts";
import { asId, type BlobId, type PackId, shortId } from "../../base/id.ts";
import type { BlobType } from "../../format/blob.ts";
import type { StoredSnapshot } from "../../format/snapshot.ts";
import { TreeLinks } from "../../format/tree-links.ts";
import type { Repository, SharedIndex } from "../../repo/repository.ts";
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
  readonly #index: SharedIndex;
  readonly #findings: Findings;
  readonly #trees: TreesAhead;
  readonly #signal: AbortSignal;
  readonly #breather: Breather;
  readonly #links = new TreeLinks();
  /** A bit for each blob of the index that was met, by the number of its first entry. */
  readonly #seen: Uint32Array;
  /** Trees that were met and are in no index. */
  readonly #lost = new Set<BlobId>();
  readonly #notePacks: boolean;

  constructor(repo: Repository, findings: Findings, { signal, notePacks }: TreeDeps) {
    this.#index = repo.index;
    this.#seen = new Uint32Array(Math.ceil(repo.index.size / 32));
    this.#notePacks = notePacks;
    this.#findings = findings;
    this.#signal = signal;
    this.#breather = new Breather(signal);
    this.#trees = new TreesAhead(repo, signal, "strict");
  }

  async snapshot(snapshot: StoredSnapshot): Promise<void> {
    const stack: Visit[] = [];
    this.#push(stack, fromHex(snapshot.tree), SLASH, snapshot);
    for (let visit = stack.pop(); visit !== undefined; visit = stack.pop()) {
      for (const next of stack.slice(-TREES_AHEAD)) this.#trees.hint(next.tree);
      try {
        await this.#look(await this.#trees.takeBytes(visit.tree), visit, stack);
      } catch (error) {
        this.#signal.throwIfAborted();
        this.#report(visit.path, visit.snapshot, `its tree ${shortId(visit.tree)} cannot be read: ${messageOf(error)}`);
      }
    }
  }

  #push(stack: Visit[], id: Bytes, path: Bytes, snapshot: StoredSnapshot): void {
    const entry = this.#index.view.entryOf("tree", id);
    if (entry >= 0 && !this.#isNew(entry)) return;
    const tree = asId<"blob">(toHex(id));
    if (entry < 0) {
      if (this.#lost.has(tree)) return;
      this.#lost.add(tree);
    }
    this.#note("tree", tree);
    stack.push({ tree, path, snapshot });
  }

  /** True for the first who asks. */
  #isNew(entry: number): boolean {
    const bit = 1 << (entry & 31);
    if ((this.#seen[entry >>> 5]! & bit) !== 0) return false;
    this.#seen[entry >>> 5]! |= bit;
    return true;
  }

  async #look(bytes: Bytes, visit: Visit, stack: Visit[]): Promise<void> {
    const links = this.#links;
    // In no form that is known at a glance: damaged, which throws, or written by another program.
    if (!links.scan(bytes, "strict")) links.takeNodes(this.#trees.decode(visit.tree, bytes));
    for (let entry = 0; entry < links.length; entry++) {
      if (this.#breather.isDue()) await this.#breather.breathe();
      this.#lookAt(entry, visit, stack);
    }
    if (this.#breather.isDue()) await this.#breather.breathe();
  }

  #lookAt(entry: number, { path, snapshot }: Visit, stack: Visit[]): void {
    const links = this.#links;
    const name = links.nameOf(entry);
    const where = (): Bytes => concatBytes(path.length === 1 ? [SLASH, name] : [path, SLASH, name]);
    const report = (check: string): void => this.#report(where(), snapshot, check);
    if (name.length === 0) report("a node with an empty name");
    const type = links.typeOf(entry);
    switch (type) {
      case "file":
        this.#lookAtFile(entry, report);
        break;
      case "dir": {
        const at = links.subtreeOf(entry);
        const id = links.ids.subarray(at * 32, at * 32 + 32);
        if (at < 0) report("a directory without a subtree");
        else if (isNull(id)) report("a directory whose subtree id is null");
        else this.#push(stack, id, where(), snapshot);
        break;
      }
      case "symlink":
      case "socket":
      case "chardev":
      case "dev":
      case "fifo":
        break;
      case "irregular":
      case "":
      default:
        report(`a node of the invalid type ${JSON.stringify(type)}`);
    }
  }

  #lookAtFile(file: number, report: (check: string) => void): void {
    const { ids } = this.#links;
    const from = this.#links.contentFrom(file);
    if (from < 0) return report("a file without a list of contents");
    const end = this.#links.contentEnd(file);
    for (let at = from; at < end; at++) {
      const entry = this.#index.view.entryOf("data", ids, at * 32);
      if (entry >= 0) {
        if (this.#isNew(entry) && this.#notePacks) this.#note("data", idAt(ids, at));
      } else if (isNull(ids.subarray(at * 32, at * 32 + 32))) report(`blob ${at - from} of the file has a null id`);
      else report(`blob ${at - from} of the file, ${shortId(idAt(ids, at))}, is in no index`);
    }
  }

  #note(type: BlobType, id: BlobId): void {
    if (this.#notePacks) for (const { pack } of this.#index.lookup(type, id)) this.packs.add(pack);
  }

  #report(path: Bytes, snapshot: StoredSnapshot, check: string): void {
    this.#findings.error(`snapshot ${shortId(snapshot.id)}:${textLossy(path)}`, check);
  }
}

function idAt(ids: Bytes, at: number): BlobId {
  return asId<"blob">(toHex(ids.subarray(at * 32, at * 32 + 32)));
}

function isNull(id: Bytes): boolean {
  return id.every((byte) => byte === 0);
}
