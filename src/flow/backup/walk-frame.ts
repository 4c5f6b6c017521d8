import type { Bytes } from "../../base/bytes.ts";
import type { Folder } from "../../source/folder.ts";
import type { Selection } from "../../source/reject.ts";
import type { SourceXattr } from "../../source/source-stat.ts";
import type { StatFields } from "../../source/stat-fields.ts";
import type { Ticket } from "../worker/work.ts";
import type { KnownTree } from "./known-tree.ts";
import type { TargetNode } from "../../source/targets.ts";
import type { WalkItem } from "./walk-plan.ts";

/** An entry that is not known by being in a directory, but was named: a target, a directory on the way to one, one given by another thread. */
export interface ListedItem extends WalkItem {
  /** A directory between the root and the targets: only what is in this tree is looked at. */
  readonly inner?: TargetNode;
}

/** The place of a node that is not there yet: somebody else makes it. */
export interface Slot {
  /** With the comma behind it; empty when the entry is not saved after all. */
  bytes: Bytes | undefined;
  /** What can go on when this is filled. */
  waiter: Unfinished | undefined;
}

/** Where in a directory's tree a slot belongs: at so many bytes after the tree's beginning, other slots not counted. */
export interface Hole {
  readonly at: number;
  readonly slot: Slot;
}

/** The directory itself as an entry of the one above. */
export interface OwnNode {
  readonly name: Bytes;
  readonly label: Bytes;
  /** Copied: the walk's one set of fields serves the entries below meanwhile. */
  readonly fields: StatFields;
  xattrs: readonly SourceXattr[];
  /** Where the node begins in the writer. */
  start: number;
  /** Its node in the parent's tree of the directory above; -1 when it is new. */
  readonly known: number;
  readonly startedAt: number;
}

/** A directory (or a list of entries) on the way: on top of a stack of those that it lies in. */
export interface Frame {
  /** The path on disk; of a list only for messages. */
  readonly path: Bytes;
  readonly label: Bytes;
  /** What a list is made of; undefined for a directory that is listed. */
  readonly items: readonly ListedItem[] | undefined;
  /** Undefined until it is listed. */
  folder: Folder | undefined;
  known: KnownTree | undefined;
  selection: Selection;
  /** Waits for the parent's tree. */
  isWaiting: boolean;
  /** Undefined for the root and for a task's list. */
  readonly own: OwnNode | undefined;
  /** The task this is the whole of. */
  readonly task: { readonly ticket: Ticket; readonly kind: "root" | "items" } | undefined;
  /** The entry that is next. */
  next: number;
  /** Where the tree begins in the writer. */
  start: number;
  readonly holes: Hole[];
  /** Of a task's list: what came of each entry. */
  readonly pieces: Slot[];
  /** Entries that were given away and are not reached yet. */
  readonly given: Map<number, Slot>;
  /** Entries that may be given away, and where those begin that are given. */
  directoriesLeft: number;
  givenFrom: number;
}

/** What is left of a frame that only waits for its holes. */
export interface Unfinished {
  waits: number;
  /** Makes the node, or the result; the slot it belongs into, and the node. */
  complete(): { readonly slot: Slot; readonly bytes: Bytes } | undefined;
}

export function newFrame(what: Pick<Frame, "path" | "label" | "items" | "own" | "task">, selection: Selection, start: number): Frame {
  return {
    ...what,
    folder: undefined,
    known: undefined,
    selection,
    isWaiting: false,
    next: 0,
    start,
    holes: [],
    pieces: [],
    given: new Map(),
    directoriesLeft: 0,
    givenFrom: 0,
  };
}

export function filledSlot(bytes: Bytes): Slot {
  return { bytes, waiter: undefined };
}

export function emptySlot(): Slot {
  return { bytes: undefined, waiter: undefined };
}

/** Fills a slot and everything that was only waiting for it; directories may be nested deeper than calls can be. */
export function fill(slot: Slot, bytes: Bytes): void {
  let next: ReturnType<Unfinished["complete"]> = { slot, bytes };
  while (next !== undefined) {
    next.slot.bytes = next.bytes;
    const waiter: Unfinished | undefined = next.slot.waiter;
    if (waiter === undefined || --waiter.waits > 0) return;
    next = waiter.complete();
  }
}
