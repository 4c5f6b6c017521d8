import assert from "node:assert/strict";
import { test } from "node:test";
import { applyTierPlan, type ApplyOptions, type ApplyReport, jobOf } from "../../act/tier/apply.ts";
import { silent } from "../../base/event.ts";
import { type Journal, memoryJournal } from "../../catalog/journal.ts";
import { makeTierPlan } from "../../plan/tier/make-plan.ts";
import type { TierPlan } from "../../plan/tier/tier-plan.ts";
import { acquireLock } from "../../repo/lock.ts";
import { StoreError } from "../../store/store-error.ts";
import type { ObjectStore } from "../../store/object-store.ts";
import { snapshotOf, tierRepository, type TierRepository } from "./testing.ts";
import { metadataFiles, verdictOf } from "./verify.ts";

const never = new AbortController().signal;

async function planOf(t: TierRepository, strict = false): Promise<TierPlan> {
  return makeTierPlan(await t.reader().read(never), { strict });
}

async function apply(t: TierRepository, plan: TierPlan, options: Partial<ApplyOptions> & { journal?: Journal } = {}): Promise<ApplyReport> {
  const repo = await t.reopen();
  const reader = t.reader(repo);
  return applyTierPlan(repo, plan, {
    maxCost: undefined,
    assumeUnversioned: false,
    journal: memoryJournal(),
    gather: (signal) => reader.read(signal),
    retryLockMs: 0,
    listener: silent,
    signal: never,
    ...options,
  });
}

async function isProved(t: TierRepository, strict = false): Promise<boolean> {
  const reader = t.reader(await t.reopen());
  const report = await verdictOf(await reader.read(never), await metadataFiles(t.repo, never), strict, reader.trees, never);
  return report.verdict.ok;
}

/** Two files; `old` leaves on day 1, and `days` later nothing else has changed. */
async function history(days: number, yaml = "", options = {}): Promise<TierRepository> {
  const t = await tierRepository(yaml, { storeOptions: { facts: { versioning: "off", objectLock: "off" } }, ...options });
  await snapshotOf(t.repo, { kept: "kept", old: "old" });
  await t.days(1);
  await snapshotOf(t.repo, { kept: "kept", next: "next" });
  await t.days(days);
  await snapshotOf(t.repo, { kept: "kept", next: "next" });
  return t;
}

test("what left long enough ago is frozen once to the cheapest class that answers; folders and current data stay", async () => {
  const t = await history(40);
  const plan = await planOf(t);
  assert.deepEqual(
    plan.steps.map(({ kind, from, to }) => ({ kind, from, to })),
    [{ kind: "freeze", from: "STANDARD", to: "DEEP_ARCHIVE" }],
  );
  assert.match(plan.steps[0]!.why, /gone since 2026-03-02, needed within 48h/);
  const report = await apply(t, plan);
  assert.equal(report.moved.length, 1);
  assert.ok(Math.abs(report.spent - plan.totals.price) < 1e-12);
  assert.equal(t.classes()["DEEP_ARCHIVE"], 1);
  assert.equal(await isProved(t), true);
  assert.deepEqual((await planOf(t)).steps, [], "nothing is moved twice");
});

test("data that left recently stays hot until its rule ends", async () => {
  const t = await history(20);
  const plan = await planOf(t);
  assert.deepEqual(plan.steps, []);
  // The pack of `old`, and sooner or later those of current data.
  assert.ok(plan.later.packs >= 1);
  assert.ok(plan.later.next! >= "2026-04-01");
});

test("an instant need may be answered by GLACIER_IR when the data has lived long", async () => {
  const t = await tierRepository("recovery:\n  - { within: instant }\n", {
    storeOptions: { facts: { versioning: "off", objectLock: "off" } },
  });
  await snapshotOf(t.repo, { kept: "kept" });
  await t.days(400);
  await snapshotOf(t.repo, { kept: "kept" });
  const plan = await planOf(t);
  assert.deepEqual(
    plan.steps.map((step) => step.to),
    ["GLACIER_IR"],
  );
  await apply(t, plan);
  assert.equal(await isProved(t), true);
  assert.deepEqual((await planOf(t)).steps, []);
});

test("a pack with current data is never archived, not even when no rule forbids it", async () => {
  const t = await tierRepository("recovery:\n  - { within: 48h }\n", {});
  await snapshotOf(t.repo, { kept: "kept" });
  await t.days(1);
  await snapshotOf(t.repo, { kept: "kept" });
  assert.deepEqual((await planOf(t)).steps, []);
});

