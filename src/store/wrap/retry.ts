import { type Bytes, equalBytes } from "../../base/bytes.ts";
import { FirnError } from "../../base/error.ts";
import { RETRY_CEILING_MS, RETRY_FIRST_CONTACT_MS, RETRY_FIRST_MS, RETRY_TOTAL_MS } from "../../base/limits.ts";
import type { World } from "../../base/world.ts";
import type { ObjectInfo, ObjectStore } from "../object-store.ts";
import { isStoreError } from "../store-error.ts";
import { type Call, type CallKind, filesOf, wrapStore } from "./around.ts";

export interface Retrying {
  readonly kind: CallKind;
  readonly key: string;
  /** 1 for the first repetition. */
  readonly attempt: number;
  readonly delayMs: number;
  readonly error: FirnError;
}

export interface RetryOptions {
  /** Told before each wait. */
  readonly onRetry?: ((retrying: Retrying) => void) | undefined;
}

/**
 * Repeats what may succeed when it is repeated: exponential waits with full jitter, RETRY_TOTAL_MS in all. Every attempt of `restore` and
 * `changeClass` may be billed, so the caller's `onRetry` is asked before each one and may throw to stop.
 */
export function withRetry(store: ObjectStore, world: Pick<World, "clock" | "random">, options: RetryOptions = {}): ObjectStore {
  let answered = false;

  async function pause(call: Call, error: unknown, attempt: number, started: number): Promise<void> {
    call.signal?.throwIfAborted();
    if (!(error instanceof FirnError) || !error.retryable) throw error;
    const delayMs = delayOf(attempt, fraction(world));
    const patience = answered ? RETRY_TOTAL_MS : RETRY_FIRST_CONTACT_MS;
    if (world.clock.monotonic() - started + delayMs > patience) throw error;
    options.onRetry?.({ kind: call.kind, key: call.key, attempt, delayMs, error });
    await world.clock.sleep(delayMs, call.signal);
    call.onRetry?.(error);
  }

  async function once<T>(call: Call, next: () => Promise<T>): Promise<T> {
    const started = world.clock.monotonic();
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await next();
        answered = true;
        return answer;
      } catch (error) {
        await pause(call, error, attempt, started);
      }
    }
  }

  /** A list that breaks is started anew, and what was already given out is passed over. */
  async function* list(call: Call, next: () => AsyncIterable<ObjectInfo>): AsyncGenerator<ObjectInfo> {
    const given = new Set<string>();
    let started = world.clock.monotonic();
    for (let attempt = 1; ; attempt++) {
      const before = given.size;
      try {
        for await (const item of next()) {
          if (given.has(item.key)) continue;
          given.add(item.key);
          yield item;
        }
        answered = true;
        return;
      } catch (error) {
        if (given.size > before) [attempt, started] = [1, world.clock.monotonic()];
        await pause(call, error, attempt, started);
      }
    }
  }

  const wrapped = wrapStore(store, { once, list });
  return {
    ...wrapped,
    ...filesOf(store),
    put: (key, body, put = {}) => {
      if (put.onlyIfAbsent !== true) return wrapped.put(key, body, put);
      let attempts = 0;
      return once({ kind: "put", key, signal: put.signal, onRetry: undefined }, async () => {
        attempts++;
        await store.put(key, body, put).catch((error: unknown) => ours(store, key, body, attempts, error));
      });
    },
  };
}

/** A first attempt may have been stored although its answer was lost; then the object is there, and it is ours if its bytes are. */
async function ours(store: ObjectStore, key: string, body: Bytes, attempts: number, error: unknown): Promise<void> {
  if (attempts === 1 || !isStoreError(error, "already-exists")) throw error;
  if (!equalBytes(await store.get(key), body)) throw error;
}

/** Full jitter: anywhere between nothing and the exponential bound, so that many clients do not come back at once. */
export function delayOf(attempt: number, random: number): number {
  return random * Math.min(RETRY_CEILING_MS, RETRY_FIRST_MS * 2 ** (attempt - 1));
}

function fraction(world: Pick<World, "random">): number {
  const [a = 0, b = 0, c = 0] = world.random(3);
  return (a * 65_536 + b * 256 + c) / 0x1000000;
}
