import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { Permits } from "./permits.ts";

/** Takes a permit again and again, and notes in `seen` how many others had one at that time. */
const TAKER = `
  const { workerData } = require("node:worker_threads");
  const at = new Int32Array(workerData.inside);
  import(workerData.module).then(({ Permits }) => {
    const permits = new Permits(workerData.permits);
    for (let round = 0; round < 2000; round++) {
      permits.hold(() => {
        const inside = Atomics.add(at, 0, 1) + 1;
        for (;;) {
          const most = Atomics.load(at, 1);
          if (inside <= most || Atomics.compareExchange(at, 1, most, inside) === most) break;
        }
        Atomics.add(at, 2, 1);
        Atomics.sub(at, 0, 1);
      });
    }
  });
`;

test("no more threads at a time than there are permits, and each gets its turn", async () => {
  const inside = new SharedArrayBuffer(12);
  const workerData = { inside, permits: Permits.sharedBy(2), module: new URL("./permits.ts", import.meta.url).href };
  const workers = Array.from({ length: 4 }, () => new Worker(TAKER, { eval: true, workerData }));
  await Promise.all(workers.map((worker) => new Promise((resolve, reject) => worker.on("exit", resolve).on("error", reject))));
  const [left, most, turns] = new Int32Array(inside);
  assert.equal(left, 0);
  assert.equal(turns, 8000);
  assert.ok(most! >= 1 && most! <= 2, `${most} at a time`);
});

test("work that throws gives its permit back", () => {
  const permits = new Permits(Permits.sharedBy(1));
  for (let time = 0; time < 3; time++) {
    assert.throws(() =>
      permits.hold(() => {
        throw new Error("no");
      }),
    );
  }
  assert.equal(
    permits.hold(() => "again"),
    "again",
  );
});
