import { expiryOf, waitMs } from "./archive.ts";
import type { Waits } from "./archive.ts";
import { GIB } from "./ledger/bill.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { RetrievalTier } from "./ledger/prices.ts";
import type { Bucket } from "./state/bucket.ts";
import type { EventQueue } from "./state/event-queue.ts";
import type { Restore, StoredObject } from "./state/object.ts";

interface ThawParts {
  readonly ledger: Ledger;
  readonly events: EventQueue;
  readonly waits: Waits;
  readonly random: () => number;
  save(bucket: Bucket, object: StoredObject): void;
  /** Somebody reached for an object of INTELLIGENT_TIERING. */
  touch(bucket: Bucket, object: StoredObject, at: number): void;
}

/** What comes of RestoreObject: the wait, then a copy that lasts for days, or an object that is back in its upper tier for good. */
export class Thaws {
  readonly #parts: ThawParts;

  constructor(parts: ThawParts) {
    this.#parts = parts;
  }

  /** Begins a thaw, or speeds up the one that is under way: that is charged at the price of the faster tier. */
  start(bucket: Bucket, object: StoredObject, request: { tier: RetrievalTier; days: number | undefined }, at: number): void {
    const { ledger, waits, random } = this.#parts;
    const gib = object.size / GIB;
    const slower = object.restore?.tier;
    if (slower !== undefined) ledger.count("restore-retrieval", object.storageClass, slower, -gib, at);
    ledger.count("restore-retrieval", object.storageClass, request.tier, gib, at);
    const readyAt = at + waitMs(object, request.tier, waits, random);
    object.restore = { ...request, requestedAt: at, readyAt, expiry: undefined };
    this.#parts.save(bucket, object);
    this.follow(bucket, object);
  }

  /** Moves the end of a temporary copy. */
  extend(bucket: Bucket, object: StoredObject, days: number, at: number): void {
    if (object.restore === undefined) return;
    object.restore = { ...object.restore, days, expiry: expiryOf(at, days) };
    this.#parts.save(bucket, object);
    this.follow(bucket, object);
  }

  /** The object goes, or goes elsewhere, and its copy with it. */
  end(object: StoredObject, at: number): void {
    if (object.restore?.expiry !== undefined) this.#parts.ledger.level("temporary-copy", object.storageClass, -object.size, at);
    object.restore = undefined;
  }

  /** Schedules what comes next. An event whose restore was replaced meanwhile does nothing. */
  follow(bucket: Bucket, object: StoredObject): void {
    const restore = object.restore;
    if (restore === undefined) return;
    const { events } = this.#parts;
    if (restore.expiry === undefined) events.push({ at: restore.readyAt, run: () => this.#ripen(bucket, object, restore) });
    else events.push({ at: restore.expiry, run: () => this.#refreeze(bucket, object, restore) });
  }

  #ripen(bucket: Bucket, object: StoredObject, restore: Restore): void {
    if (object.restore !== restore) return;
    if (restore.days === undefined) {
      object.restore = undefined;
      this.#parts.touch(bucket, object, restore.readyAt);
      return;
    }
    object.restore = { ...restore, expiry: expiryOf(restore.readyAt, restore.days) };
    this.#parts.ledger.level("temporary-copy", object.storageClass, object.size, restore.readyAt);
    this.#parts.save(bucket, object);
    this.follow(bucket, object);
  }

  #refreeze(bucket: Bucket, object: StoredObject, restore: Restore): void {
    if (object.restore !== restore || restore.expiry === undefined) return;
    this.end(object, restore.expiry);
    this.#parts.save(bucket, object);
  }
}
