import assert from "node:assert/strict";
import { test } from "node:test";
import { testWorld } from "../../base/testing.ts";
import { MS_PER_DAY } from "../../base/time.ts";
import { memoryStore } from "../memory.ts";
import type { ObjectStore } from "../object-store.ts";
import { type Attempt, withCharges } from "./charges.ts";
import { withFaults } from "./fault.ts";
import { withRetry } from "./retry.ts";

test("every attempt is told of, repetitions as well", async () => {
  const world = testWorld();
  const faulty = withFaults(memoryStore(world), "seed", [
    { kinds: ["put", "list"], code: "network", when: "before", probability: 1, count: 2 },
  ]);
  const told: string[] = [];
  const store = withRetry(
    withCharges(faulty.store, world.clock, ({ kind, bytes }) => void told.push(`${kind} ${bytes}`)),
    world,
  );
  await store.put("data/a", new Uint8Array(7));
  await store.get("data/a");
  await store.get("data/a", { range: { offset: 2, length: 3 } });
  await store.head("data/a");
  await Array.fromAsync(store.list("data/"));
  await store.delete("data/a");
  assert.deepEqual(told, ["put 7", "put 7", "put 7", "get 0", "read 7", "get 3", "head 0", "list 0", "delete 0"]);
});

test("what a list shows of other classes is known when they are read and deleted", async () => {
  const world = testWorld();
  const told: Attempt[] = [];
  const store = withCharges(memoryStore(world), world.clock, (attempt) => void told.push(attempt));
  await store.put("data/a", new Uint8Array(50), { storageClass: "GLACIER_IR" });
  await world.clock.advance(3 * MS_PER_DAY);
  await Array.fromAsync(store.list("data/"));
  told.length = 0;
  await store.get("data/a");
  await store.delete("data/a");
  assert.deepEqual(told, [
    { kind: "get", storageClass: "GLACIER_IR", bytes: 50, ageMs: 3 * MS_PER_DAY },
    { kind: "delete", storageClass: "GLACIER_IR", bytes: 50, ageMs: 3 * MS_PER_DAY },
  ]);
});

test("a refused attempt is not made, nor made again", async () => {
  const world = testWorld();
  const inner = memoryStore(world);
  let asked = 0;
  const refuse = (): void => {
    asked++;
    throw new Error("too dear");
  };
  const store: ObjectStore = withRetry(withCharges(inner, world.clock, refuse), world);
  await assert.rejects(store.put("data/a", new Uint8Array(1)), /too dear/);
  await assert.rejects(Array.fromAsync(store.list("")), /too dear/);
  assert.deepEqual([asked, inner.objects.size], [2, 0]);
});

test("what is put without a class of its own is charged as what the store makes of it", async () => {
  const world = testWorld();
  const told: string[] = [];
  const store = withCharges(memoryStore(world), world.clock, ({ storageClass }) => void told.push(storageClass), "GLACIER_IR");
  await store.put("data/a", new Uint8Array(1));
  await store.put("data/b", new Uint8Array(1), { storageClass: "STANDARD" });
  assert.deepEqual(told, ["GLACIER_IR", "STANDARD"]);
});
