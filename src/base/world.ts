import type { Bytes } from "./bytes.ts";
import type { Zone } from "./zone.ts";

/** Time as an argument: tests and the demo move it, the program runs on the wall clock. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Nanoseconds since the epoch. */
  nowNs(): bigint;
  /** Milliseconds that only grow; for durations and rates. */
  monotonic(): number;
  /** Resolves after `ms` on this clock; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /**
   * Calls `action` once, when `ms` have passed on this clock. For work in the background: it neither keeps the process alive nor makes a
   * moving clock jump, as `sleep` may. Returns what cancels it.
   */
  alarm(ms: number, action: () => void): () => void;
}

/** Everything ambient that the core may ask for. Built once by a door (or a test) and passed down. */
export interface World {
  readonly clock: Clock;
  /** Cryptographically secure random bytes (tests may seed it where no key depends on it). */
  random(length: number): Bytes;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly hostname: string;
  readonly username: string;
  readonly uid: number;
  readonly gid: number;
  readonly pid: number;
  /** What local time is here; what `zoneOffset` answers by. */
  readonly zone: Zone;
  /** Seconds east of UTC that local time has at this moment (nanoseconds since the epoch). */
  zoneOffset(ns: bigint): number;
  /** Whether a process with this id runs on this machine; for stale locks. */
  isProcessAlive(pid: number): boolean;
}
