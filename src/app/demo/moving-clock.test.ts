import assert from "node:assert/strict";
import { test } from "node:test";
import { movingClock } from "./moving-clock.ts";

function time(start: number) {
  let now = start;
  return { now: () => now, set: (ms: number) => void (now = ms) };
}

test("whoever sleeps moves the time, and alarms on the way ring in their order at their time", async () => {
  const clock = movingClock(time(1000));
  const rung: string[] = [];
  clock.alarm(300, () => void rung.push(`b ${clock.now()}`));
  clock.alarm(100, () => {
    rung.push(`a ${clock.now()}`);
    clock.alarm(50, () => void rung.push(`again ${clock.now()}`));
  });
  const cancel = clock.alarm(200, () => void rung.push("cancelled"));
  clock.alarm(900, () => void rung.push("later"));
  cancel();
  await clock.sleep(500);
  assert.deepEqual(rung, ["a 1100", "again 1150", "b 1300"]);
  assert.equal(clock.now(), 1500);
  assert.equal(clock.nowNs(), 1_500_000_000n);
  assert.equal(clock.monotonic(), 500);
});

test("an aborted sleep does not move the time", async () => {
  const clock = movingClock(time(0));
  await assert.rejects(clock.sleep(10, AbortSignal.abort(new Error("stop"))), /stop/);
  assert.equal(clock.now(), 0);
});

test("it never moves back", async () => {
  const clock = movingClock(time(100));
  await clock.moveTo(50);
  assert.equal(clock.now(), 100);
});
