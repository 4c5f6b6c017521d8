import type { ObjectInfo, ObjectStore } from "../object-store.ts";

export type CallKind = "put" | "get" | "head" | "list" | "delete" | "changeClass" | "restore" | "bucketFacts" | "create";

/** One call on its way to the store. */
export interface Call {
  readonly kind: CallKind;
  /** The key, or the prefix of a list; empty for calls about the whole store. */
  readonly key: string;
  readonly signal: AbortSignal | undefined;
  /** Called before the call is sent once more; see CallOptions. */
  readonly onRetry: ((failure: unknown) => void) | undefined;
}

export interface Around {
  /** Wraps every call that answers once. `next` may be called any number of times. */
  once<T>(call: Call, next: () => Promise<T>): Promise<T>;
  /** Wraps a list. `next` starts it anew each time. */
  list(call: Call, next: () => AsyncIterable<ObjectInfo>): AsyncIterable<ObjectInfo>;
}

/** A store whose calls all pass through `around`; what it promises stays what `store` promises. */
export function wrapStore(store: ObjectStore, around: Around): ObjectStore {
  return {
    location: store.location,
    capabilities: store.capabilities,
    connections: store.connections,
    put: (key, body, options) => around.once(about("put", key, options), () => store.put(key, body, options)),
    get: (key, options) => around.once(about("get", key, options), () => store.get(key, options)),
    head: (key, options) => around.once(about("head", key, options), () => store.head(key, options)),
    list: (prefix, options) => around.list(about("list", prefix, options), () => store.list(prefix, options)),
    delete: (key, options) => around.once(about("delete", key, options), () => store.delete(key, options)),
    changeClass: (key, to, options) => around.once(about("changeClass", key, options), () => store.changeClass(key, to, options)),
    restore: (key, request, options) => around.once(about("restore", key, options), () => store.restore(key, request, options)),
    bucketFacts: (options) => around.once(about("bucketFacts", "", options), () => store.bucketFacts(options)),
    create: (options) => around.once(about("create", "", options), () => store.create(options)),
    close: () => store.close(),
  };
}

/** For a wrapper that reads of files need not pass through. */
export function filesOf(store: ObjectStore): Pick<ObjectStore, "fileOf"> {
  return store.fileOf === undefined ? {} : { fileOf: store.fileOf };
}

interface Asked {
  readonly signal?: AbortSignal | undefined;
  readonly onRetry?: ((failure: unknown) => void) | undefined;
}

function about(kind: CallKind, key: string, { signal, onRetry }: Asked = {}): Call {
  return { kind, key, signal, onRetry };
}
