import { randomFillSync } from "node:crypto";
import { hostname, userInfo } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock, World } from "../base/world.ts";
import { zoneOffsetAt } from "../base/zone.ts";

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
    zone: "local",
    zoneOffset: (ns) => zoneOffsetAt("local", ns),
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

function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
