import type { Bytes } from "../base/bytes.ts";
import { MS_PER_DAY, MS_PER_HOUR } from "../base/time.ts";
import type { Clock } from "../base/world.ts";
import { needsThaw } from "./class-names.ts";
import type {
  BucketFacts,
  Encryption,
  ObjectHead,
  ObjectInfo,
  ObjectStore,
  PutOptions,
  RestoreAnswer,
  RetrievalTier,
} from "./object-store.ts";
import { rangeOf } from "./range.ts";
import { StoreError } from "./store-error.ts";

export interface MemoryStoreOptions {
  readonly clock: Pick<Clock, "now">;
  readonly facts?: BucketFacts;
  /** How long a thaw takes, by tier. */
  readonly thawMs?: (tier: RetrievalTier, storageClass: string) => number;
  /** False makes it behave like a folder: everything is STANDARD and cannot be moved. */
  readonly storageClasses?: boolean;
}

interface Thaw {
  readonly readyAt: number;
  readonly until: number;
}

interface Stored {
  readonly body: Bytes;
  readonly lastModified: number;
  readonly storageClass: string;
  readonly etag: string;
  readonly encryption: Encryption;
  readonly thaw: Thaw | undefined;
}

/** A store for tests. Objects live in `objects`, which a test may look into and damage. */
export interface MemoryStore extends ObjectStore {
  readonly objects: Map<string, Stored>;
}

export function memoryStore(options: MemoryStoreOptions): MemoryStore {
  const { clock } = options;
  const objects = new Map<string, Stored>();
  const withClasses = options.storageClasses ?? true;
  const thawMs = options.thawMs ?? usualWait;
  let writes = 0;

  function found(key: string): Stored {
    const object = objects.get(key);
    if (object === undefined) throw new StoreError({ code: "not-found", message: `memory:${key} does not exist`, key });
    return object;
  }

  function readable(key: string): Stored {
    const object = found(key);
    if (needsThaw(object.storageClass) && restoreState(object, clock.now())?.ongoing !== false) {
      throw new StoreError({ code: "archived", message: `memory:${key} is archived (${object.storageClass})`, key });
    }
    return object;
  }

  function write(key: string, stored: Omit<Stored, "etag" | "lastModified">): void {
    objects.set(key, { ...stored, etag: `"m${++writes}"`, lastModified: Math.floor(clock.now() / 1000) * 1000 });
  }

  const info = (key: string, object: Stored): ObjectInfo => ({
    key,
    size: object.body.length,
    lastModified: object.lastModified,
    storageClass: object.storageClass,
    restore: restoreState(object, clock.now()),
    etag: object.etag,
  });

  return {
    objects,
    location: "memory:",
    capabilities: { storageClasses: withClasses, listsRestoreState: true, atomicReplace: true },
    connections: 4,
    async put(key: string, body: Bytes, put: PutOptions = {}) {
      put.signal?.throwIfAborted();
      if (put.onlyIfAbsent === true && objects.has(key)) {
        throw new StoreError({ code: "already-exists", message: `memory:${key} exists already`, key });
      }
      const storageClass = withClasses ? (put.storageClass ?? "STANDARD") : "STANDARD";
      write(key, { body: Uint8Array.from(body), storageClass, encryption: { kind: "default" }, thaw: undefined });
    },
    async get(key, get = {}) {
      get.signal?.throwIfAborted();
      const { body } = readable(key);
      const { start, end } = rangeOf(get.range, body.length, `memory:${key}`, key);
      return body.slice(start, end);
    },
    async head(key): Promise<ObjectHead | undefined> {
      const object = objects.get(key);
      return object === undefined ? undefined : { ...info(key, object), encryption: object.encryption };
    },
    async *list(prefix, call = {}) {
      for (const [key, object] of [...objects].sort(([a], [b]) => (a < b ? -1 : 1))) {
        call.signal?.throwIfAborted();
        if (key.startsWith(prefix)) yield info(key, object);
      }
    },
    async delete(key) {
      objects.delete(key);
    },
    async changeClass(key, to, change) {
      if (!withClasses) throw new StoreError({ code: "unsupported", message: "this store has no storage classes", key });
      const object = readable(key);
      if (change.encryption.kind === "customer") throw new StoreError({ code: "unsupported", message: `memory:${key} uses SSE-C`, key });
      if (change.ifMatch !== undefined && change.ifMatch !== object.etag) {
        throw new StoreError({ code: "changed", message: `memory:${key} has changed since it was listed`, key });
      }
      write(key, { body: object.body, storageClass: to, encryption: change.encryption, thaw: undefined });
    },
    async restore(key, request): Promise<RestoreAnswer> {
      const object = found(key);
      if (!needsThaw(object.storageClass)) {
        throw new StoreError({ code: "not-archived", message: `memory:${key} is not archived (${object.storageClass})`, key });
      }
      const now = clock.now();
      const state = restoreState(object, now);
      if (state?.ongoing === true) return "ongoing";
      const readyAt = state === undefined ? now + thawMs(request.tier ?? "Standard", object.storageClass) : now;
      objects.set(key, { ...object, thaw: { readyAt, until: nextMidnight(readyAt + request.days * MS_PER_DAY) } });
      return state === undefined ? "accepted" : "already";
    },
    bucketFacts: async () => options.facts ?? { versioning: "off", objectLock: "off" },
    create: async () => undefined,
    close: async () => undefined,
  };
}

function restoreState(object: Stored, now: number): ObjectInfo["restore"] {
  const { thaw } = object;
  if (thaw === undefined || now >= thaw.until) return undefined;
  return now < thaw.readyAt ? { ongoing: true, expiry: undefined } : { ongoing: false, expiry: thaw.until };
}

/** A temporary copy lives to the next midnight UTC, as on S3. */
function nextMidnight(ms: number): number {
  return Math.ceil(ms / MS_PER_DAY) * MS_PER_DAY;
}

function usualWait(tier: RetrievalTier, storageClass: string): number {
  if (storageClass === "DEEP_ARCHIVE") return (tier === "Bulk" ? 48 : 12) * MS_PER_HOUR;
  return { Expedited: MS_PER_HOUR / 12, Standard: 5 * MS_PER_HOUR, Bulk: 12 * MS_PER_HOUR }[tier];
}
