import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryJournal, jobAccount, type Journal } from "../../catalog/journal.ts";
import { testWorld } from "../../base/testing.ts";
import { asId, type PackId } from "../../base/id.ts";
import { memoryRepository } from "../../repo/testing.ts";
import { withFaults, type FaultRule } from "../../store/wrap/fault.ts";
import { withRetry } from "../../store/wrap/retry.ts";
import type { TierStep } from "../../plan/tier/tier-plan.ts";
import { pathOf } from "../../format/file-kind.ts";
import { CeilingError, Spending } from "./spending.ts";
import { movePack, paid, type StepTools } from "./step.ts";

const PACK: PackId = asId("ab".repeat(32));
const FREEZE: TierStep = {
  kind: "freeze",
  pack: PACK,
  path: pathOf("data", PACK),
  size: 4,
  from: "STANDARD",
  to: "DEEP_ARCHIVE",
  etag: undefined,
  needMs: 0,
  why: "",
  price: 10,
  retryPrice: 1,
  savingPerMonth: 0,
  payBackDays: undefined,
  thaw: undefined,
};

interface Bench {
  readonly tools: StepTools;
  readonly spending: Spending;
  readonly journal: Journal;
  readonly move: () => Promise<void>;
  readonly classNow: () => string | undefined;
}

async function bench(rules: readonly FaultRule[], limit = 100): Promise<Bench> {
  const world = testWorld();
  const { repo, store } = await memoryRepository({
    world,
    wrap: (inner) => withRetry(withFaults(inner, "step", rules).store, world),
  });
  await store.put(FREEZE.path, new Uint8Array(4));
  const journal = memoryJournal();
  const spending = new Spending({ limit, spent: 0, currency: "USD", journal, job: "j", now: () => "" });
  const tools: StepTools = { repo, spending, journal, job: "j", signal: new AbortController().signal };
  const state = (await repo.packStates({ refresh: true })).get(PACK)!;
  return {
    tools,
    spending,
    journal,
    move: () => movePack(FREEZE, state, tools),
    classNow: () => store.objects.get(FREEZE.path)?.storageClass,
  };
}

test("a copy whose first answer was lost is paid for, though the second attempt finds another object", async () => {
  const b = await bench([{ kinds: ["changeClass"], code: "network", when: "after", probability: 1, count: 1 }]);
  await assert.rejects(b.move(), { name: "StoreError" });
  assert.equal(b.classNow(), "DEEP_ARCHIVE");
  assert.equal(b.spending.spent, FREEZE.price + FREEZE.retryPrice);
  assert.deepEqual(
    jobAccount(b.journal.records(), "j").open.map(({ pack }) => pack),
    [PACK],
    "LIST will settle it",
  );
});

test("a server that was only busy has done nothing: refused for good, the move costs its attempts", async () => {
  const b = await bench([
    { kinds: ["changeClass"], code: "throttled", when: "before", probability: 1, count: 2 },
    { kinds: ["changeClass"], code: "access-denied", when: "before", probability: 1 },
  ]);
  await assert.rejects(b.move(), { code: "access-denied" });
  assert.equal(b.spending.spent, 2 * FREEZE.retryPrice);
  assert.deepEqual(jobAccount(b.journal.records(), "j").open, []);
});

test("a retry that does not fit under the ceiling is not sent", async () => {
  const b = await bench([{ kinds: ["changeClass"], code: "network", when: "before", probability: 1 }], FREEZE.price + 0.5);
  await assert.rejects(b.move(), CeilingError);
  assert.equal(b.classNow(), "STANDARD");
  assert.equal(b.spending.spent, FREEZE.price);
});

test("a thaw whose answer was lost is paid for, though the server then says that one is under way", async () => {
  const b = await bench([{ kinds: ["restore"], code: "network", when: "after", probability: 1, count: 1 }]);
  await b.move();
  await paid(b.tools, { action: "thaw", pack: PACK, from: "DEEP_ARCHIVE", to: "Bulk", price: 5 }, 1, async (onRetry) => {
    const answer = await b.tools.repo.store.restore(FREEZE.path, { days: 1, tier: "Bulk" }, { onRetry });
    return answer === "ongoing" ? "undone" : "done";
  });
  assert.equal(b.spending.spent, FREEZE.price + 5 + 1);
});
