import { createHash } from "node:crypto";
import type { ObjectInfo, ObjectStore } from "../object-store.ts";
import { StoreError, type StoreErrorCode } from "../store-error.ts";
import { type Call, type CallKind, wrapStore } from "./around.ts";

export interface FaultRule {
  /** Calls it may hit; all when absent. */
  readonly kinds?: readonly CallKind[];
  readonly keyPrefix?: string;
  readonly code: StoreErrorCode;
  /** `before`: nothing happens. `after`: the call is carried out and its answer lost. Lists break half way with `after`. */
  readonly when: "before" | "after";
  readonly probability: number;
  /** Ends after so many hits. */
  readonly count?: number;
}

export interface Faulty {
  readonly store: ObjectStore;
  /** Calls hit so far, in order. */
  readonly hits: readonly string[];
  /** From now on nothing fails. */
  readonly calm: () => void;
}

/** A list that breaks does so after so many items at most. */
const LIST_BREAKS_WITHIN = 20;

/** A store that fails on purpose, the same way for the same seed and the same order of calls. */
export function withFaults(inner: ObjectStore, seed: string, rules: readonly FaultRule[]): Faulty {
  const hits: string[] = [];
  const left = new Map(rules.map((rule) => [rule, rule.count ?? Infinity]));
  let calls = 0;
  let calm = false;

  function draw(call: Call, when: FaultRule["when"]): void {
    for (const [i, rule] of rules.entries()) {
      if (rule.when !== when || calm || (left.get(rule) ?? 0) <= 0) continue;
      if (rule.kinds?.includes(call.kind) === false || !call.key.startsWith(rule.keyPrefix ?? "")) continue;
      if (chance(`${seed}:${i}:${calls++}`) >= rule.probability) continue;
      left.set(rule, (left.get(rule) ?? 0) - 1);
      hits.push(`${rule.code} ${when} ${call.kind} ${call.key}`);
      throw new StoreError({ code: rule.code, message: `${call.kind} ${call.key}: a fault was asked for`, key: call.key });
    }
  }

  async function once<T>(call: Call, next: () => Promise<T>): Promise<T> {
    draw(call, "before");
    const answer = await next();
    draw(call, "after");
    return answer;
  }

  async function* list(call: Call, next: () => AsyncIterable<ObjectInfo>): AsyncGenerator<ObjectInfo> {
    draw(call, "before");
    const breaks = attempt(() => draw(call, "after"));
    let left = breaks === undefined ? Infinity : 1 + Math.floor(chance(`${seed}:list:${calls}`) * LIST_BREAKS_WITHIN);
    for await (const item of next()) {
      yield item;
      if (--left === 0) throw breaks;
    }
    if (breaks !== undefined) throw breaks;
  }

  return { store: wrapStore(inner, { once, list }), hits, calm: () => void (calm = true) };
}

function attempt(action: () => void): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** A number in [0, 1) that a text always gives. */
function chance(text: string): number {
  return createHash("sha256").update(text).digest().readUInt32BE(0) / 2 ** 32;
}
