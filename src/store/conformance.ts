import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Bytes, equalBytes, utf8 } from "../base/bytes.ts";
import type { ObjectInfo, ObjectStore } from "./object-store.ts";
import { isStoreError } from "./store-error.ts";

export interface StoreUnderTest {
  readonly store: ObjectStore;
  readonly close?: () => Promise<void>;
  /** Lets every thaw that is under way finish. */
  readonly ripen?: () => Promise<void>;
}

export interface Expectations {
  /** The store has storage classes, archive ones among them. */
  readonly classes: boolean;
  /** What a server used as a peer is known not to do; the expectation is then left out, by name. */
  readonly gaps?: readonly Gap[];
}

export type Gap =
  /** LIST does not tell restore states. */
  | "restore-in-list"
  /** A restore asked for twice is not answered with "ongoing". */
  | "restore-ongoing"
  /** A copy does not look at the source's ETag. */
  | "copy-if-match";

const NAME = "ab".repeat(32);

/** What every store owes its callers (see ObjectStore), as one suite over an implementation that starts empty. */
export function describeStore(name: string, expected: Expectations, open: () => Promise<StoreUnderTest>): void {
  describe(name, () => {
    let under: StoreUnderTest;
    let store: ObjectStore;
    before(async () => {
      under = await open();
      store = under.store;
      await store.create();
    });
    after(async () => {
      await store?.close();
      await under?.close?.();
    });

    describeObjects(() => store);
    describeListing(() => store);
    describeEdges(() => store);
    if (expected.classes) describeClasses(() => under, expected.gaps ?? []);
    else describeNoClasses(() => store);
  });
}

