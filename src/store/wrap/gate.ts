import type { ObjectStore } from "../object-store.ts";
import { type CallKind, filesOf, wrapStore } from "./around.ts";

const CHANGES: ReadonlySet<CallKind> = new Set(["put", "delete", "changeClass", "restore"]);

/** A store in which nothing is changed, but for keys that `isFree` names, before what `until` gives has resolved; it rejects what waits. */
export function withGate(store: ObjectStore, until: () => Promise<void> | undefined, isFree: (key: string) => boolean): ObjectStore {
  const wrapped = wrapStore(store, {
    once: async (call, next) => {
      if (CHANGES.has(call.kind) && !isFree(call.key)) await until();
      return next();
    },
    list: (_call, next) => next(),
  });
  return { ...wrapped, ...filesOf(store) };
}
