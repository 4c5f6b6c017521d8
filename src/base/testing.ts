import { createCipheriv, createHash } from "node:crypto";
import type { Bytes } from "./bytes.ts";
import type { Clock, World } from "./world.ts";

/** A clock that tests move. `sleep` moves it itself (so waits take no time) unless it was made `manual`. */
export interface TestClock extends Clock {
  /** Moves the clock, waking sleepers and ringing alarms in the order they are due; lets their promises run in between. */
  advance(ms: number): Promise<void>;
  /** Moves the clock without waking anybody. */
  set(ms: number): void;
}

export interface TestWorld extends World {
  readonly clock: TestClock;
}

export interface TestWorldOptions {
  readonly now?: number;
  readonly seed?: string;
  /** `sleep` waits for `advance` instead of moving the clock. */
  readonly manual?: boolean;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly hostname?: string;
  readonly username?: string;
  readonly pid?: number;
  /** Seconds east of UTC, always. */
  readonly zone?: number;
  readonly isProcessAlive?: (pid: number) => boolean;
}

/** 2026-03-01T12:00:00Z, a Sunday. */
export const TEST_NOW = Date.UTC(2026, 2, 1, 12);

/** A World without a machine: clock and randomness are the test's. */
export function testWorld(options: TestWorldOptions = {}): TestWorld {
  return {
    clock: testClock(options.now ?? TEST_NOW, options.manual ?? false),
    random: seededRandom(options.seed ?? "firn"),
    env: options.env ?? {},
    hostname: options.hostname ?? "testhost",
    username: options.username ?? "tester",
    uid: 1000,
    gid: 1000,
    pid: options.pid ?? 4242,
    zone: options.zone ?? 0,
    zoneOffset: () => options.zone ?? 0,
    isProcessAlive: options.isProcessAlive ?? (() => true),
  };
}

/** A key stream: every byte string of a run differs, every run is the same. */
export function seededRandom(seed: string): (length: number) => Bytes {
  const key = createHash("sha256").update(seed).digest();
  const stream = createCipheriv("aes-256-ctr", key, Buffer.alloc(16));
  return (length) => stream.update(new Uint8Array(length));
}

interface Due {
  readonly at: number;
  readonly action: () => void;
}

function testClock(start: number, manual: boolean): TestClock {
  let now = start;
  const due = new Set<Due>();

  function schedule(ms: number, action: () => void): () => void {
    const entry = { at: now + ms, action };
    due.add(entry);
    return () => void due.delete(entry);
  }

  async function advance(ms: number): Promise<void> {
    const end = now + ms;
    for (;;) {
      const next = [...due].filter((entry) => entry.at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      due.delete(next);
      now = Math.max(now, next.at);
      next.action();
      // Whatever the sleeper does next may itself sleep before `end`: give its promises (and short I/O) a few turns.
      for (let turn = 0; turn < 20; turn++) await new Promise<void>((resolve) => void setImmediate(resolve));
    }
    now = Math.max(now, end);
  }

  function sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const cancel = schedule(ms, () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      });
      const onAbort = (): void => {
        cancel();
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  return {
    now: () => now,
    nowNs: () => BigInt(Math.round(now * 1000)) * 1000n,
    monotonic: () => now - start,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      if (manual) await sleep(ms, signal);
      else await advance(ms);
    },
    alarm: schedule,
    advance,
    set: (ms) => {
      now = ms;
    },
  };
}
