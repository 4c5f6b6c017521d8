import { randomUUID } from "node:crypto";
import { expiryOf, waitMs } from "./archive.ts";
import type { Waits } from "./archive.ts";
import { DAY_MS } from "./clock.ts";
import type { Clock } from "./clock.ts";
import { GIB } from "./ledger/bill.ts";
import type { Held, Ledger } from "./ledger/ledger.ts";
import type { RetrievalTier } from "./ledger/prices.ts";
import { dueFor, isDue } from "./lifecycle/due.ts";
import { noSuchUpload, S3Error } from "./s3-error.ts";
import { Bucket } from "./state/bucket.ts";
import type { BucketFacts } from "./state/bucket.ts";
import type { BytesStore } from "./state/bytes-store.ts";
import { EventQueue } from "./state/event-queue.ts";
import type { Journal } from "./state/journal.ts";
import type { StoredObject, StoredPart, Upload } from "./state/object.ts";

export interface AccountParts {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly journal: Journal;
  readonly bytes: BytesStore;
  readonly waits: Waits;
  readonly random: () => number;
  readonly extraClasses: ReadonlySet<string>;
}

/** Everything one owner has stored. All changes go through here, so that meters, memory on disk and future events stay in step. */
export class Account {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly bytes: BytesStore;
  readonly extraClasses: ReadonlySet<string>;
  readonly buckets = new Map<string, Bucket>();
  readonly #journal: Journal;
  readonly #waits: Waits;
  readonly #random: () => number;
  readonly #events = new EventQueue();
  #deadBytes: string[] = [];
  #lifecycleAt: number | undefined;

  constructor(parts: AccountParts) {
    this.clock = parts.clock;
    this.ledger = parts.ledger;
    this.bytes = parts.bytes;
    this.extraClasses = parts.extraClasses;
    this.#journal = parts.journal;
    this.#waits = parts.waits;
    this.#random = parts.random;
    this.#load();
  }

  /** Lets everything happen that was due until now. */
  catchUp(): number {
    const now = this.clock.now();
    this.#events.runUntil(now);
    return now;
  }

  /** Makes the last request's changes permanent. Bytes that nothing names any more go after that, never before. */
  commit(): void {
    this.#journal.flush();
    for (const id of this.#deadBytes) this.bytes.remove(id);
    this.#deadBytes = [];
  }

  newId(): string {
    return randomUUID();
  }

  bucket(name: string): Bucket {
    const bucket = this.buckets.get(name);
    if (bucket === undefined) throw new S3Error(404, "NoSuchBucket", "The specified bucket does not exist", { BucketName: name });
    return bucket;
  }

  createBucket(facts: BucketFacts): Bucket {
    const bucket = new Bucket(facts);
    this.buckets.set(facts.name, bucket);
    this.saveBucket(bucket);
    return bucket;
  }

  saveBucket(bucket: Bucket): void {
    this.#journal.mark("bucket", bucket.name, () => (this.buckets.has(bucket.name) ? bucket.facts : undefined));
    if (bucket.facts.lifecycle !== undefined) this.#scheduleLifecycle(this.clock.now());
  }

  deleteBucket(bucket: Bucket): void {
    this.buckets.delete(bucket.name);
    this.#journal.mark("bucket", bucket.name, () => undefined);
  }

  /** Stores an object, in place of what has its key. */
  putObject(bucket: Bucket, object: StoredObject, at: number): void {
    const before = bucket.objects.get(object.key);
    if (before !== undefined) this.#forget(before, at);
    bucket.objects.set(object.key, object);
    this.ledger.enter(held(object), at);
    this.#saveObject(bucket, object);
  }

  deleteObject(bucket: Bucket, key: string, at: number): void {
    const object = bucket.objects.get(key);
    if (object === undefined) return;
    this.#forget(object, at);
    bucket.objects.delete(key);
    this.#journal.mark("object", objectName(bucket, key), () => bucket.objects.get(key));
  }

  setTags(bucket: Bucket, object: StoredObject, tags: StoredObject["tags"], at: number): void {
    this.ledger.level("tags", "", tags.length - object.tags.length, at);
    object.tags = tags;
    this.#saveObject(bucket, object);
  }

  /** Begins a thaw, or speeds up the one that is under way: that is charged at the price of the faster tier. */
  startRestore(bucket: Bucket, object: StoredObject, request: { tier: RetrievalTier; days: number }, at: number): void {
    const gib = object.size / GIB;
    const slower = object.restore?.tier;
    if (slower !== undefined) this.ledger.count("restore-retrieval", object.storageClass, slower, -gib, at);
    this.ledger.count("restore-retrieval", object.storageClass, request.tier, gib, at);
    const readyAt = at + waitMs(object, request.tier, this.#waits, this.#random);
    object.restore = { ...request, requestedAt: at, readyAt, expiry: undefined };
    this.#saveObject(bucket, object);
    this.#followRestore(bucket, object);
  }

  /** Moves the end of a temporary copy. */
  extendRestore(bucket: Bucket, object: StoredObject, days: number, at: number): void {
    if (object.restore === undefined) return;
    object.restore = { ...object.restore, days, expiry: expiryOf(at, days) };
    this.#saveObject(bucket, object);
    this.#followRestore(bucket, object);
  }

  upload(bucket: Bucket, key: string, id: string): Upload {
    const upload = bucket.uploads.get(id);
    if (upload === undefined || upload.key !== key) throw noSuchUpload(id);
    return upload;
  }

  saveUpload(bucket: Bucket, upload: Upload): void {
    bucket.uploads.set(upload.id, upload);
    this.#journal.mark("upload", `${bucket.name}/${upload.id}`, () => {
      const current = bucket.uploads.get(upload.id);
      return current === undefined ? undefined : { ...current, parts: [...current.parts.values()] };
    });
  }

