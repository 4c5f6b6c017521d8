import assert from "node:assert/strict";
import { test } from "node:test";
import { testWorld } from "../base/testing.ts";
import { utf8 } from "../base/bytes.ts";
import { EXIT } from "../base/error.ts";
import type { LockId } from "../base/id.ts";
import { pathOf } from "../format/file-kind.ts";
import { writeLock } from "./lock-files.ts";
import type { Repository } from "./repository.ts";
import { type MemoryStore } from "../store/memory.ts";
import { StoreError } from "../store/store-error.ts";
import { acquireLock, LockLostError, placeLock, unlock, withLock } from "./lock.ts";
import { createBlobWriter } from "./packer.ts";
import { memoryRepository, putBlob } from "./testing.ts";

const MINUTE = 60_000;
const locksIn = (store: MemoryStore): string[] => [...store.objects.keys()].filter((key) => key.startsWith("locks/"));

test("shared locks live together; an exclusive one is alone", async () => {
  const { repo, store } = await memoryRepository();
  const shared = [await acquireLock(repo, { exclusive: false }), await acquireLock(repo, { exclusive: false })];
  assert.equal(locksIn(store).length, 2);
  await assert.rejects(acquireLock(repo, { exclusive: true }), { code: "locked", exitCode: EXIT.locked });
  assert.equal(locksIn(store).length, 2, "the loser leaves nothing behind");
  for (const lock of shared) await lock.release();
  const exclusive = await acquireLock(repo, { exclusive: true });
  await assert.rejects(
    acquireLock(repo, { exclusive: false }),
    /locked exclusively by tester on testhost \(process 4242\) since 2026-03-01/,
  );
  await exclusive.release();
  assert.deepEqual(locksIn(store), []);
});

test("two that lock exclusively at the same moment never both succeed", async () => {
  const { repo, store, reopen } = await memoryRepository();
  const other = await reopen({ world: testWorld({ seed: "other" }) });
  const outcomes = await Promise.allSettled([acquireLock(repo, { exclusive: true }), acquireLock(other, { exclusive: true })]);
  const won = outcomes.filter((outcome) => outcome.status === "fulfilled");
  assert.ok(won.length <= 1);
  for (const { value } of won) await value.release();
  assert.deepEqual(locksIn(store), []);
});

test("the lock is removed when the work throws, and when it is aborted", async () => {
  const { repo, store } = await memoryRepository();
  await assert.rejects(
    withLock(repo, { exclusive: true }, async () => {
      throw new Error("boom");
    }),
    /boom/,
  );
  assert.deepEqual(locksIn(store), []);
  const controller = new AbortController();
  await assert.rejects(
    withLock(repo, { exclusive: true, signal: controller.signal }, async (lock) => {
      controller.abort(new Error("ctrl-C"));
      lock.signal.throwIfAborted();
    }),
    /ctrl-C/,
  );
  assert.deepEqual(locksIn(store), []);
  await assert.rejects(acquireLock(repo, { exclusive: true, signal: AbortSignal.abort(new Error("early")) }), /early/);
  assert.deepEqual(locksIn(store), []);
});

test("aborted while the new lock settles, the lock goes again", async () => {
  const { repo, store, world } = await memoryRepository({ worldOptions: { manual: true } });
  const controller = new AbortController();
  const attempt = acquireLock(repo, { exclusive: true, signal: controller.signal });
  while (locksIn(store).length === 0) await world.clock.advance(0).then(() => new Promise((resolve) => void setImmediate(resolve)));
  controller.abort(new Error("ctrl-C"));
  await assert.rejects(attempt, /ctrl-C/);
  assert.deepEqual(locksIn(store), []);
});

test("--retry-lock waits for the other to finish, and no longer than asked", async () => {
  const { repo, world } = await memoryRepository();
  const holder = await acquireLock(repo, { exclusive: true });
  world.clock.alarm(40_000, () => void holder.release());
  const start = world.clock.now();
  const waited: string[] = [];
  const lock = await acquireLock(repo, { exclusive: true, retryLockMs: 5 * MINUTE, onWait: (error) => waited.push(error.code) });
  assert.ok(world.clock.now() - start >= 40_000);
  assert.deepEqual(waited, ["locked"], "said once");
  const refused = world.clock.now();
  await assert.rejects(acquireLock(repo, { exclusive: true, retryLockMs: MINUTE }), { code: "locked" });
  assert.ok(world.clock.now() - refused >= MINUTE && world.clock.now() - refused < 2 * MINUTE);
  await lock.release();
});

