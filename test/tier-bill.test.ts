import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { applyTierPlan } from "../src/act/tier/apply.ts";
import { requestThaw } from "../src/act/thaw.ts";
import { Spending } from "../src/act/tier/spending.ts";
import { defaultConfig } from "../src/app/config/config.ts";
import { FactsReader } from "../src/app/tier/facts-reader.ts";
import { pricesFor } from "../src/app/tier/prices.ts";
import { snapshotOf } from "../src/app/tier/testing.ts";
import { metadataFiles, verdictOf } from "../src/app/tier/verify.ts";
import { utf8 } from "../src/base/bytes.ts";
import { silent } from "../src/base/event.ts";
import { testWorld } from "../src/base/testing.ts";
import { MS_PER_DAY, MS_PER_HOUR } from "../src/base/time.ts";
import { openJournal } from "../src/catalog/journal.ts";
import { quoteThaw } from "../src/plan/thaw.ts";
import { makeTierPlan } from "../src/plan/tier/make-plan.ts";
import { tierStatus } from "../src/plan/tier/status.ts";
import { createRepository } from "../src/repo/create.ts";
import { TEST_KDF } from "../src/repo/testing.ts";
import { openStore } from "../src/store/open-store.ts";
import { startIcebox } from "../icebox/src/index.ts";

const START = Date.parse("2026-01-01T00:00:00Z");

/** Within a share of each other; both sides are sums of many small floats, and months differ in length. */
function near(actual: number, expected: number, share: number, what: string): void {
  assert.ok(Math.abs(actual - expected) <= Math.abs(expected) * share, `${what}: ${actual} against ${expected}`);
}

test("what a plan, a status and a thaw quote say is what icebox bills", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "firn-bill-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  await using box = await startIcebox({ clock: { start: START }, buckets: ["bucket"] });
  const world = testWorld({
    now: START,
    env: { AWS_ACCESS_KEY_ID: box.credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: box.credentials.secretAccessKey, AWS_REGION: box.region },
  });
  const later = async (ms: number): Promise<void> => {
    await world.clock.advance(ms);
    box.clock.set(world.clock.now());
  };
  const billed = (item: string, storageClass?: string): number =>
    box
      .ledger()
      .lines.filter((line) => line.item === item && (storageClass === undefined || line.class === storageClass))
      .reduce((sum, line) => sum + line.amount, 0);
  const store = await openStore(`s3:${box.endpoint}/bucket/repo`, { machineTime: Date.now }, world);
  const repo = await createRepository(store, { world, version: 2, password: async () => utf8("x"), kdf: TEST_KDF });
  const config = defaultConfig();
  const { profile, prices } = pricesFor(store.location, { provider: undefined, region: undefined }, config, world, {});
  assert.equal(prices.assumed, true);
  const { signal } = new AbortController();
  const reader = new FactsReader(repo, config, profile, prices, signal);
  const journal = openJournal(folder);

  const old = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`old ${i}`, `old ${i}`]));
  await snapshotOf(repo, { kept: "kept", ...old });
  await later(MS_PER_DAY);
  await snapshotOf(repo, { kept: "kept" });
  await later(40 * MS_PER_DAY);
  await snapshotOf(repo, { kept: "kept" });

  const plan = makeTierPlan(await reader.read(signal), { strict: false });
  assert.equal(plan.steps.length, 8);
  const report = await applyTierPlan(repo, plan, {
    maxCost: undefined,
    assumeUnversioned: false,
    journal,
    gather: (lockSignal) => reader.read(lockSignal),
    retryLockMs: 0,
    listener: silent,
    signal,
  });
  box.clock.set(world.clock.now());
  assert.deepEqual([report.moved.length, report.failed.length, report.spent <= plan.totals.price * (1 + 1e-9)], [8, 0, true]);
  const heads = (8 * 0.0004) / 1000;
  near(billed("requests-put", "DEEP_ARCHIVE") + heads, plan.totals.price, 1e-9, "price of the plan");
  const verdict = await verdictOf(await reader.read(signal), await metadataFiles(repo, signal), true, reader.trees, signal);
  assert.equal(verdict.verdict.ok, true);

  const costPerMonth = tierStatus(await reader.read(signal)).costPerMonth;
  const stored = (): number => ["storage", "overhead-name", "overhead-index"].reduce((sum, item) => sum + billed(item), 0);
  const before = stored();
  await later((365.25 / 12) * MS_PER_DAY);
  // Index and snapshots are not in the status, and February is short.
  near(stored() - before, costPerMonth, 0.1, "cost a month");

  const cold = [...(await repo.packStates({ refresh: true }))]
    .filter(([, state]) => state.state === "archived")
    .map(([pack, state]) => ({ pack, size: state.size, storageClass: state.storageClass, state: "archived" as const }));
  assert.equal(cold.length, 8);
  const offer = quoteThaw(cold, profile, 2).offers.find(({ tier }) => tier === "Standard")!;
  const spending = new Spending({ limit: offer.total, spent: 0, currency: "USD", journal, job: "thaw", now: () => "" });
  const asked = await requestThaw(repo, { packs: cold, tier: "Standard", days: 2, profile, spending, journal, job: "thaw", signal });
  assert.deepEqual([asked.asked, asked.failed.length], [8, 0]);
  await later(offer.waitMs + MS_PER_HOUR);
  for (const [, state] of await repo.packStates({ refresh: true })) assert.notEqual(state.state, "archived");
  await later(10 * MS_PER_DAY);
  near(billed("restore-requests"), offer.requests, 1e-9, "restore requests");
  near(billed("restore-retrieval"), offer.retrieval, 1e-9, "retrieval");
  // Up to the midnight after its days: the quote counts a whole day for that, and must not be exceeded by more than a short month.
  assert.ok(billed("temporary-copy") <= offer.temporary * 1.1 && billed("temporary-copy") >= (offer.temporary * 2) / 3, "temporary copy");
  assert.equal(billed("early-deletion"), 0);
  await repo.close();
});
