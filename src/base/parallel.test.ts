import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachParallel } from "./parallel.ts";

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

test("never more than the width at once, and every item once", async () => {
  let now = 0;
  let most = 0;
  const seen: number[] = [];
  await forEachParallel([...Array(20).keys()], 3, async (item) => {
    most = Math.max(most, ++now);
    await turn();
    seen.push(item);
    now--;
  });
  assert.equal(most, 3);
  assert.deepEqual(
    seen.sort((a, b) => a - b),
    [...Array(20).keys()],
  );
});

test("a failure waits for what runs and takes nothing more", async () => {
  let finished = 0;
  let started = 0;
  const run = forEachParallel([...Array(50).keys()], 4, async (item) => {
    started++;
    await turn();
    if (item === 2) throw new Error("boom");
    await turn();
    finished++;
  });
  await assert.rejects(run, /boom/);
  assert.ok(started < 10, `${started} started`);
  assert.equal(finished, started - 1);
});

test("an aborted signal stops it", async () => {
  const controller = new AbortController();
  const run = forEachParallel(
    [1, 2, 3],
    1,
    async (item) => {
      if (item === 2) controller.abort(new Error("stop"));
      await turn();
    },
    controller.signal,
  );
  await assert.rejects(run, /stop/);
});
