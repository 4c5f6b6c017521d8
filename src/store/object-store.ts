import type { Bytes } from "../base/bytes.ts";

/**
 * A storage class as the server names it. STANDARD is what a server means when it says nothing. Unknown names are kept as
 * they are: LIST may show classes nobody has heard of, and they must not crash a plan.
 */
export type StorageClass = string;

export interface RestoreState {
  readonly ongoing: boolean;
  /** End of the temporary copy, ms since the epoch; undefined while ongoing. */
  readonly expiry: number | undefined;
}

export interface ObjectInfo {
  /** Path under the repository's root, for example `data/ab/abcd…`. */
  readonly key: string;
  readonly size: number;
  /** ms since the epoch. */
  readonly lastModified: number;
  readonly storageClass: StorageClass;
  /** Present only when a restore was asked for and the server says so. */
  readonly restore: RestoreState | undefined;
  readonly etag: string | undefined;
}

/** What HEAD says beyond LIST; needed to copy an object without changing how it is encrypted. */
export interface ObjectHead extends ObjectInfo {
  readonly encryption: Encryption;
}

export type Encryption =
  | { readonly kind: "default" }
  | { readonly kind: "aes256" }
  | {
      readonly kind: "kms";
      readonly dual: boolean;
      readonly keyId: string | undefined;
      readonly bucketKey: boolean;
      readonly context?: string;
    }
  | { readonly kind: "customer" };

export type RetrievalTier = "Expedited" | "Standard" | "Bulk";

/** What the server answered to a restore request. "already" = readable now, expiry moved; "ongoing" = an earlier request is still at work. */
export type RestoreAnswer = "accepted" | "already" | "ongoing";

export interface BucketFacts {
  /** "unknown" when the server does not say (not implemented or denied). */
  readonly versioning: "off" | "on" | "suspended" | "unknown";
  readonly objectLock: "off" | "on" | "unknown";
}

export interface StoreCapabilities {
  /** Objects have a storage class that copy can change. False for a local folder. */
  readonly storageClasses: boolean;
  /** LIST shows restore states. False: it may not, and HEAD must be asked; may become true when LIST has shown one. */
  readonly listsRestoreState: boolean;
  /** Overwriting an existing object is atomic. */
  readonly atomicReplace: boolean;
}

export interface PutOptions {
  readonly storageClass?: StorageClass | undefined;
  /** Fail with `already-exists` rather than overwrite. */
  readonly onlyIfAbsent?: boolean;
  /**
   * SHA-256 of the body, hex, from whoever knows it already. A store may send it along so that the server refuses bytes that were damaged
   * since (`truncated`), and need not compute it again.
   */
  readonly sha256?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface GetOptions {
  /** A range past the end is an error, never a short answer. */
  readonly range?: { readonly offset: number; readonly length: number };
  readonly signal?: AbortSignal | undefined;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /**
   * Called by the wrapper that retries before the call is sent once more, with what became of the attempt before, since every attempt may
   * be billed. Throwing stops it.
   */
  readonly onRetry?: ((failure: unknown) => void) | undefined;
}

export interface ListOptions extends CallOptions {
  /** Only the keys are of interest: where the rest has to be looked up file by file, size and time may be 0. */
  readonly namesOnly?: boolean | undefined;
}

/**
 * The one contract to the world outside. What an implementer owes:
 * - `put` is atomic (a reader sees the whole object or none) and durable when it resolves;
 * - read-after-write and list-after-write hold;
 * - an absent object is `undefined` from `head`, a StoreError `not-found` from `get`, and no error from `delete`;
 * - reading an archived object throws StoreError `archived`, never waits;
 * - errors are StoreErrors with a code, a hint and whether retrying helps; adapters do not retry, wrappers do;
 * - no secret appears in `location` or in any error.
 */
export interface ObjectStore {
  /** For messages: scheme, host, bucket, prefix; never credentials. */
  readonly location: string;
  readonly capabilities: StoreCapabilities;
  /** How many calls at once make sense. */
  readonly connections: number;

  put(key: string, body: Bytes, options?: PutOptions): Promise<void>;
  get(key: string, options?: GetOptions): Promise<Bytes>;
  head(key: string, options?: CallOptions): Promise<ObjectHead | undefined>;
  /** Every object whose key starts with `prefix`, in no promised order. Restore state is included where LIST can give it. */
  list(prefix: string, options?: ListOptions): AsyncIterable<ObjectInfo>;
  delete(key: string, options?: CallOptions): Promise<void>;
  /** Changes the class in place. `ifMatch` is the ETag the source must have (`changed` otherwise). Size, bytes and encryption stay. */
  changeClass(
    key: string,
    to: StorageClass,
    options: { readonly ifMatch?: string | undefined; readonly encryption: Encryption; readonly size: number } & CallOptions,
  ): Promise<void>;
  /** Asks for a temporary readable copy of an archived object. */
  restore(
    key: string,
    request: { readonly days: number; readonly tier: RetrievalTier | undefined },
    options?: CallOptions,
  ): Promise<RestoreAnswer>;
  bucketFacts(options?: CallOptions): Promise<BucketFacts>;
  /**
   * The file that holds an object, where one may read it without asking the store: a thread that does saves the bytes a journey. Whoever
   * finds anything odd there asks `get`, which tries again and knows what to say. At most `connections` readers at once; absent where each
   * read has to be seen (limits, charges, faults), which is why `wrapStore` does not pass it on.
   */
  readonly fileOf?: (key: string) => string;
  /** Makes the container (folder, bucket) when it does not exist; for `init` only. */
  create(options?: CallOptions): Promise<void>;
  close(): Promise<void>;
}
