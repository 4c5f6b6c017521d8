import { readFileSync } from "node:fs";
import { asBuffer, type Bytes, fromHex, toHex, utf8 } from "../../base/bytes.ts";
import { messageOf } from "../../base/error.ts";
import type { Event } from "../../base/event.ts";
import { asId, type BlobId } from "../../base/id.ts";
import { testWorld } from "../../base/testing.ts";
import type { Node } from "../../format/node.ts";
import { encodeTree } from "../../format/tree.ts";
import { sha256Hex } from "../../kernel/hash.ts";
import type { IndexView } from "../../repo/index/index-view.ts";
import { joinName } from "../../source/path.ts";
import { readDirectory } from "../../source/posix/directory.ts";
import { describe } from "../../source/posix/inspect.ts";
import { PosixError } from "../../source/posix/posix-error.ts";
import { lstat } from "../../source/posix/stat.ts";
import { NO_RULES, type SelectionRules } from "../../source/selection-rules.ts";
import { posixFs, type SourceFs } from "../../source/source-fs.ts";
import { planTargets } from "../../source/targets.ts";
import { type Added, NOTHING_ADDED, type Smith } from "../worker/smith.ts";
import type { Ticket, Work, WorkTools } from "../worker/work.ts";
import { nodeOf } from "./source-node.ts";
import { BackupStats } from "./stats.ts";
import { openTreeWork } from "./tree-work.ts";
import { walkPlanOf, type WalkResult, type WalkTask, type WalkTotals, type WalkWish } from "./walk-plan.ts";

type WalkWork = Work<WalkTask, WalkResult, WalkTotals>;

/** Blobs by what they are and their id in hex; what a repository would hold. */
export class BlobBag {
  readonly blobs = new Map<string, Bytes>();
  /** Blobs that lie where they cannot be relied on. */
  readonly frozen = new Set<string>();

  has(type: string, id: Bytes, at = 0, usable?: unknown): boolean {
    const key = `${type} ${toHex(id.subarray(at, at + 32))}`;
    return this.blobs.has(key) && (usable === undefined || !this.frozen.has(key));
  }

  tree(id: BlobId): Bytes | undefined {
    return this.blobs.get(`tree ${id}`);
  }

  add(type: string, bytes: Bytes): { id: Bytes; added: Added } {
    const id = sha256Hex(bytes);
    const isNew = !this.blobs.has(`${type} ${id}`);
    if (isNew) this.blobs.set(`${type} ${id}`, Uint8Array.from(bytes));
    return { id: fromHex(id), added: isNew ? { blobs: 1, bytes: bytes.length, stored: bytes.length + 70 } : NOTHING_ADDED };
  }
}

function smithOf(bag: BlobBag): Smith {
  const save = (path: Bytes) => {
    let bytes: Buffer;
    try {
      bytes = readFileSync(asBuffer(path));
    } catch (error) {
      return { kind: "failed", code: "", message: messageOf(error) } as const;
    }
    const { id, added } = bytes.length === 0 ? { id: new Uint8Array(0), added: NOTHING_ADDED } : bag.add("data", bytes);
    return { kind: "saved", content: id, size: bytes.length, added } as const;
  };
  return {
    saveSmall: (path) => {
      const size = Number(lstat(path).size);
      return size > 1000 ? { kind: "grown", size } : save(path);
    },
    openLarge: (path) => {
      // The path may be overwritten by its owner between two steps.
      const own = Uint8Array.from(path);
      let steps = 0;
      return { kind: "large", step: () => (++steps < 4 ? undefined : save(own)) };
    },
    saveTree: (bytes) => bag.add("tree", bytes),
  };
}

export interface WalkOutcome {
  readonly tree: BlobId | undefined;
  readonly stats: BackupStats;
  readonly events: readonly Event[];
  readonly errors: readonly string[];
  /** Tasks that were given away. */
  readonly given: number;
}

export interface WalkScene {
  readonly bag: BlobBag;
  readonly targets: readonly string[];
  /** What relative targets are relative to. */
  readonly cwd?: string;
  readonly threads?: number;
  /** Whose turn it is: a number below the one given. */
  readonly dice?: (below: number) => number;
  readonly wish?: Partial<WalkWish>;
  readonly rules?: SelectionRules;
  readonly fs?: SourceFs;
  readonly zone?: number;
  readonly usable?: boolean;
}

