import type { Clock } from "../../base/world.ts";

/** Somebody else's time, which stands still until it is moved. */
export interface MovableTime {
  now(): number;
  set(ms: number): void;
}

export interface MovingClock extends Clock {
  /** Moves the time; what is due on the way happens, in its order. */
  moveTo(ms: number): Promise<void>;
}

interface Due {
  readonly at: number;
  readonly action: () => void;
}

/** A clock whose waits take no time: whoever sleeps moves it. Alarms ring when it is moved past them. */
export function movingClock(time: MovableTime): MovingClock {
  const start = time.now();
  const due = new Set<Due>();

  async function moveTo(ms: number): Promise<void> {
    for (;;) {
      const next = earliest(due, ms);
      if (next === undefined) break;
      due.delete(next);
      if (next.at > time.now()) time.set(next.at);
      next.action();
      // An alarm's work may set the next alarm, due before `ms` as well.
      await new Promise<void>((resolve) => void setImmediate(resolve));
    }
    if (ms > time.now()) time.set(ms);
  }

  return {
    now: () => time.now(),
    nowNs: () => BigInt(Math.round(time.now())) * 1_000_000n,
    monotonic: () => time.now() - start,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      await moveTo(time.now() + ms);
      signal?.throwIfAborted();
    },
    alarm: (ms, action) => {
      const entry = { at: time.now() + ms, action };
      due.add(entry);
      return () => void due.delete(entry);
    },
    moveTo,
  };
}

function earliest(due: ReadonlySet<Due>, until: number): Due | undefined {
  let found: Due | undefined;
  for (const entry of due) if (entry.at <= until && (found === undefined || entry.at < found.at)) found = entry;
  return found;
}
