import assert from "node:assert/strict";
import { test } from "node:test";
import { rangesAfter, together } from "./list-ranges.ts";

function pack(digits: string): string {
  return `p/data/${digits.slice(0, 2)}/${digits.padEnd(64, "0")}`;
}

test("a long list of packs is split at folders, without a gap", () => {
  const ranges = rangesAfter("p/data/", pack("0fff"), 5)!;
  assert.deepEqual(
    ranges.map(({ before }) => before),
    ["p/data/40", "p/data/70", "p/data/a0", "p/data/d0", undefined],
  );
  assert.deepEqual(
    ranges.map(({ after }) => after),
    [pack("0fff"), "p/data/40", "p/data/70", "p/data/a0", "p/data/d0"],
  );
});

test("a border never lies before what the first page gave", () => {
  for (const digits of ["0000", "0001", "00ff", "0100", "1fff"]) {
    const ranges = rangesAfter("data/", pack(digits).slice(2), 5)!;
    for (const { after, before } of ranges) assert.ok(before === undefined || after < before, digits);
  }
});

test("a short list, other names and a single connection are not split", () => {
  assert.equal(rangesAfter("p/data/", pack("2fff"), 5), undefined);
  assert.equal(rangesAfter("p/index/", `p/index/${"0".repeat(64)}`, 5), undefined);
  assert.equal(rangesAfter("p/data/", "p/data/README", 5), undefined);
  assert.equal(rangesAfter("p/data/", pack("0000"), 1), undefined);
});

async function* counting(from: number, to: number, fails = false): AsyncGenerator<number> {
  for (let n = from; n < to; n++) yield await Promise.resolve(n);
  if (fails) throw new Error("broken");
}

test("what several sources give comes whole, and a failure ends it", async () => {
  const all = await Array.fromAsync(together([counting(0, 3), counting(3, 3), counting(3, 9)]));
  assert.deepEqual(
    all.toSorted((a, b) => a - b),
    [0, 1, 2, 3, 4, 5, 6, 7, 8],
  );
  await assert.rejects(Array.fromAsync(together([counting(0, 100), counting(0, 2, true)])), /broken/);
});

test("whoever stops early hears of no later failure", async () => {
  for await (const n of together([counting(0, 2), counting(5, 6, true)])) {
    assert.ok(n >= 0);
    break;
  }
  await new Promise((done) => setImmediate(done));
});
