import type { World } from "../../base/world.ts";
import type { ObjectInfo, ObjectStore } from "../object-store.ts";
import { type Call, filesOf, wrapStore } from "./around.ts";
import { Lane } from "./lane.ts";
import { Pace } from "./pace.ts";

export interface Limits {
  /** Calls at once; the rest wait their turn. */
  readonly connections?: number | undefined;
  readonly uploadKib?: number | undefined;
  readonly downloadKib?: number | undefined;
}

/**
 * Bounds calls at once and bytes a second. Bandwidth is kept on average: an object goes at the line's speed, and the next one waits until
 * it is due. A pack is 16 MiB or so, so the average holds from the second minute on.
 */
export function withLimits(store: ObjectStore, limits: Limits, world: Pick<World, "clock">): ObjectStore {
  const connections = limits.connections ?? store.connections;
  const lane = new Lane(connections);
  const up = limits.uploadKib === undefined ? undefined : new Pace(limits.uploadKib * 1024, world.clock);
  const down = limits.downloadKib === undefined ? undefined : new Pace(limits.downloadKib * 1024, world.clock);

  const once = <T>(call: Call, next: () => Promise<T>): Promise<T> => lane.run(next, call.signal);

  const wrapped = wrapStore(store, { once, list: unlimited });
  return {
    ...wrapped,
    ...(down === undefined ? filesOf(store) : {}),
    connections,
    put: async (key, body, options) => {
      await up?.take(body.length, options?.signal);
      await wrapped.put(key, body, options);
    },
    get: async (key, options) => {
      if (down === undefined) return wrapped.get(key, options);
      if (options?.range !== undefined) {
        await down.take(options.range.length, options.signal);
        return wrapped.get(key, options);
      }
      await down.take(0, options?.signal);
      const body = await wrapped.get(key, options);
      down.charge(body.length);
      return body;
    },
  };
}

/** A list takes no place: its consumer may call the store between two items, and pages would wait behind packs. */
function unlimited(_call: Call, next: () => AsyncIterable<ObjectInfo>): AsyncIterable<ObjectInfo> {
  return next();
}