test("a run that dies between copy and answer pays nothing twice when the plan is applied again", async () => {
  let dropAfter = 1;
  const wrap = (store: ObjectStore): ObjectStore => ({
    ...store,
    changeClass: async (...args) => {
      await store.changeClass(...args);
      if (dropAfter-- > 0) throw new StoreError({ code: "network", message: "connection dropped" });
    },
  });
  const t = await history(40, "", { wrap });
  const plan = await planOf(t);
  const journal = memoryJournal();
  const first = await apply(t, plan, { journal });
  assert.equal(first.failed.length, 0, "LIST shows that it arrived");
  assert.equal(first.moved.length, 1);
  const second = await apply(t, plan, { journal });
  assert.equal(second.already.length, 1);
  assert.ok(Math.abs(second.spent - plan.totals.price) < 1e-12);
});

test("after a kill an announced step that did not happen is free, one that did is remembered", async () => {
  for (const happened of [false, true]) {
    const t = await history(40);
    const plan = await planOf(t);
    // What a journal holds after a kill right behind the announcement.
    const [planned] = plan.steps;
    const { pack, from, to, price } = planned!;
    const journal = memoryJournal();
    journal.append({ kind: "intent", at: "", job: jobOf(plan), action: "move", pack, from, to, price });
    if (happened) await t.store.changeClass(planned!.path, to, { encryption: { kind: "default" }, size: planned!.size });
    const report = await apply(t, plan, { journal });
    assert.equal(report.moved.length, happened ? 0 : 1);
    assert.equal(report.already.length, happened ? 1 : 0);
    assert.ok(Math.abs(report.spent - plan.totals.price) < 1e-12, `spent ${report.spent}`);
  }
});

test("the ceiling stops before the step that would pass it", async () => {
  const t = await history(40);
  const plan = await planOf(t);
  const report = await apply(t, plan, { maxCost: plan.totals.price / 2 });
  assert.equal(report.moved.length, 0);
  assert.equal(report.stopped?.code, "ceiling");
  assert.equal(report.spent, 0);
});

test("a stale plan's steps are dropped when the need, the class or the object has changed", async () => {
  const t = await history(40);
  const plan = await planOf(t);
  await snapshotOf(t.repo, { old: "old" });
  const back = await apply(t, plan);
  assert.deepEqual(
    back.dropped.map(({ why }) => why),
    ["its data is needed faster now"],
  );
  const u = await history(40);
  const stale = await planOf(u);
  await u.store.changeClass(stale.steps[0]!.path, "GLACIER", { encryption: { kind: "default" }, size: 0 });
  assert.match((await apply(u, stale)).dropped[0]!.why, /its class is now GLACIER/);
  const v = await history(40);
  const older = await planOf(v);
  await v.store.put(older.steps[0]!.path, await v.store.get(older.steps[0]!.path));
  assert.match((await apply(v, older)).dropped[0]!.why, /written again/);
});

test("versioned and locked buckets are refused, and an unsure one needs a word", async () => {
  for (const [facts, code] of [
    [{ versioning: "on", objectLock: "off" }, "versioned"],
    [{ versioning: "suspended", objectLock: "off" }, "versioned"],
    [{ versioning: "on", objectLock: "on" }, "locked"],
    [{ versioning: "unknown", objectLock: "off" }, "versioning-unknown"],
  ] as const) {
    const t = await history(40, "", { storeOptions: { facts } });
    const plan = await planOf(t);
    await assert.rejects(apply(t, plan), { code });
    assert.equal(t.classes()["DEEP_ARCHIVE"], undefined);
    if (code === "versioning-unknown") assert.equal((await apply(t, plan, { assumeUnversioned: true })).moved.length, 1);
  }
});

test("data that came back while its only copy is in the ice is promoted: thaw, wait, copy", async () => {
  const t = await history(40);
  await apply(t, await planOf(t));
  // Another program depended on the frozen pack: the same blob, no hot copy.
  const [key] = [...t.store.objects].find(([, object]) => object.storageClass === "DEEP_ARCHIVE")!;
  const list = await t.repo.loadSnapshots();
  await t.repo.saveUnpacked("snapshots", await resurrect(t, list[0]!.id));
  assert.equal(await isProved(t), false);
  const plan = await planOf(t);
  assert.deepEqual(
    plan.steps.map(({ kind, from, to, path }) => ({ kind, from, to, path })),
    [{ kind: "promote", from: "DEEP_ARCHIVE", to: "STANDARD", path: key }],
  );
  assert.equal(plan.steps[0]!.thaw?.tier, "Bulk");
  const journal = memoryJournal();
  const asked = await apply(t, plan, { journal });
  assert.equal(asked.waiting.length, 1);
  const again = await apply(t, plan, { journal });
  assert.equal(again.waiting.length, 1);
  assert.equal(again.spent, asked.spent, "a thaw under way is not asked for again");
  await t.days(2.1);
  const done = await apply(t, plan, { journal });
  assert.equal(done.moved.length, 1);
  assert.ok(done.spent <= plan.totals.price + 1e-12);
  assert.equal(await isProved(t), true);
});

