import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";
import { NURSERY_BYTES, NURSERY_LOOK_MS } from "../base/limits.ts";
import { returnLargeBuffers } from "../source/posix/libc.ts";

/** Once for the process, however many backups it makes. */
let isLean = false;

/**
 * Two habits that suit a server with memory to spare and not a backup beside other people's work. Both are only about memory: where they
 * cannot be changed nothing else does. A first backup of 46,000 files (0.55 GB) peaks at 450 MB with them and 370 MB without, in the
 * same CPU time.
 */
export function liveLean(): void {
  if (isLean) return;
  isLean = true;
  returnLargeBuffers();
  stopNursery();
}

/** V8 lets the space for new objects grow to 64 MB and its bound is read only at the start; the factor by which it grows is read each time. */
function stopNursery(): void {
  const size = getHeapSpaceStatistics().find((space) => space.space_name === "new_space")?.space_size ?? 0;
  if (size >= NURSERY_BYTES) setFlagsFromString("--semi-space-growth-factor=1");
  // Not the world's clock, which may leap over days: this is about the process.
  else setTimeout(stopNursery, NURSERY_LOOK_MS).unref();
}
