// A thread of tests that comes to grief where the name of a file says so; see death.test.ts.
import { randomFillSync } from "node:crypto";
import { workerData } from "node:worker_threads";
import { ListWork } from "./testing.ts";
import { runThread } from "./thread-loop.ts";
import type { ThreadSeat } from "./thread-messages.ts";

const seat = workerData as ThreadSeat;

/** What becomes of the thread, by the plan. */
const ways: Readonly<Record<string, () => void>> = {
  exit: () => process.exit(0),
  throw: () => {
    throw Object.assign(new Error("cannot be told"), { why: () => "a function is not cloned" });
  },
  /** Nothing comes of it any more: ends only by force. */
  wait: () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0),
};

let plan: { readonly way: string; readonly at: "step" | "seal" | "join" | "totals"; readonly thread: number } | undefined;

function come(at: string): void {
  if (plan?.at === at && plan.thread === seat.thread) ways[plan.way]!();
}

class DyingWork extends ListWork {
  override step(): boolean {
    const goesOn = super.step();
    if (goesOn) come("step");
    return goesOn;
  }

  override join(...args: Parameters<ListWork["join"]>): void {
    come("join");
    super.join(...args);
  }

  override totals(): ReturnType<ListWork["totals"]> {
    come("totals");
    return super.totals();
  }
}

runThread(seat, {
  open: (given, tools) => {
    plan = given as typeof plan;
    return new DyingWork(tools);
  },
  random: (length) => {
    come("seal");
    return randomFillSync(new Uint8Array(length));
  },
});
