import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTierPlan } from "./plan-file.ts";
import { planText, TIER_PLAN_SCHEMA, type TierPlan } from "./tier-plan.ts";
import { asId } from "../../base/id.ts";

const pack = asId<"pack">("ab".repeat(32));

const PLAN: TierPlan = {
  schema: TIER_PLAN_SCHEMA,
  repository: "c".repeat(64),
  location: "s3:host/bucket",
  createdAt: "2026-03-01T12:00:00.000Z",
  strict: false,
  prices: { provider: "aws-s3", region: "us-east-1", currency: "USD", date: "2026-11-22", assumed: false, why: "" },
  recovery: [],
  assumptions: [],
  steps: [
    {
      kind: "promote",
      pack,
      path: `data/ab/${pack}`,
      size: 1,
      from: "DEEP_ARCHIVE",
      to: "STANDARD",
      etag: undefined,
      needMs: 0,
      why: "",
      price: 1,
      retryPrice: 0,
      savingPerMonth: -1,
      payBackDays: undefined,
      thaw: { tier: "Bulk", waitMs: 1, days: 3, price: 0.5 },
    },
  ],
  totals: { freeze: { packs: 0, bytes: 0 }, promote: { packs: 1, bytes: 1 }, price: 1, savingPerMonth: -1, payBackDays: undefined },
  mixed: { packs: 0, bytes: 0 },
  later: { packs: 0, bytes: 0, next: undefined },
  neverFrozen: { treePacks: { packs: 0, bytes: 0 }, unreferenced: { packs: 0, bytes: 0 }, unknown: { packs: 0, bytes: 0 } },
  idleSeries: [],
  unanswered: [],
};

test("a written plan is read back the same", () => {
  assert.deepEqual(planText(parseTierPlan(planText(PLAN), "p")), planText(PLAN));
});

test("every field that apply acts on is checked, and the step is named", () => {
  assert.throws(() => parseTierPlan(planText(PLAN).slice(0, -10), "plan.json"), /plan\.json: not JSON/);
  const spoilt = (change: (plan: Record<string, never>, step: Record<string, unknown>) => void): string => {
    const plan = JSON.parse(planText(PLAN)) as { steps: Record<string, unknown>[] } & Record<string, never>;
    change(plan, plan.steps[0]!);
    return JSON.stringify(plan);
  };
  const bad: [string, RegExp][] = [
    [spoilt((plan) => Object.assign(plan, { schema: "x/2" })), /schema/],
    [spoilt((plan) => Object.assign(plan, { totals: { price: -1 } })), /totals\.price/],
    [spoilt((plan) => Object.assign(plan, { prices: 3 })), /prices/],
    [spoilt((_, step) => Object.assign(step, { pack: "../../config" })), /step 1: pack/],
    [spoilt((_, step) => Object.assign(step, { path: "config" })), /step 1: path/],
    [spoilt((_, step) => Object.assign(step, { kind: "delete" })), /step 1: kind/],
    [spoilt((_, step) => Object.assign(step, { price: null })), /step 1: price/],
    [spoilt((_, step) => Object.assign(step, { thaw: { tier: "Expedited", price: 1, days: 1, waitMs: 1 } })), /step 1: thaw/],
  ];
  for (const [text, message] of bad) assert.throws(() => parseTierPlan(text, "plan.json"), message);
});
