import type { Clock } from "../../base/world.ts";
import type { ObjectInfo, ObjectStore, StorageClass } from "../object-store.ts";
import { type Call, type CallKind, wrapStore } from "./around.ts";

/** One attempt at a call, as a bill sees it. */
export interface Attempt {
  /** `read`: bytes of a get whose request was told of before, when nobody knew how many they would be. */
  readonly kind: CallKind | "read";
  /** Where the object lies or goes; STANDARD unless a list said otherwise. */
  readonly storageClass: StorageClass;
  /** Body sent, bytes read, or the size of what is deleted. */
  readonly bytes: number;
  /** Of the object, where a list said. */
  readonly ageMs: number;
}

/** Told of an attempt before it is made. Throwing stops it. */
export type Charge = (attempt: Attempt) => void;

/**
 * Tells `charge` of every attempt, so it belongs beneath the retries. What a list shows of objects outside STANDARD is remembered: reading
 * and deleting them is what costs. `written` is the class that the store gives to what is put without one.
 */
export function withCharges(inner: ObjectStore, clock: Clock, charge: Charge, written: StorageClass = "STANDARD"): ObjectStore {
  const known = new Map<string, ObjectInfo>();

  function attempt(kind: CallKind, key: string, bytes?: number): Attempt {
    const info = known.get(key);
    const ageMs = info === undefined ? Infinity : clock.now() - info.lastModified;
    return { kind, storageClass: info?.storageClass ?? "STANDARD", bytes: bytes ?? info?.size ?? 0, ageMs };
  }

  function once<T>(call: Call, next: () => Promise<T>): Promise<T> {
    // These know more about themselves below.
    if (call.kind !== "put" && call.kind !== "get" && call.kind !== "changeClass") charge(attempt(call.kind, call.key));
    return next();
  }

  async function* list(_call: Call, next: () => AsyncIterable<ObjectInfo>): AsyncGenerator<ObjectInfo> {
    const page = (): void => charge({ kind: "list", storageClass: "STANDARD", bytes: 0, ageMs: 0 });
    page();
    let seen = 0;
    for await (const item of next()) {
      if (seen > 0 && seen % PAGE === 0) page();
      seen++;
      if (item.storageClass === "STANDARD") known.delete(item.key);
      else known.set(item.key, item);
      yield item;
    }
  }

  const wrapped = wrapStore(inner, { once, list });
  return {
    ...wrapped,
    put: async (key, body, options) => {
      const storageClass = options?.storageClass ?? written;
      charge({ kind: "put", storageClass, bytes: body.length, ageMs: 0 });
      await wrapped.put(key, body, options);
    },
    get: async (key, options) => {
      const length = options?.range?.length ?? known.get(key)?.size;
      charge(attempt("get", key, length ?? 0));
      const body = await wrapped.get(key, options);
      // Only now is it known how much it was; the request itself is paid.
      if (length === undefined) charge({ ...attempt("get", key, body.length), kind: "read" });
      return body;
    },
    changeClass: async (key, to, options) => {
      charge({ ...attempt("changeClass", key, options.size), storageClass: to });
      await wrapped.changeClass(key, to, options);
    },
  };
}

/** Objects to a LIST request, as servers page them. */
const PAGE = 1000;