test("a lock is refreshed every five minutes: a new file, then the old one goes", async () => {
  const { repo, store, world } = await memoryRepository();
  const lock = await acquireLock(repo, { exclusive: true });
  const [first] = locksIn(store);
  await world.clock.advance(3 * MINUTE);
  assert.deepEqual(locksIn(store), [first]);
  await world.clock.advance(3 * MINUTE);
  const [second, ...more] = locksIn(store);
  assert.notEqual(second, first);
  assert.deepEqual(more, []);
  await world.clock.advance(2 * 60 * MINUTE);
  assert.equal(await unlock(repo, { removeAll: false }), 0, "never stale while its holder lives");
  assert.equal(lock.signal.aborted, false);
  await lock.release();
  assert.deepEqual(locksIn(store), []);
});

test("a holder that slept too long and was removed meanwhile stops its work", async () => {
  const { repo, store, world } = await memoryRepository();
  let told: Error | undefined;
  const lock = await acquireLock(repo, { exclusive: true, onLost: (error) => (told = error) });
  world.clock.set(world.clock.now() + 45 * MINUTE);
  for (const key of locksIn(store)) store.objects.delete(key);
  await world.clock.advance(MINUTE);
  assert.equal(lock.signal.aborted, true);
  assert.ok(lock.signal.reason instanceof LockLostError);
  assert.equal(told, lock.signal.reason);
  await lock.release();
  assert.deepEqual(locksIn(store), []);
});

test("a holder that slept too long but whose lock still stands takes it up again", async () => {
  const { repo, store, world } = await memoryRepository();
  const lock = await acquireLock(repo, { exclusive: true });
  const [first] = locksIn(store);
  world.clock.set(world.clock.now() + 45 * MINUTE);
  await world.clock.advance(MINUTE);
  assert.equal(lock.signal.aborted, false);
  assert.equal(locksIn(store).length, 1);
  assert.notEqual(locksIn(store)[0], first);
  await lock.release();
});

test("a store that fails for a while costs nothing; for too long, the lock", async () => {
  let down = false;
  const { repo, world } = await memoryRepository({
    wrap: (store) => ({
      ...store,
      put: async (...args) => {
        if (down) throw new StoreError({ code: "network", message: "down" });
        return store.put(...args);
      },
    }),
  });
  const lock = await acquireLock(repo, { exclusive: true });
  down = true;
  await world.clock.advance(15 * MINUTE);
  assert.equal(lock.signal.aborted, false);
  down = false;
  await world.clock.advance(10 * MINUTE);
  assert.equal(lock.signal.aborted, false);
  down = true;
  await world.clock.advance(24 * MINUTE);
  assert.equal(lock.signal.aborted, true);
  await lock.release();
});

test("a refresh that hangs costs the lock before others may think it stale, and does not hold up its release", async () => {
  let hangs = false;
  const { repo, world } = await memoryRepository({
    wrap: (store) => ({
      ...store,
      put: (...args) => (hangs ? new Promise<never>(() => undefined) : store.put(...args)),
    }),
  });
  const lock = await acquireLock(repo, { exclusive: true });
  hangs = true;
  await world.clock.advance(20 * MINUTE);
  assert.equal(lock.signal.aborted, false);
  await world.clock.advance(5 * MINUTE);
  assert.ok(lock.signal.reason instanceof LockLostError);
  let released = false;
  const release = lock.release().then(() => (released = true));
  await world.clock.advance(2 * MINUTE);
  assert.equal(released, true);
  await release;
});

test("unlock removes what is stale: old, or of a dead process of this machine; all on demand", async () => {
  const { repo, store, world, reopen } = await memoryRepository({ worldOptions: { isProcessAlive: (pid) => pid !== 77 } });
  const at = world.clock.now();
  const dead = await reopen({ world: testWorld({ seed: "dead", pid: 77, now: at }) });
  const abroad = await reopen({ world: testWorld({ seed: "abroad", pid: 77, hostname: "elsewhere", now: at }) });
  const old = await reopen({ world: testWorld({ seed: "old", hostname: "elsewhere", now: at - 31 * MINUTE }) });
  for (const holder of [dead, abroad, old]) await acquireLock(holder, { exclusive: false });
  await repo.store.put("locks/" + "0".repeat(64), new Uint8Array([1, 2, 3]));
  assert.equal(await unlock(repo, { removeAll: false }), 2);
  assert.equal(locksIn(store).length, 2);
  assert.equal(await unlock(repo, { removeAll: true }), 2);
  assert.deepEqual(locksIn(store), []);
});

test("an unreadable lock is waited for, then named", async () => {
  const { repo, world } = await memoryRepository();
  const key = "locks/" + "0".repeat(64);
  await repo.store.put(key, new Uint8Array([1, 2, 3]));
  const start = world.clock.now();
  await assert.rejects(acquireLock(repo, { exclusive: false }), { code: "corrupt", object: key });
  assert.equal(world.clock.now() - start, 35_000);
  await repo.store.put(key, new Uint8Array(0));
  const lock = await acquireLock(repo, { exclusive: true });
  await lock.release();
});

/** As another program would write it that looked before we wrote ours. */
async function lockBlindly(repo: Repository): Promise<LockId> {
  return writeLock(repo, true);
}

