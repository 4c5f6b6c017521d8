import { writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";

// Loaded into the program before it starts: when it ends, says how much memory it had at its peak, threads included, and how long its main
// thread was at most deaf to signals and timers.

export interface Watched {
  readonly peakBytes: number;
  readonly deafMs: number;
}

const out = process.env["FIRN_TEST_WATCH"];
if (out !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  // Node's own start is over.
  setTimeout(() => delay.enable(), 100).unref();
  process.on("exit", () => {
    const watched: Watched = { peakBytes: process.resourceUsage().maxRSS * 1024, deafMs: delay.max / 1e6 };
    writeFileSync(out, JSON.stringify(watched));
  });
}
