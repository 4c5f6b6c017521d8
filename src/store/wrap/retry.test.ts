import assert from "node:assert/strict";
import { test } from "node:test";
import { equalBytes, utf8 } from "../../base/bytes.ts";
import { RETRY_CEILING_MS, RETRY_FIRST_CONTACT_MS, RETRY_FIRST_MS, RETRY_TOTAL_MS } from "../../base/limits.ts";
import { testWorld, type TestWorld } from "../../base/testing.ts";
import type { ObjectStore } from "../object-store.ts";
import { memoryStore } from "../memory.ts";
import { isStoreError } from "../store-error.ts";
import { type FaultRule, withFaults } from "./fault.ts";
import { delayOf, type Retrying, withRetry } from "./retry.ts";

interface Setup {
  readonly world: TestWorld;
  readonly inner: ObjectStore;
  readonly store: ObjectStore;
  readonly told: Retrying[];
  readonly hits: readonly string[];
}

function retrying(rules: readonly FaultRule[], world = testWorld()): Setup {
  const inner = memoryStore({ clock: world.clock });
  const faulty = withFaults(inner, "seed", rules);
  const told: Retrying[] = [];
  return { world, inner, store: withRetry(faulty.store, world, { onRetry: (event) => told.push(event) }), told, hits: faulty.hits };
}

test("tries again until it works, waiting longer each time", async () => {
  const { store, told, inner } = retrying([{ code: "throttled", when: "before", probability: 1, count: 4 }]);
  await store.put("locks/a", utf8("a"));
  assert.ok(equalBytes(await inner.get("locks/a"), utf8("a")));
  assert.deepEqual(
    told.map(({ kind, key, attempt, error }) => [kind, key, attempt, error.code]),
    [1, 2, 3, 4].map((attempt) => ["put", "locks/a", attempt, "throttled"]),
  );
  for (const { attempt, delayMs } of told) assert.ok(delayMs <= RETRY_FIRST_MS * 2 ** (attempt - 1));
});

test("the delay has full jitter below an exponential bound with a ceiling", () => {
  assert.equal(delayOf(1, 0), 0);
  assert.equal(delayOf(1, 0.5), RETRY_FIRST_MS / 2);
  assert.equal(delayOf(3, 0.5), RETRY_FIRST_MS * 2);
  assert.equal(delayOf(40, 0.5), RETRY_CEILING_MS / 2);
});

test("never repeats what cannot succeed", async () => {
  for (const code of [
    "access-denied",
    "archived",
    "no-such-bucket",
    "clock-skew",
    "no-space",
    "expedited-unavailable",
    "invalid",
  ] as const) {
    const { store, told, hits } = retrying([{ code, when: "before", probability: 1 }]);
    await assert.rejects(store.get("locks/a"), (error) => isStoreError(error, code));
    assert.deepEqual([told.length, hits.length], [0, 1], code);
  }
});

test("gives up after its total, and much sooner when nothing has ever answered", async () => {
  const never = retrying([{ code: "network", when: "before", probability: 1 }]);
  await assert.rejects(never.store.get("locks/a"), (error) => isStoreError(error, "network"));
  assert.ok(never.told.length > 1 && never.world.clock.monotonic() <= RETRY_FIRST_CONTACT_MS);

  const later = retrying([{ code: "network", when: "before", probability: 1, kinds: ["get"] }]);
  await later.store.put("locks/a", utf8("a"));
  await assert.rejects(later.store.get("locks/a"), (error) => isStoreError(error, "network"));
  const waited = later.world.clock.monotonic();
  assert.ok(waited > RETRY_TOTAL_MS / 2 && waited <= RETRY_TOTAL_MS, `${waited}`);
});

test("an abort ends the waiting at once", async () => {
  const world = testWorld({ manual: true });
  const { store } = retrying([{ code: "network", when: "before", probability: 1 }], world);
  const controller = new AbortController();
  const reading = store.get("locks/a", { signal: controller.signal });
  await new Promise((resolve) => void setImmediate(resolve));
  controller.abort(new Error("ctrl-C"));
  await assert.rejects(reading, /ctrl-C/);
});

test("whoever pays is asked before every repetition, and may stop it", async () => {
  const { store, inner, hits } = retrying([{ code: "server", when: "before", probability: 1, kinds: ["changeClass"] }]);
  await inner.put("data/a", utf8("a"));
  let asked = 0;
  const onRetry = (): void => {
    if (++asked === 3) throw new Error("that would cost too much");
  };
  const change = store.changeClass("data/a", "GLACIER", { encryption: { kind: "default" }, size: 1, onRetry });
  await assert.rejects(change, /cost too much/);
  assert.equal(hits.length, 3);
});

test("a list that breaks goes on without giving anything twice", async () => {
  const { store, inner, hits } = retrying([{ code: "network", when: "after", probability: 1, count: 4, kinds: ["list"] }]);
  const keys = Array.from({ length: 50 }, (_, i) => `index/${String(i).padStart(2, "0")}`);
  for (const key of keys) await inner.put(key, utf8(key));
  const found = (await Array.fromAsync(store.list("index/"))).map(({ key }) => key);
  assert.deepEqual(found, keys);
  assert.equal(hits.length, 4);
});

test("a put whose answer was lost is recognised as its own, another's is not", async () => {
  const lost = retrying([{ code: "network", when: "after", probability: 1, count: 1 }]);
  await lost.store.put("keys/a", utf8("mine"), { onlyIfAbsent: true });
  assert.ok(equalBytes(await lost.inner.get("keys/a"), utf8("mine")));

  const taken = retrying([{ code: "network", when: "before", probability: 1, count: 1 }]);
  await taken.inner.put("keys/a", utf8("theirs"));
  await assert.rejects(taken.store.put("keys/a", utf8("mine"), { onlyIfAbsent: true }), (error) => isStoreError(error, "already-exists"));
});
