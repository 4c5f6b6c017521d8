import type { ObjectInfo, ObjectStore, StorageClass } from "../object-store.ts";
import { type Call, type CallKind, wrapStore } from "./around.ts";

/** What went over the wire: attempts, not successes, because attempts are what is billed. */
export interface Counts {
  readonly requests: Readonly<Partial<Record<CallKind, number>>>;
  /** Writes and class changes by the class they went to. */
  readonly writesByClass: Readonly<Record<StorageClass, number>>;
  /** Restore requests by tier ("default" when none was named). */
  readonly restoresByTier: Readonly<Record<string, number>>;
  readonly failures: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly objectsListed: number;
}

export interface Metered {
  readonly store: ObjectStore;
  /** A snapshot of the counts so far. */
  readonly counts: () => Counts;
}

/** Counts calls beneath the retries. A list counts one request per thousand objects, as servers page them. */
export function withMeter(inner: ObjectStore): Metered {
  const requests: Partial<Record<CallKind, number>> = {};
  const writesByClass: Record<StorageClass, number> = {};
  const restoresByTier: Record<string, number> = {};
  let [failures, bytesUp, bytesDown, objectsListed] = [0, 0, 0, 0];

  async function once<T>(call: Call, next: () => Promise<T>): Promise<T> {
    add(requests, call.kind);
    try {
      return await next();
    } catch (error) {
      failures++;
      throw error;
    }
  }

  async function* list(_call: Call, next: () => AsyncIterable<ObjectInfo>): AsyncGenerator<ObjectInfo> {
    add(requests, "list");
    let seen = 0;
    try {
      for await (const item of next()) {
        if (seen > 0 && seen % 1000 === 0) add(requests, "list");
        seen++;
        objectsListed++;
        yield item;
      }
    } catch (error) {
      failures++;
      throw error;
    }
  }

  const wrapped = wrapStore(inner, { once, list });
  return {
    counts: () => ({
      requests: { ...requests },
      writesByClass: { ...writesByClass },
      restoresByTier: { ...restoresByTier },
      failures,
      bytesUp,
      bytesDown,
      objectsListed,
    }),
    store: {
      ...wrapped,
      put: (key, body, options) => {
        bytesUp += body.length;
        add(writesByClass, options?.storageClass ?? "STANDARD");
        return wrapped.put(key, body, options);
      },
      get: async (key, options) => {
        const body = await wrapped.get(key, options);
        bytesDown += body.length;
        return body;
      },
      changeClass: (key, to, options) => {
        add(writesByClass, to);
        return wrapped.changeClass(key, to, options);
      },
      restore: (key, request, options) => {
        add(restoresByTier, request.tier ?? "default");
        return wrapped.restore(key, request, options);
      },
    },
  };
}

function add<K extends string>(to: Partial<Record<K, number>>, name: K, by = 1): void {
  to[name] = (to[name] ?? 0) + by;
}