function describeObjects(store: () => ObjectStore): void {
  test("gives back what was put, whole and in ranges", async () => {
    const body = pattern(100_000);
    await store().put("data/ab/whole", body);
    assert.ok(equalBytes(await store().get("data/ab/whole"), body));
    for (const [offset, length] of [
      [0, 1],
      [1, 99_999],
      [99_999, 1],
      [5_000, 70_000],
    ] as const) {
      const part = await store().get("data/ab/whole", { range: { offset, length } });
      assert.ok(equalBytes(part, body.subarray(offset, offset + length)), `${offset}+${length}`);
    }
  });

  test("keeps an empty object", async () => {
    await store().put("locks/empty", new Uint8Array());
    assert.equal((await store().get("locks/empty")).length, 0);
    assert.equal((await store().head("locks/empty"))?.size, 0);
  });

  test("does not hold on to the caller's memory", async () => {
    const body = pattern(1_000);
    await store().put("keys/mine", body);
    body.fill(0);
    assert.ok(equalBytes(await store().get("keys/mine"), pattern(1_000)));
  });

  test("a range past the end is an error, never a short answer", async () => {
    await store().put("data/ab/short", pattern(10));
    for (const [offset, length] of [
      [0, 11],
      [9, 2],
      [10, 1],
      [5_000, 5],
      [11, 0],
    ] as const) {
      await assert.rejects(store().get("data/ab/short", { range: { offset, length } }), code("bad-range"), `${offset}+${length}`);
    }
    assert.equal((await store().get("data/ab/short", { range: { offset: 10, length: 0 } })).length, 0);
  });

  test("replaces an object", async () => {
    await store().put("config", utf8("first"));
    await store().put("config", utf8("second, longer"));
    assert.ok(equalBytes(await store().get("config"), utf8("second, longer")));
  });

  test("onlyIfAbsent refuses to replace", async () => {
    await store().put("keys/once", utf8("first"), { onlyIfAbsent: true });
    await assert.rejects(store().put("keys/once", utf8("second"), { onlyIfAbsent: true }), code("already-exists"));
    assert.ok(equalBytes(await store().get("keys/once"), utf8("first")));
  });

  test("of two that put onlyIfAbsent at once, one wins", async () => {
    const both = ["a", "b"].map((text) => store().put("keys/race", utf8(text), { onlyIfAbsent: true }));
    const results = await Promise.allSettled(both);
    assert.deepEqual(results.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  });

  test("head tells size and time; absence is undefined", async () => {
    await store().put(`data/ab/${NAME}`, pattern(321));
    const head = await store().head(`data/ab/${NAME}`);
    assert.equal(head?.key, `data/ab/${NAME}`);
    assert.equal(head.size, 321);
    assert.equal(head.storageClass, "STANDARD");
    assert.equal(head.restore, undefined);
    assert.ok(head.lastModified > 0);
    assert.equal(await store().head("data/ab/nothing"), undefined);
  });

  test("getting what is not there is not-found; deleting it is no error", async () => {
    await assert.rejects(store().get("snapshots/nothing"), code("not-found"));
    await assert.rejects(store().get("snapshots/nothing", { range: { offset: 0, length: 5 } }), code("not-found"));
    await store().delete("snapshots/nothing");
  });

  test("what was deleted is gone", async () => {
    await store().put("locks/gone", pattern(5));
    await store().delete("locks/gone");
    assert.equal(await store().head("locks/gone"), undefined);
    assert.deepEqual(
      (await listed(store(), "locks/gone")).map(({ key }) => key),
      [],
    );
  });
}

function describeListing(store: () => ObjectStore): void {
  test("lists every object under a prefix, with size, and nothing else", async () => {
    const keys = Array.from({ length: 40 }, (_, i) => `index/${i.toString(16).padStart(64, "0")}`);
    for (const [i, key] of keys.entries()) await store().put(key, pattern(i));
    await store().put("indexes", pattern(3));
    const found = await listed(store(), "index/");
    assert.deepEqual(found.map(({ key }) => key).sort(), keys);
    for (const { key, size } of found) assert.equal(size, keys.indexOf(key), key);
    assert.deepEqual((await listed(store(), `index/${"0".repeat(62)}1`)).length, 16);
  });

  test("a list of names has the same keys", async () => {
    for (const prefix of ["", "index/", "data/"]) {
      const names = await Array.fromAsync(store().list(prefix, { namesOnly: true }), ({ key }) => key);
      assert.deepEqual(names.sort(), (await listed(store(), prefix)).map(({ key }) => key).sort());
    }
  });

  test("lists what lies in folders below", async () => {
    await store().put("data/00/x", pattern(1));
    await store().put("data/ff/y", pattern(2));
    const keys = new Set((await listed(store(), "data/")).map(({ key }) => key));
    assert.ok(keys.has("data/00/x") && keys.has("data/ff/y"));
  });

  test("an empty prefix lists the whole repository and a missing folder lists nothing", async () => {
    await store().put("config", pattern(7));
    assert.ok((await listed(store(), "")).some(({ key }) => key === "config"));
    assert.deepEqual(await listed(store(), "nowhere/"), []);
  });

  test("an object is listed as soon as put has resolved", async () => {
    await store().put("snapshots/now", pattern(9));
    assert.equal((await listed(store(), "snapshots/")).filter(({ key }) => key === "snapshots/now").length, 1);
  });
}

function describeEdges(store: () => ObjectStore): void {
  test("a call that is already aborted does nothing", async () => {
    const reason = new Error("stopped");
    const signal = AbortSignal.abort(reason);
    await assert.rejects(store().put("locks/aborted", pattern(3), { signal }), (error) => error === reason);
    await assert.rejects(store().get("config", { signal }), (error) => error === reason);
    assert.equal(await store().head("locks/aborted"), undefined);
  });

  test("odd characters in a key survive", async () => {
    const key = "firn/jobs/a b+c%20é&=;~.json";
    await store().put(key, utf8(key));
    assert.ok(equalBytes(await store().get(key), utf8(key)));
    assert.deepEqual(
      (await listed(store(), "firn/")).map((item) => item.key),
      [key],
    );
    await store().delete(key);
    assert.equal(await store().head(key), undefined);
  });

  test("many calls at once do not disturb each other", async () => {
    const keys = Array.from({ length: 32 }, (_, i) => `data/cc/many${i}`);
    await Promise.all(keys.map((key, i) => store().put(key, pattern(1_000 + i))));
    const sizes = await Promise.all(keys.map(async (key) => (await store().get(key)).length));
    assert.deepEqual(
      sizes,
      keys.map((_, i) => 1_000 + i),
    );
  });

  test("bucket facts are told", async () => {
    assert.deepEqual(await store().bucketFacts(), { versioning: "off", objectLock: "off" });
  });
}

function describeNoClasses(store: () => ObjectStore): void {
  test("a store without classes says so", async () => {
    assert.equal(store().capabilities.storageClasses, false);
    await store().put("data/ab/c", pattern(3), { storageClass: "GLACIER_IR" });
    const change = store().changeClass("data/ab/c", "GLACIER", { encryption: { kind: "default" }, size: 3 });
    await assert.rejects(change, code("unsupported"));
  });
}

function describeClasses(under: () => StoreUnderTest, gaps: readonly Gap[]): void {
  test("the class asked for is kept, and STANDARD is said when nothing was", async () => {
    const { store } = under();
    await store.put("data/cl/ir", pattern(10), { storageClass: "GLACIER_IR" });
    await store.put("data/cl/std", pattern(10));
    const classes = new Map((await listed(store, "data/cl/")).map(({ key, storageClass }) => [key, storageClass]));
    assert.deepEqual([classes.get("data/cl/ir"), classes.get("data/cl/std")], ["GLACIER_IR", "STANDARD"]);
    assert.equal((await store.head("data/cl/ir"))?.storageClass, "GLACIER_IR");
    assert.ok(equalBytes(await store.get("data/cl/ir"), pattern(10)));
  });

  test("changing the class changes nothing else", async () => {
    const { store } = under();
    await store.put("data/cl/move", pattern(5_000));
    await move(store, "data/cl/move", "GLACIER_IR");
    const head = await store.head("data/cl/move");
    assert.deepEqual([head?.storageClass, head?.size], ["GLACIER_IR", 5_000]);
    assert.ok(equalBytes(await store.get("data/cl/move"), pattern(5_000)));
    await move(store, "data/cl/move", "STANDARD");
    assert.equal((await store.head("data/cl/move"))?.storageClass, "STANDARD");
  });

  test(
    "a class change names the source it means",
    { skip: gaps.includes("copy-if-match") && "the server does not look at the source's ETag" },
    async () => {
      const { store } = under();
      await store.put("data/cl/etag", pattern(10));
      const { encryption, etag, size } = (await store.head("data/cl/etag"))!;
      await store.put("data/cl/etag", pattern(11));
      await assert.rejects(store.changeClass("data/cl/etag", "GLACIER", { ifMatch: etag, encryption, size }), code("changed"));
      assert.equal((await store.head("data/cl/etag"))?.storageClass, "STANDARD");
    },
  );

  test("changing the class of what is not there is not-found; of SSE-C it is refused", async () => {
    const { store } = under();
    const missing = store.changeClass("data/cl/missing", "GLACIER", { encryption: { kind: "default" }, size: 1 });
    await assert.rejects(missing, code("not-found"));
    await store.put("data/cl/ssec", pattern(10));
    const sealed = store.changeClass("data/cl/ssec", "GLACIER", { encryption: { kind: "customer" }, size: 10 });
    await assert.rejects(sealed, code("unsupported"));
  });

  test("an archived object is not read, not copied, and thaws when asked", async () => {
    const { store, ripen } = under();
    const key = "data/cl/ice";
    await store.put(key, pattern(2_000));
    await move(store, key, "GLACIER");
    await assert.rejects(store.get(key), code("archived"));
    await assert.rejects(store.get(key, { range: { offset: 0, length: 1 } }), code("archived"));
    await assert.rejects(move(store, key, "STANDARD"), code("archived"));
    assert.deepEqual([(await store.head(key))?.storageClass, (await store.head(key))?.restore], ["GLACIER", undefined]);

    assert.equal(await store.restore(key, { days: 1, tier: "Bulk" }), "accepted");
    if (!gaps.includes("restore-ongoing")) {
      assert.equal(await store.restore(key, { days: 1, tier: "Bulk" }), "ongoing");
      assert.deepEqual((await store.head(key))?.restore, { ongoing: true, expiry: undefined });
      await assert.rejects(store.get(key), code("archived"));
    }
    await ripen?.();
    assert.ok(equalBytes(await store.get(key), pattern(2_000)));
    const states = [(await store.head(key))?.restore];
    if (!gaps.includes("restore-in-list")) states.push((await listed(store, key))[0]?.restore);
    for (const state of states) {
      assert.equal(state?.ongoing, false);
      assert.ok(state.expiry! > 0);
    }
    assert.equal((await store.head(key))?.storageClass, "GLACIER");
    assert.equal(await store.restore(key, { days: 2, tier: "Bulk" }), "already");
    await move(store, key, "STANDARD");
    assert.equal((await store.head(key))?.storageClass, "STANDARD");
  });

  test("restoring what is not archived, or not there, is told apart", async () => {
    const { store } = under();
    await store.put("data/cl/hot", pattern(10));
    await assert.rejects(store.restore("data/cl/hot", { days: 1, tier: "Standard" }), code("not-archived"));
    await assert.rejects(store.restore("data/cl/none", { days: 1, tier: "Standard" }), code("not-found"));
  });

  test("an archived object can be deleted and replaced", async () => {
    const { store } = under();
    await store.put("data/cl/dead", pattern(10));
    await move(store, "data/cl/dead", "DEEP_ARCHIVE");
    await store.put("data/cl/dead", pattern(12));
    assert.ok(equalBytes(await store.get("data/cl/dead"), pattern(12)));
    await move(store, "data/cl/dead", "DEEP_ARCHIVE");
    await store.delete("data/cl/dead");
    assert.equal(await store.head("data/cl/dead"), undefined);
  });
}

async function move(store: ObjectStore, key: string, to: string): Promise<void> {
  const { encryption, etag, size } = (await store.head(key))!;
  await store.changeClass(key, to, { ifMatch: etag, encryption, size });
}

async function listed(store: ObjectStore, prefix: string): Promise<ObjectInfo[]> {
  return Array.fromAsync(store.list(prefix));
}

function code(wanted: Parameters<typeof isStoreError>[1]): (error: unknown) => boolean {
  return (error) => isStoreError(error, wanted) || assert.fail(`expected ${wanted}, got ${String(error)}`);
}

/** Bytes that show a shifted or swapped range. */
function pattern(length: number): Bytes {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
}
