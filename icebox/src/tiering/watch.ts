import type { Bucket } from "../state/bucket.ts";
import type { EventQueue } from "../state/event-queue.ts";
import type { StoredObject } from "../state/object.ts";
import { nextTier } from "./tiers.ts";
import type { AccessTier } from "./tiers.ts";

export type Sink = (bucket: Bucket, object: StoredObject, tier: AccessTier, at: number) => void;

/** Lets objects of INTELLIGENT_TIERING sink when their time has come. An access costs nothing here: a look that comes too early looks again. */
export class TierWatch {
  readonly #events: EventQueue;
  readonly #sink: Sink;
  /** When an object is looked at next, by id: one look ahead for each, never later than it may sink. */
  readonly #looks = new Map<string, number>();

  constructor(events: EventQueue, sink: Sink) {
    this.#events = events;
    this.#sink = sink;
  }

  /** Call it whenever an object, or what its bucket's configurations say of it, may sink sooner than before. */
  follow(bucket: Bucket, object: StoredObject, now: number): void {
    const next = nextTier(object, bucket.facts.tiering);
    if (next === undefined) return;
    const at = Math.max(next.at, now);
    if ((this.#looks.get(object.id) ?? Infinity) <= at) return;
    this.#looks.set(object.id, at);
    this.#events.push({ at, run: () => this.#look(bucket, object, at) });
  }

  forget(object: StoredObject): void {
    this.#looks.delete(object.id);
  }

  #look(bucket: Bucket, object: StoredObject, at: number): void {
    if (this.#looks.get(object.id) !== at) return;
    this.#looks.delete(object.id);
    const next = nextTier(object, bucket.facts.tiering);
    if (next !== undefined && next.at <= at) this.#sink(bucket, object, next.tier, at);
    this.follow(bucket, object, at);
  }
}
