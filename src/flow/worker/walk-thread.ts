// Entry of a backup's worker thread. Nothing here decides anything.
import { randomFillSync } from "node:crypto";
import { workerData } from "node:worker_threads";
import { openTreeWork } from "../backup/tree-work.ts";
import type { WalkPlan, WalkResult, WalkTask, WalkTotals } from "../backup/walk-plan.ts";
import { runThread } from "./thread-loop.ts";
import type { ThreadSeat } from "./thread-messages.ts";

runThread<WalkTask, WalkResult, WalkTotals>(workerData as ThreadSeat, {
  open: (plan, tools) => openTreeWork(plan as WalkPlan, tools),
  random: (length) => randomFillSync(new Uint8Array(length)),
});