/** A walk by as many threads as are asked for, all of them in this one: whose turn it is, and so who is idle, is diced for. */
export function walkWith(scene: WalkScene): WalkOutcome {
  const { bag, targets, threads = 1, dice = () => 0, fs = posixFs } = scene;
  const plan = walkPlanOf(
    {
      root: planTargets(targets.map(utf8), utf8(scene.cwd ?? "/"), fs).root,
      rules: scene.rules ?? NO_RULES,
      change: {},
      withAtime: false,
      parent: undefined,
      ...scene.wish,
    },
    testWorld({ zone: scene.zone ?? 0 }),
  );
  const events: Event[] = [];
  const works: WalkWork[] = [];
  const mail: (() => void)[][] = [];
  const idle = new Set<number>();
  let nextTicket: Ticket = 1;
  let given = 0;
  let root: { readonly tree: BlobId | undefined } | undefined;
  for (let thread = 0; thread < threads; thread++) {
    const owners = new Map<Ticket, { thread: number; ticket: Ticket } | undefined>();
    const tools: WorkTools<WalkTask, WalkResult> = {
      smith: smithOf(bag),
      index: bag as unknown as IndexView,
      usable: scene.usable === true ? new Uint32Array(1) : undefined,
      key: undefined as never,
      clock: { monotonic: () => 0 },
      desk: {
        items: true,
        emit: (event) => void events.push(event),
        current: (label) => void events.push({ kind: "item-start", path: Uint8Array.from(label) }),
        advance: (files, bytes) => void events.push({ kind: "advance", files, bytes }),
        askTree: (id) => {
          const ticket = nextTicket++;
          const bytes = bag.tree(id);
          const answer =
            bytes === undefined ? ({ kind: "failed", error: new Error("no such blob") } as const) : ({ kind: "tree", bytes } as const);
          mail[thread]!.push(() => works[thread]!.answer(ticket, answer));
          return ticket;
        },
      },
      forks: {
        get wanted() {
          return idle.size > 0;
        },
        give: (task) => {
          const [taker] = idle;
          if (taker === undefined || dice(4) === 3) return undefined;
          idle.delete(taker);
          given++;
          const mine = nextTicket++;
          const copy = structuredClone(task);
          mail[taker]!.push(() => {
            const theirs = nextTicket++;
            ownersOf[taker]!.set(theirs, { thread, ticket: mine });
            works[taker]!.take(theirs, copy);
          });
          return mine;
        },
        finish: (ticket, result) => {
          const owner = owners.get(ticket);
          if (result.kind === "root") root = result;
          else {
            const copy = structuredClone(result);
            mail[owner!.thread]!.push(() => works[owner!.thread]!.join(owner!.ticket, copy));
          }
        },
      },
    };
    ownersOf.push(owners);
    mail.push([]);
    works.push(openTreeWork(plan, tools, fs));
  }
  works[0]!.take(nextTicket++, { kind: "root" });
  for (let stuck = 0; root === undefined; stuck++) {
    if (stuck > 10_000 * threads) throw new Error("the walk does not end");
    const thread = dice(threads);
    for (const letter of mail[thread]!.splice(0)) letter();
    idle.delete(thread);
    if (works[thread]!.step()) stuck = 0;
    else if (mail[thread]!.length === 0) idle.add(thread);
  }
  ownersOf.length = 0;
  const stats = new BackupStats();
  for (const work of works) stats.merge(work.totals());
  return { tree: root.tree, stats, events, errors: events.flatMap((event) => (event.kind === "error" ? [event.message] : [])), given };
}

const ownersOf: Map<Ticket, { thread: number; ticket: Ticket } | undefined>[] = [];

/** The tree of a directory, the slow and obvious way: everything read, everything a node, every tree encoded. */
export function referenceTree(path: Bytes, zone = 0): Bytes {
  const nodes: Node[] = [];
  for (const name of readDirectory(path)) {
    const at = joinName(path, name);
    const stat = lstat(at);
    if (stat.type === "socket") continue;
    const node = nodeOf(name, describe(at, stat), false, testWorld({ zone }));
    if (stat.type === "dir") nodes.push({ ...node, subtree: asId(sha256Hex(referenceTree(at, zone))) });
    else if (stat.type === "file") {
      const bytes = readFileSync(asBuffer(at));
      nodes.push({ ...node, content: bytes.length === 0 ? [] : [asId(sha256Hex(bytes))] });
    } else nodes.push(node);
  }
  return encodeTree(nodes);
}

export function refuse(op: string, path: Bytes): never {
  throw new PosixError(op, path, "EACCES", "permission denied");
}
