import { randomUUID } from "node:crypto";
import type { Waits } from "./archive.ts";
import { DAY_MS } from "./clock.ts";
import type { Clock } from "./clock.ts";
import type { Held, Ledger } from "./ledger/ledger.ts";
import { runRules } from "./lifecycle/run.ts";
import { noSuchUpload, S3Error } from "./s3-error.ts";
import { Bucket } from "./state/bucket.ts";
import type { BucketFacts } from "./state/bucket.ts";
import type { BytesStore } from "./state/bytes-store.ts";
import { EventQueue } from "./state/event-queue.ts";
import type { Journal } from "./state/journal.ts";
import { isMarker } from "./state/object.ts";
import type { DeleteMarker, StoredObject, StoredPart, Upload, Version } from "./state/object.ts";
import { allVersions, livingBytes, reload } from "./state/reload.ts";
import { Thaws } from "./thaws.ts";
import type { AccessTier } from "./tiering/tiers.ts";
import { TierWatch } from "./tiering/watch.ts";

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
  readonly #events = new EventQueue();
  readonly thaws: Thaws;
  readonly #tiers = new TierWatch(this.#events, (...sinking) => this.#setTier(...sinking));
  #deadBytes: string[] = [];
  #lifecycleAt: number | undefined;
  #order: number;

  constructor(parts: AccountParts) {
    this.clock = parts.clock;
    this.ledger = parts.ledger;
    this.bytes = parts.bytes;
    this.extraClasses = parts.extraClasses;
    this.#journal = parts.journal;
    this.thaws = new Thaws({
      ledger: this.ledger,
      events: this.#events,
      waits: parts.waits,
      random: parts.random,
      save: (bucket, object) => this.#saveVersion(bucket, object),
      touch: (bucket, object, at) => this.touch(bucket, object, at),
    });
    this.#order = reload(parts.journal, this.buckets);
    this.#goOn();
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

  newOrder(): number {
    return ++this.#order;
  }

  newVersionId(bucket: Bucket): string {
    return bucket.facts.versioning === "Enabled" ? this.newId().replaceAll("-", "") : "null";
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

  /** After a change of what INTELLIGENT_TIERING is told in this bucket. */
  retier(bucket: Bucket): void {
    for (const version of allVersions(bucket)) if (!isMarker(version)) this.#tiers.follow(bucket, version, this.clock.now());
  }

  deleteBucket(bucket: Bucket): void {
    this.buckets.delete(bucket.name);
    this.#journal.mark("bucket", bucket.name, () => undefined);
  }

  /** Stores an object as its key's current version: in place of what was there, or on top of it in a versioned bucket. */
  putObject(bucket: Bucket, object: StoredObject, at: number): void {
    this.#putOnTop(bucket, object, at);
    this.ledger.enter(held(object), at);
    this.#tiers.follow(bucket, object, at);
  }

  /** What DELETE of a key means: the object goes, or a delete marker hides it. The marker, if one was made. */
  deleteObject(bucket: Bucket, key: string, at: number): DeleteMarker | undefined {
    if (bucket.facts.versioning === undefined) {
      const object = bucket.objects.get(key);
      if (object !== undefined) this.removeVersion(bucket, object, at);
      return undefined;
    }
    const versionId = this.newVersionId(bucket);
    const lastModified = Math.floor(at / 1000) * 1000;
    const marker: DeleteMarker = { deleteMarker: true, key, versionId, order: this.newOrder(), lastModified, noncurrentSince: undefined };
    this.#putOnTop(bucket, marker, at);
    this.#weighMarker(marker, 1, at);
    return marker;
  }

  /** For good. The version beneath a current one becomes current again. */
  removeVersion(bucket: Bucket, version: Version, at: number): void {
    const rest = bucket.versions(version.key).filter((other) => other !== version);
    this.#unweigh(version, at);
    if (rest[0] !== undefined) rest[0].noncurrentSince = undefined;
    bucket.setVersions(version.key, rest);
    for (const changed of [version, ...rest.slice(0, 1)]) this.#saveVersion(bucket, changed);
  }

  /** A version that has no id of its own takes the place of the last such, wherever that lay. */
  #putOnTop(bucket: Bucket, version: Version, at: number): void {
    const replaced = version.versionId === "null" ? bucket.version(version.key, "null") : undefined;
    const rest = bucket.versions(version.key).filter((other) => other !== replaced);
    if (replaced !== undefined) this.#unweigh(replaced, at);
    if (rest[0] !== undefined) rest[0].noncurrentSince ??= at;
    bucket.setVersions(version.key, [version, ...rest]);
    for (const changed of [version, ...rest.slice(0, 1)]) this.#saveVersion(bucket, changed);
  }

  #unweigh(version: Version, at: number): void {
    if (isMarker(version)) this.#weighMarker(version, -1, at);
    else this.#forget(version, at);
  }

  /** AWS bills a delete marker as so many bytes of STANDARD as its key has. */
  #weighMarker(marker: DeleteMarker, sign: 1 | -1, at: number): void {
    this.ledger.level("storage", "STANDARD", sign * Buffer.byteLength(marker.key), at);
  }

  setTags(bucket: Bucket, object: StoredObject, tags: StoredObject["tags"], at: number): void {
    this.ledger.level("tags", "", tags.length - object.tags.length, at);
    object.tags = tags;
    this.#saveVersion(bucket, object);
    this.#tiers.follow(bucket, object, at);
  }

  /** Sets what Object Lock says of a version. */
  lock(bucket: Bucket, object: StoredObject, change: Partial<Pick<StoredObject, "retention" | "legalHold">>): void {
    Object.assign(object, change);
    this.#saveVersion(bucket, object);
  }

  /** Somebody read or copied it: INTELLIGENT_TIERING takes it back to FREQUENT and counts from here. Nothing else cares. */
  touch(bucket: Bucket, object: StoredObject, at: number): void {
    if (object.accessTier === undefined) return;
    object.lastAccess = at;
    this.#setTier(bucket, object, "FREQUENT", at);
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

  /** The current object is one document, every other version one more. */
  #saveVersion(bucket: Bucket, version: Version): void {
    const { key, versionId } = version;
    this.#journal.mark("object", `${bucket.name}/${key}`, () => bucket.objects.get(key));
    if (bucket.facts.versioning === undefined) return;
    const find = () => bucket.others.get(key)?.find((other) => other.versionId === versionId);
    this.#journal.mark("version", `${bucket.name}/${versionId}/${key}`, find);
  }

  #forget(object: StoredObject, at: number): void {
    this.ledger.leave(held(object), at);
    this.thaws.end(object, at);
    this.#tiers.forget(object);
    this.#deadBytes.push(object.id);
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
      runRules(this, bucket, bucket.facts.lifecycle, midnight);
      this.#scheduleLifecycle(midnight);
    }
  }

  /** By rule: version, time and tags stay; only the class changes. A temporary copy of the old class ends. */
  transition(bucket: Bucket, object: StoredObject, storageClass: string, at: number): void {
    this.ledger.leave(held(object), at);
    this.thaws.end(object, at);
    object.storageClass = storageClass;
    object.entered = at;
    object.accessTier = storageClass === "INTELLIGENT_TIERING" ? "FREQUENT" : undefined;
    object.lastAccess = at;
    this.ledger.enter(held(object), at);
    this.#tiers.follow(bucket, object, at);
    this.ledger.count("lifecycle-transitions", storageClass, undefined, 1, at);
    this.#saveVersion(bucket, object);
  }

  #setTier(bucket: Bucket, object: StoredObject, tier: AccessTier, at: number): void {
    if (object.accessTier !== tier) this.ledger.changeTier(held(object), tier, at);
    object.accessTier = tier;
    this.#saveVersion(bucket, object);
    this.#tiers.follow(bucket, object, at);
  }

  /** Schedules what was going on in all that was loaded, and lets go of bytes nothing names. */
  #goOn(): void {
    for (const bucket of this.buckets.values()) {
      if (bucket.facts.lifecycle !== undefined) this.#scheduleLifecycle(this.clock.now());
      for (const version of allVersions(bucket)) if (!isMarker(version)) this.thaws.follow(bucket, version);
      this.retier(bucket);
    }
    this.bytes.keepOnly?.(livingBytes(this.buckets.values()));
  }
}

/** Parts on their way into an archive class are billed as STANDARD until the upload is completed. */
export function stagedClass(storageClass: string): string {
  return storageClass === "GLACIER" || storageClass === "DEEP_ARCHIVE" ? "STANDARD" : storageClass;
}

function held(object: StoredObject): Held {
  const { storageClass, size, entered, accessTier } = object;
  return { storageClass, size, entered, accessTier, tagCount: object.tags.length };
}
