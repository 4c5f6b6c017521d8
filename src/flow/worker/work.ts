import type { Bytes } from "../../base/bytes.ts";
import type { Event } from "../../base/event.ts";
import type { BlobId } from "../../base/id.ts";
import type { Clock } from "../../base/world.ts";
import type { MasterKey } from "../../kernel/master-key.ts";
import type { IndexView, PackSet } from "../../repo/index/index-view.ts";
import type { Smith } from "./smith.ts";

/** Names a task, or a question, and what comes back for it; unique in its thread. */
export type Ticket = number;

export type TreeAnswer = { readonly kind: "tree"; readonly bytes: Bytes } | { readonly kind: "failed"; readonly error: unknown };

/**
 * What a thread of a backup does. Synchronous; never waits by itself: whoever drives it looks for orders, for room in the store and for
 * the wish to stop between two units. Tasks, results and totals travel between threads, so they are plain data.
 */
export interface Work<Task, Result, Totals> {
  /** A task for this thread, to be answered with `forks.finish`. Others may be under way: one that waits for a join lets the next begin. */
  take(ticket: Ticket, task: Task): void;
  /** One unit, a few ms at most. False: nothing can go on until a task, a join or an answer comes. */
  step(): boolean;
  /** A task that was given away is done. Called between steps. */
  join(ticket: Ticket, result: Result): void;
  /** What `desk.askTree` asked for. Called between steps. */
  answer(ticket: Ticket, tree: TreeAnswer): void;
  /** What this thread has counted; asked once, at the end. */
  totals(): Totals;
}

/** What the work of a thread has at hand. */
export interface WorkTools<Task, Result> {
  readonly smith: Smith;
  readonly index: IndexView;
  /** The packs whose copies may be relied on; every pack when undefined. */
  readonly usable: PackSet | undefined;
  readonly key: MasterKey;
  readonly forks: Forks<Task, Result>;
  readonly desk: Desk;
  readonly clock: Pick<Clock, "monotonic">;
}

/** Fork and join between the threads of a backup. */
export interface Forks<Task, Result> {
  /** Some thread has nothing to do. Costs one load from memory; to be asked before each task that could be given away. */
  readonly wanted: boolean;
  /** Gives the task to an idle thread; undefined when there is none (any more), and the caller does it. */
  give(task: Task): Ticket | undefined;
  /** The result of a task that was taken. */
  finish(ticket: Ticket, result: Result): void;
}

/** What a thread may ask of the main thread, and tell it. */
export interface Desk {
  /** A tree this thread cannot read by itself: from the cache, the store, another copy. The answer comes by `Work.answer`. */
  askTree(id: BlobId): Ticket;
  /** For the listener; keeps its order. Gathered, so cheap, but `item-done` only when `items` is true. */
  emit(event: Event): void;
  /** A file is begun: for a progress line, some times a second. */
  current(label: Bytes): void;
  /** Files done, and bytes that need not be read: what the smith reads it counts itself. */
  advance(files: number, bytes: number): void;
  /** Whether somebody wants to hear of every item. */
  readonly items: boolean;
}
