import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteGate } from "./byte-gate.ts";

test("what is under way stays below the bound, in the order of coming; a single piece may be larger", async () => {
  const gate = new ByteGate(10);
  const log: string[] = [];
  const ends = new Map<string, () => void>();
  const start = (name: string, bytes: number): Promise<void> =>
    gate.run(bytes, async () => {
      log.push(name);
      await new Promise<void>((end) => ends.set(name, end));
    });
  const all = [start("six", 6), start("four", 4), start("huge", 99), start("one", 1)];
  await settle();
  assert.deepEqual(log, ["six", "four"]);
  ends.get("six")!();
  await settle();
  assert.deepEqual(log, ["six", "four"], "one would fit, but huge was first");
  ends.get("four")!();
  await settle();
  assert.deepEqual(log, ["six", "four", "huge"]);
  ends.get("huge")!();
  await settle();
  ends.get("one")!();
  await Promise.all(all);
});

test("work that fails makes room as well", async () => {
  const gate = new ByteGate(1);
  await assert.rejects(
    gate.run(1, () => Promise.reject(new Error("lost"))),
    /lost/,
  );
  assert.equal(await gate.run(1, () => Promise.resolve("next")), "next");
});

function settle(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
