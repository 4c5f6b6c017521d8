// A thread of tests: list work instead of a walk.
import { randomFillSync } from "node:crypto";
import { workerData } from "node:worker_threads";
import { ListWork } from "./testing.ts";
import { runThread } from "./thread-loop.ts";
import type { ThreadSeat } from "./thread-messages.ts";

runThread(workerData as ThreadSeat, {
  open: (_plan, tools) => new ListWork(tools as never),
  random: (length) => randomFillSync(new Uint8Array(length)),
});