/** The snapshot once more, taken now. */
async function resurrect(t: TierRepository, id: Parameters<typeof t.repo.loadSnapshot>[0]) {
  const { encodeSnapshot } = await import("../../format/snapshot-codec.ts");
  const { timeFromMs } = await import("../../base/time.ts");
  return encodeSnapshot({ ...(await t.repo.loadSnapshot(id)), time: timeFromMs(t.world.clock.now() + 1000, 0) });
}

test("a backup that meets the ice stores the blob again, and nothing needs a thaw", async () => {
  const t = await history(40);
  await apply(t, await planOf(t));
  await t.days(1);
  await snapshotOf(t.repo, { kept: "kept", old: "old" });
  assert.equal(await isProved(t), true);
  assert.deepEqual((await planOf(t)).steps, []);
});

test("folders in the ice fail verify and are promoted first", async () => {
  const t = await history(40);
  await t.repo.loadIndex({ reload: true });
  for (const pack of t.repo.index.packs()) {
    const path = `data/${pack.slice(0, 2)}/${pack}`;
    if (t.repo.index.isTreePack(pack)) await t.store.changeClass(path, "GLACIER", { encryption: { kind: "default" }, size: 0 });
  }
  assert.equal(await isProved(t), false);
  const plan = await planOf(t);
  assert.ok(plan.steps.length > 0 && plan.steps.every((step) => step.kind === "promote"));
  assert.match(plan.assumptions[0]!, /folders are in the ice/);
});

test("forgetting snapshots in between warns, and fails only under --strict", async () => {
  const t = await tierRepository("", { storeOptions: { facts: { versioning: "off", objectLock: "off" } } });
  await snapshotOf(t.repo, { kept: "kept", old: "old" });
  await t.days(1);
  const between = await snapshotOf(t.repo, { kept: "kept" });
  await t.days(60);
  await snapshotOf(t.repo, { kept: "kept" });
  await apply(t, await planOf(t));
  assert.equal(t.classes()["DEEP_ARCHIVE"], 1);
  await t.repo.removeFile("snapshots", between);
  assert.equal(await isProved(t), true);
  assert.equal(await isProved(t, true), false);
  assert.deepEqual((await planOf(t)).steps, []);
  assert.deepEqual(
    (await planOf(t, true)).steps.map((step) => step.kind),
    ["promote"],
  );
});

test("a backup between two slices makes its data current: what it refers to is not frozen any more, and the run waits for its lock", async () => {
  const names = Array.from({ length: 8 }, (_, i) => `old${i}`);
  const old = Object.fromEntries(names.map((name) => [name, name]));
  let t: TierRepository | undefined;
  let betweenSlices = async (): Promise<void> => undefined;
  const wrap = (store: ObjectStore): ObjectStore => ({
    ...store,
    changeClass: async (...args) => {
      await store.changeClass(...args);
      await t!.world.clock.advance(50_000);
    },
    delete: async (key, options) => {
      await store.delete(key, options);
      if (key.startsWith("locks/")) await betweenSlices();
    },
  });
  t = await tierRepository("", { wrap });
  await snapshotOf(t.repo, { kept: "kept", ...old });
  await t.days(1);
  await snapshotOf(t.repo, { kept: "kept" });
  await t.days(40);
  const plan = await planOf(t);
  assert.equal(plan.steps.length, names.length);

  betweenSlices = async () => {
    betweenSlices = async () => undefined;
    // A backup that saw these packs hot while it held its lock.
    const lock = await acquireLock(t.repo, { exclusive: false });
    await assert.rejects(apply(t, plan), { code: "locked" }, "nobody freezes anything while it runs");
    await snapshotOf(t.repo, { kept: "kept", ...old });
    await lock.release();
  };
  const report = await apply(t, plan);
  assert.ok(report.moved.length > 0 && report.dropped.length > 0, "a case worth testing");
  assert.equal(report.moved.length + report.dropped.length, names.length);
  for (const { why } of report.dropped) assert.match(why, /needed faster now/);
});

test("a pack whose size is not what the index says is damaged: it stays where it can be looked at", async () => {
  const t = await history(40);
  const [whole] = (await planOf(t)).steps;
  const object = t.store.objects.get(whole!.path)!;
  t.store.objects.set(whole!.path, { ...object, body: object.body.slice(0, -1) });
  assert.deepEqual((await planOf(t)).steps, []);
});
