import assert from "node:assert/strict";
import { test } from "node:test";
import { testWorld } from "../../base/testing.ts";
import { memoryStore } from "../memory.ts";
import type { ObjectStore } from "../object-store.ts";
import { Lane } from "./lane.ts";
import { withLimits } from "./limit.ts";
import { withMeter } from "./meter.ts";

test("no more calls at once than allowed, in the order they came", async () => {
  const lane = new Lane(2);
  let [running, most] = [0, 0];
  const begun: number[] = [];
  const task = (i: number) => async (): Promise<void> => {
    begun.push(i);
    most = Math.max(most, ++running);
    await new Promise((resolve) => void setImmediate(resolve));
    running--;
  };
  await Promise.all(Array.from({ length: 9 }, (_, i) => lane.run(task(i), undefined)));
  assert.deepEqual([most, begun], [2, [0, 1, 2, 3, 4, 5, 6, 7, 8]]);
});

test("a failed or aborted call gives its place back", async () => {
  const lane = new Lane(1);
  await assert.rejects(
    lane.run(() => Promise.reject(new Error("no")), undefined),
    /no/,
  );
  const held = Promise.withResolvers<void>();
  const first = lane.run(() => held.promise, undefined);
  const controller = new AbortController();
  const second = lane.run(() => Promise.resolve("never"), controller.signal);
  const third = lane.run(() => Promise.resolve("third"), undefined);
  controller.abort(new Error("stopped"));
  await assert.rejects(second, /stopped/);
  held.resolve();
  await first;
  assert.equal(await third, "third");
});

function paced(limits: { uploadKib?: number; downloadKib?: number }): { store: ObjectStore; readonly passed: () => number } {
  const world = testWorld();
  const store = withLimits(memoryStore({ clock: world.clock }), { connections: 1, ...limits }, world);
  return { store, passed: () => world.clock.monotonic() };
}

test("uploads and downloads keep their speed on average", async () => {
  const { store, passed } = paced({ uploadKib: 100, downloadKib: 50 });
  for (let i = 0; i < 10; i++) await store.put(`data/${i}`, new Uint8Array(200 * 1024));
  assert.equal(passed(), 18_000, "nine objects of two seconds each have passed before the tenth starts");
  for (let i = 0; i < 5; i++) await store.get(`data/${i}`);
  assert.equal(passed(), 18_000 + 16_000);
  const { store: other, passed: otherPassed } = paced({ downloadKib: 50 });
  await other.put("data/a", new Uint8Array(200 * 1024));
  for (let i = 0; i < 5; i++) await other.get("data/a", { range: { offset: 0, length: 50 * 1024 } });
  assert.equal(otherPassed(), 4_000);
});

test("a list in progress does not hold up, nor wait for, other calls", async () => {
  const { store } = paced({});
  await store.put("index/a", new Uint8Array(1));
  await store.put("index/b", new Uint8Array(2));
  const sizes: number[] = [];
  for await (const { key } of store.list("index/")) sizes.push((await store.get(key)).length);
  assert.deepEqual(sizes, [1, 2]);
});

test("the meter counts what was sent, failures included", async () => {
  const { clock } = testWorld();
  const { store, counts } = withMeter(memoryStore({ clock }));
  await store.put("data/a", new Uint8Array(10));
  await store.put("data/b", new Uint8Array(20), { storageClass: "GLACIER_IR" });
  await store.changeClass("data/a", "GLACIER", { encryption: { kind: "default" }, size: 10 });
  await assert.rejects(store.get("data/a"));
  await store.get("data/b", { range: { offset: 0, length: 5 } });
  await store.restore("data/a", { days: 1, tier: "Bulk" });
  await Array.fromAsync(store.list("data/"));
  assert.deepEqual(counts(), {
    requests: { put: 2, changeClass: 1, get: 2, restore: 1, list: 1 },
    writesByClass: { STANDARD: 1, GLACIER_IR: 1, GLACIER: 1 },
    restoresByTier: { Bulk: 1 },
    failures: 1,
    bytesUp: 30,
    bytesDown: 5,
    objectsListed: 2,
  });
});