test("a placed lock settles beside the work; confirmed early, it looks again at once", async () => {
  const { repo, store, world } = await memoryRepository({ worldOptions: { manual: true } });
  await using lock = await placeLock(repo, { exclusive: false });
  assert.equal(locksIn(store).length, 1);
  let settled = false;
  void lock.settled.then(() => (settled = true));
  await world.clock.advance(199);
  assert.equal(settled, false);
  await lock.confirm();
  assert.equal(lock.signal.aborted, false);
  await using slow = await placeLock(repo, { exclusive: false });
  await world.clock.advance(200);
  await slow.settled;
});

test("somebody who locks at the same moment ends what goes on under a placed lock", async () => {
  const { repo, store, world, reopen } = await memoryRepository({ worldOptions: { manual: true } });
  const other = await reopen({ world: testWorld({ seed: "other" }) });
  for (const early of [true, false]) {
    const lock = await placeLock(repo, { exclusive: false });
    const id = await lockBlindly(other);
    if (!early) await world.clock.advance(200);
    await assert.rejects(early ? lock.confirm() : lock.settled, { code: "locked", exitCode: EXIT.locked });
    assert.ok(lock.signal.aborted);
    await lock.release();
    assert.deepEqual(locksIn(store), [pathOf("locks", id)]);
    await assert.rejects(placeLock(repo, { exclusive: false }), { code: "locked" });
    assert.equal(locksIn(store).length, 1, "the loser leaves nothing behind");
    await other.removeFile("locks", id);
  }
});

test("released or aborted before it has settled, a placed lock is gone and never settles", async () => {
  const { repo, store } = await memoryRepository({ worldOptions: { manual: true } });
  const lock = await placeLock(repo, { exclusive: false });
  await lock.release();
  await assert.rejects(lock.settled, /released/);
  const controller = new AbortController();
  const aborted = await placeLock(repo, { exclusive: false, signal: controller.signal });
  controller.abort(new Error("ctrl-C"));
  await assert.rejects(aborted.settled, /ctrl-C/);
  await aborted.release();
  assert.deepEqual(locksIn(store), []);
});

test("nothing but locks changes before the lock has settled, and nothing at all when it does not", async () => {
  const { repo, store } = await memoryRepository();
  const gate = Promise.withResolvers<void>();
  repo.holdWrites(gate.promise);
  const before = store.objects.size;
  const saved = repo.saveUnpacked("snapshots", new Uint8Array([0x7b, 0x7d]));
  await writeLock(repo, false);
  await new Promise((resolve) => void setImmediate(resolve));
  assert.equal(store.objects.size, before + 1);
  gate.resolve();
  const id = await saved;
  assert.ok(store.objects.has(pathOf("snapshots", id)));
  const lost = Promise.reject(new Error("not ours"));
  lost.catch(() => undefined);
  repo.holdWrites(lost);
  await assert.rejects(repo.removeFile("snapshots", id), /not ours/);
  await assert.rejects(repo.store.put("data/x", new Uint8Array(1)), /not ours/);
  assert.ok(store.objects.has(pathOf("snapshots", id)));
});

test("an index loaded under a placed lock is believed only if a prune that has ended meanwhile took none of it", async () => {
  const { repo, reopen } = await memoryRepository();
  const writer = createBlobWriter(repo);
  await putBlob(repo, writer, "data", utf8("known"));
  await writer.flush();
  for (const [soon, what] of [
    [false, "added"],
    [true, "added"],
    [false, "gone"],
    [true, "gone"],
  ] as const) {
    const [early, other] = [await reopen(), await reopen({ world: testWorld({ seed: `${what} ${soon}` }) })];
    const gate = Promise.withResolvers<void>();
    early.holdWrites(gate.promise, soon);
    await early.loadIndex();
    await other.loadIndex();
    const another = createBlobWriter(other);
    await putBlob(other, another, "data", utf8(`${what} ${soon}`));
    await another.flush();
    if (what === "gone") for (const file of early.index.files) await other.removeFile("index", file);
    gate.resolve();
    const put = early.saveUnpacked("snapshots", utf8("{}"));
    if (what === "gone") await assert.rejects(put, { code: "repository-changed", exitCode: EXIT.locked });
    else await put;
  }
});

test("an index loaded once the lock holds is not asked about again", async () => {
  let lists = 0;
  const wrap = (inner: MemoryStore): MemoryStore => ({ ...inner, list: (...args) => (lists++, inner.list(...args)) });
  const { repo } = await memoryRepository({ wrap });
  repo.holdWrites(Promise.resolve(), true);
  await new Promise((resolve) => void setImmediate(resolve));
  lists = 0;
  await repo.loadIndex();
  await repo.saveUnpacked("snapshots", utf8("{}"));
  assert.equal(lists, 1);
});
