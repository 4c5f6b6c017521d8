import assert from "node:assert/strict";
import { test } from "node:test";
import { Lane } from "./lane.ts";

test("a caller that is aborted just when its turn has come does not cost another one its place", async () => {
  const lane = new Lane(1);
  const first = Promise.withResolvers<void>();
  const stop = new AbortController();
  const order: string[] = [];
  const running = lane.run(() => first.promise, undefined);
  const aborted = lane.run(async () => void order.push("aborted"), stop.signal);
  const other = lane.run(async () => void order.push("other"), undefined);
  await new Promise<void>((resolve) => void setImmediate(resolve));
  // In this order: the place is handed over, then the abort, then whoever waited learns of the place.
  first.resolve();
  queueMicrotask(() => stop.abort(new Error("stop")));
  await running;
  await aborted.catch(() => undefined);
  for (let turn = 0; turn < 5; turn++) await new Promise<void>((resolve) => void setImmediate(resolve));
  assert.equal(order.at(-1), "other", "it is not forgotten");
  await other;
});
