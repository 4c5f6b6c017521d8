import { randomFillSync } from "node:crypto";
import { hostname, userInfo } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock, World } from "../base/world.ts";

/** The real world: wall clock, the machine's randomness, this process. */
export function systemWorld(): World {
  const user = userInfo();
  return {
    clock: wallClock(),
    random: (length) => randomFillSync(new Uint8Array(length)),
    env: process.env,
    hostname: hostname(),
    username: user.username,
    uid: Math.max(0, user.uid),
    gid: Math.max(0, user.gid),
    pid: process.pid,
    zoneOffset: systemZoneOffset,
    isProcessAlive,
  };
}

export function wallClock(): Clock {
  return {
    now: () => Date.now(),
    nowNs: () => Temporal.Now.instant().epochNanoseconds,
    monotonic: () => performance.now(),
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      try {
        await sleep(ms, undefined, signal === undefined ? {} : { signal });
      } catch (error) {
        signal?.throwIfAborted();
        throw error;
      }
    },
    alarm: (ms, action) => {
      const timer = setTimeout(action, ms).unref();
      return () => clearTimeout(timer);
    },
  };
}

/** Seconds east of UTC at that moment by the machine's zone (TZ); the last hour asked about is remembered, files cluster in time. */
const offsets = new Map<bigint, number>();
const QUARTER_HOUR_NS = 900n * 1_000_000_000n;

function systemZoneOffset(ns: bigint): number {
  const slot = ns / QUARTER_HOUR_NS;
  const known = offsets.get(slot);
  if (known !== undefined) return known;
  const offset = offsetAt(ns);
  if (offsets.size > 100_000) offsets.clear();
  offsets.set(slot, offset);
  return offset;
}

const MAX_INSTANT_NS = 8_640_000_000_000_000_000_000n;

function offsetAt(ns: bigint): number {
  const clamped = ns > MAX_INSTANT_NS ? MAX_INSTANT_NS : ns < -MAX_INSTANT_NS ? -MAX_INSTANT_NS : ns;
  const zone = Temporal.Now.timeZoneId();
  return Temporal.Instant.fromEpochNanoseconds(clamped).toZonedDateTimeISO(zone).offsetNanoseconds / 1e9;
}

function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
