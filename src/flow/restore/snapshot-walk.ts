import { type Bytes, compareBytes, utf8 } from "../../base/bytes.ts";
import { FirnError } from "../../base/error.ts";
import { type BlobId, shortId } from "../../base/id.ts";
import { TreeLinks } from "../../format/tree-links.ts";
import type { Repository } from "../../repo/repository.ts";
import { joinName, toLatin } from "../../source/path.ts";
import { HostileNameError, isSafeName } from "../../source/target-path.ts";
import { Breather } from "../breather.ts";
import { TreesAhead } from "../trees-ahead.ts";
import { NO_DIR } from "./entries.ts";
import type { PathFilter, Verdict } from "./filter.ts";
import { ScannedEntry } from "./scanned-entry.ts";
import { NodeEntry, type TreeEntry } from "./tree-entry.ts";

/** What a walk meets, in the order of the tree; a directory before what it holds. Paths begin with a slash. */
export interface SnapshotVisitor {
  /** The root has no entry. `names` are all that the directory holds, selected or not. Answers with what `node` gets as `dir`. */
  directory(path: Bytes, entry: TreeEntry | undefined, parent: number, verdict: Verdict, names: Iterable<Bytes>): number;
  /** Anything selected that is no directory; `dirPath` is the path of the directory it lies in. */
  node(dirPath: Bytes, entry: TreeEntry, dir: number): void;
  /** Something that cannot be restored; the walk goes on beside it. */
  problem(path: Bytes, error: unknown): void;
}

/** The entries of one tree, by number; each is good until the next is asked for. */
interface Entries {
  readonly length: number;
  at(entry: number): TreeEntry;
  /** Somebody else may use the memory. */
  letGo(): void;
}

interface Frame {
  readonly path: Bytes;
  readonly dir: number;
  readonly entries: Entries;
  next: number;
  /** Up to where trees of sub-directories are being loaded already. */
  hinted: number;
  /** How many of those have not been reached yet. */
  ahead: number;
  /** Entries whose name an earlier one has already: one place cannot hold a directory and a symlink. */
  readonly repeated: ReadonlySet<number> | undefined;
}

/** Trees loaded ahead in each directory on the way down; more waits for nothing, each costs a tree's memory. */
const TREES_AHEAD = 4;

const SLASH = utf8("/");
const EMPTY: Entries = { length: 0, at: () => never(), letGo: () => undefined };

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
  const reader = new TreeReader(trees);
  const frames: Frame[] = [];
  const enter = (path: Bytes, entry: TreeEntry | undefined, parent: number, verdict: Verdict, entries: Entries): void => {
    const dir = visitor.directory(path, entry, parent, verdict, namesOf(entries));
    frames.push({ path, dir, entries, next: 0, hinted: 0, ahead: 0, repeated: repeatedNames(entries) });
  };
  enter(SLASH, undefined, NO_DIR, filter.judge(SLASH), await reader.read(root));

  for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
    if (breather.isDue()) await breather.breathe();
    const number = frame.next++;
    if (number >= frame.entries.length) {
      frames.pop();
      frame.entries.letGo();
      continue;
    }
    const entry = frame.entries.at(number);
    const { name } = entry;
    if (!isSafeName(name) || frame.repeated?.has(number) === true) {
      visitor.problem(joinName(frame.path, name), new HostileNameError(name));
      continue;
    }
    if (entry.type !== "dir") {
      if (!filter.limits || filter.judge(joinName(frame.path, name)).selected) visitor.node(frame.path, entry, frame.dir);
      continue;
    }
    const path = joinName(frame.path, name);
    const verdict = filter.judge(path);
    const subtree = entry.subtree();
    if (subtree !== undefined && frame.next <= frame.hinted) frame.ahead--;
    if (!verdict.enter && subtree !== undefined) trees.drop(subtree);
    if (!verdict.enter && !verdict.selected) continue;
    lookAhead(trees, frame);
    try {
      const inside = verdict.enter ? await reader.read(subtree) : EMPTY;
      enter(path, frame.entries.at(number), frame.dir, verdict, inside);
    } catch (error) {
      signal.throwIfAborted();
      visitor.problem(path, error);
    }
  }
}

/** Scans trees; decodes those that the scan does not understand. */
class TreeReader {
  readonly #trees: TreesAhead;
  /** As many as the walk is deep. */
  readonly #free: TreeLinks[] = [];

  constructor(trees: TreesAhead) {
    this.#trees = trees;
  }

  async read(id: BlobId | undefined): Promise<Entries> {
    if (id === undefined) throw new FirnError({ code: "corrupt", message: "a directory without a subtree" });
    const bytes = await this.#trees.takeBytes(id);
    const links = this.#free.pop() ?? new TreeLinks(true);
    const letGo = (): void => void this.#free.push(links);
    if (!links.scan(bytes, "any")) {
      letGo();
      const nodes = this.#trees.decode(id, bytes);
      return { length: nodes.length, at: (entry) => new NodeEntry(nodes[entry]!), letGo: () => undefined };
    }
    const cursor = new ScannedEntry(bytes, links, `tree ${shortId(id)}`);
    const at = (entry: number): TreeEntry => {
      cursor.at = entry;
      return cursor;
    };
    return { length: links.length, at, letGo };
  }
}

function* namesOf(entries: Entries): Iterable<Bytes> {
  for (let entry = 0; entry < entries.length; entry++) yield entries.at(entry).name;
}

/** undefined for the usual case of names that ascend. */
function repeatedNames(entries: Entries): Set<number> | undefined {
  let last: Bytes | undefined;
  let ascends = true;
  for (const name of namesOf(entries)) {
    if (last !== undefined && compareBytes(last, name) >= 0) ascends = false;
    last = name;
  }
  if (ascends) return undefined;
  const names = new Set<string>();
  const repeated = new Set<number>();
  let entry = 0;
  for (const name of namesOf(entries)) {
    const text = toLatin(name);
    if (names.has(text)) repeated.add(entry);
    names.add(text);
    entry++;
  }
  return repeated;
}

/** Has the next few sub-directories of a directory loaded while the one before them is walked. */
function lookAhead(trees: TreesAhead, frame: Frame): void {
  frame.hinted = Math.max(frame.hinted, frame.next);
  for (; frame.ahead < TREES_AHEAD && frame.hinted < frame.entries.length; frame.hinted++) {
    const entry = frame.entries.at(frame.hinted);
    const subtree = entry.type === "dir" ? entry.subtree() : undefined;
    if (subtree === undefined) continue;
    trees.hint(subtree);
    frame.ahead++;
  }
}

function never(): never {
  throw new Error("there is no entry");
}