  putPart(bucket: Bucket, upload: Upload, part: StoredPart, at: number): void {
    const before = upload.parts.get(part.number);
    if (before !== undefined) this.#dropPart(upload, before, at);
    upload.parts.set(part.number, part);
    this.ledger.level("multipart-parts", stagedClass(upload.storageClass), part.size, at);
    this.saveUpload(bucket, upload);
  }

  /** Ends an upload, completed or not; its parts are no longer staged. */
  endUpload(bucket: Bucket, upload: Upload, at: number): void {
    for (const part of upload.parts.values()) this.#dropPart(upload, part, at);
    bucket.uploads.delete(upload.id);
    this.#journal.mark("upload", `${bucket.name}/${upload.id}`, () => undefined);
  }

  #dropPart(upload: Upload, part: StoredPart, at: number): void {
    this.ledger.level("multipart-parts", stagedClass(upload.storageClass), -part.size, at);
    this.#deadBytes.push(part.id);
  }

  #saveObject(bucket: Bucket, object: StoredObject): void {
    this.#journal.mark("object", objectName(bucket, object.key), () => bucket.objects.get(object.key));
  }

  #forget(object: StoredObject, at: number): void {
    this.ledger.leave(held(object), at);
    if (object.restore?.expiry !== undefined) this.ledger.level("temporary-copy", object.storageClass, -object.size, at);
    object.restore = undefined;
    this.#deadBytes.push(object.id);
  }

  /** Schedules what comes next for a thaw. An event whose restore was replaced meanwhile does nothing. */
  #followRestore(bucket: Bucket, object: StoredObject): void {
    const restore = object.restore;
    if (restore === undefined) return;
    if (restore.expiry === undefined) {
      this.#events.push({ at: restore.readyAt, run: () => this.#ripen(bucket, object, restore) });
    } else {
      this.#events.push({ at: restore.expiry, run: () => this.#refreeze(bucket, object, restore) });
    }
  }

  #ripen(bucket: Bucket, object: StoredObject, restore: StoredObject["restore"]): void {
    if (restore === undefined || object.restore !== restore) return;
    object.restore = { ...restore, expiry: expiryOf(restore.readyAt, restore.days) };
    this.ledger.level("temporary-copy", object.storageClass, object.size, restore.readyAt);
    this.#saveObject(bucket, object);
    this.#followRestore(bucket, object);
  }

  #refreeze(bucket: Bucket, object: StoredObject, restore: StoredObject["restore"]): void {
    if (restore?.expiry === undefined || object.restore !== restore) return;
    object.restore = undefined;
    this.ledger.level("temporary-copy", object.storageClass, -object.size, restore.expiry);
    this.#saveObject(bucket, object);
  }

  #scheduleLifecycle(now: number): void {
    const at = Math.floor(now / DAY_MS) * DAY_MS + DAY_MS;
    if (this.#lifecycleAt !== undefined && this.#lifecycleAt <= at) return;
    this.#lifecycleAt = at;
    this.#events.push({ at, run: () => this.#runLifecycle(at) });
  }

  #runLifecycle(midnight: number): void {
    this.#lifecycleAt = undefined;
    for (const bucket of this.buckets.values()) {
      if (bucket.facts.lifecycle === undefined) continue;
      this.#runRules(bucket, midnight);
      this.#scheduleLifecycle(midnight);
    }
  }

  #runRules(bucket: Bucket, midnight: number): void {
    const configuration = bucket.facts.lifecycle!;
    for (const object of bucket.objects.values()) {
      const due = dueFor(object, configuration, midnight);
      if (due?.kind === "expire") this.deleteObject(bucket, object.key, midnight);
      else if (due?.kind === "transition") this.#transition(bucket, object, due.storageClass, midnight);
    }
    for (const upload of bucket.uploads.values()) {
      const rules = configuration.rules.filter((rule) => rule.enabled && upload.key.startsWith(rule.prefix));
      const limits = rules.flatMap((rule) => (rule.abortUploadsAfterDays === undefined ? [] : [rule.abortUploadsAfterDays]));
      if (limits.some((days) => isDue({ days }, upload.initiated, midnight))) this.endUpload(bucket, upload, midnight);
    }
  }

  /** By rule: version, time and tags stay; only the class changes. A temporary copy of the old class ends. */
  #transition(bucket: Bucket, object: StoredObject, storageClass: string, at: number): void {
    this.ledger.leave(held(object), at);
    if (object.restore?.expiry !== undefined) this.ledger.level("temporary-copy", object.storageClass, -object.size, at);
    object.restore = undefined;
    object.storageClass = storageClass;
    object.entered = at;
    this.ledger.enter(held(object), at);
    this.ledger.count("lifecycle-transitions", storageClass, undefined, 1, at);
    this.#saveObject(bucket, object);
  }

  /** Takes back what the journal held. The ledger has its own documents, so nothing is metered here. */
  #load(): void {
    for (const [, facts] of this.#journal.loaded("bucket")) {
      const bucket = new Bucket(facts as BucketFacts);
      this.buckets.set(bucket.name, bucket);
    }
    for (const [name, value] of this.#journal.loaded("object")) {
      const bucket = this.buckets.get(name.slice(0, name.indexOf("/")));
      if (bucket === undefined) continue;
      const object = value as StoredObject;
      bucket.objects.set(object.key, object);
      this.#followRestore(bucket, object);
    }
    for (const [name, value] of this.#journal.loaded("upload")) {
      const saved = value as Omit<Upload, "parts"> & { parts: StoredPart[] };
      const parts = new Map(saved.parts.map((part) => [part.number, part]));
      this.buckets.get(name.slice(0, name.indexOf("/")))?.uploads.set(saved.id, { ...saved, parts });
    }
    const ids = new Set<string>();
    for (const bucket of this.buckets.values()) {
      if (bucket.facts.lifecycle !== undefined) this.#scheduleLifecycle(this.clock.now());
      for (const object of bucket.objects.values()) ids.add(object.id);
      for (const upload of bucket.uploads.values()) for (const part of upload.parts.values()) ids.add(part.id);
    }
    this.bytes.keepOnly?.(ids);
  }
}

/** Parts on their way into an archive class are billed as STANDARD until the upload is completed. */
export function stagedClass(storageClass: string): string {
  return storageClass === "GLACIER" || storageClass === "DEEP_ARCHIVE" ? "STANDARD" : storageClass;
}

function objectName(bucket: Bucket, key: string): string {
  return `${bucket.name}/${key}`;
}

function held(object: StoredObject): Held {
  return { storageClass: object.storageClass, size: object.size, entered: object.entered, tagCount: object.tags.length };
}
