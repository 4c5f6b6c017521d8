import assert from "node:assert/strict";
import { test } from "node:test";
import { GIB, KIB, MIB } from "../../base/limits.ts";
import { MS_PER_DAY, MS_PER_HOUR } from "../../base/time.ts";
import {
  answersWithin,
  classOf,
  cheapestTier,
  earlyDeletionFee,
  moveCost,
  MS_PER_MONTH,
  storageMonth,
  thawPrice,
  thawTotal,
} from "./cost.ts";
import { TEST_PROFILE } from "./testing.ts";

const facts = (name: string) => classOf(TEST_PROFILE, name)!;
const near = (actual: number, expected: number): void => assert.ok(Math.abs(actual - expected) < 1e-12, `${actual} is not ${expected}`);

test("an archived object carries 8 KiB in STANDARD and 32 KiB in its class; a small IR object is billed as 128 KiB", () => {
  near(storageMonth(TEST_PROFILE, facts("DEEP_ARCHIVE"), GIB), 0.00099 + (8 * KIB * 0.023 + 32 * KIB * 0.00099) / GIB);
  near(storageMonth(TEST_PROFILE, facts("GLACIER_IR"), 1), (128 * KIB * 0.004) / GIB);
});

test("moving costs the target's request, the source's retrieval and the rest of its minimum", () => {
  // 16 MiB packs from STANDARD: 64 of them, 0.0032 per GiB and the HEADs (object-storage §1.4).
  near(64 * moveCost(facts("STANDARD"), facts("DEEP_ARCHIVE"), 16 * MIB, 0), 0.0032 + (64 * 0.0004) / 1000);
  const old = moveCost(facts("GLACIER_IR"), facts("DEEP_ARCHIVE"), GIB, 200 * MS_PER_DAY);
  near(old, 0.00005 + 0.00001 + 0.03);
  near(moveCost(facts("GLACIER_IR"), facts("DEEP_ARCHIVE"), GIB, 30 * MS_PER_DAY) - old, (0.004 * 60 * MS_PER_DAY) / MS_PER_MONTH);
  near(earlyDeletionFee(facts("DEEP_ARCHIVE"), GIB, 0), (0.00099 * 180 * MS_PER_DAY) / MS_PER_MONTH);
});

test("Expedited never counts as an answer, and the cheapest tier in time is chosen", () => {
  assert.equal(answersWithin(facts("GLACIER")), 5 * MS_PER_HOUR);
  assert.equal(answersWithin(facts("DEEP_ARCHIVE")), 12 * MS_PER_HOUR);
  assert.equal(answersWithin(facts("GLACIER_IR")), 0);
  assert.equal(cheapestTier(TEST_PROFILE, facts("DEEP_ARCHIVE"), MIB, 48 * MS_PER_HOUR)?.tier, "Bulk");
  assert.equal(cheapestTier(TEST_PROFILE, facts("DEEP_ARCHIVE"), MIB, 24 * MS_PER_HOUR)?.tier, "Standard");
  assert.equal(cheapestTier(TEST_PROFILE, facts("GLACIER"), MIB, MS_PER_HOUR), undefined);
});

test("a thaw is requests, retrieval and a temporary copy to the midnight after its days", () => {
  const bulk = thawPrice(TEST_PROFILE, facts("DEEP_ARCHIVE").tiers[1]!, GIB, 64, 6);
  near(bulk.requests, 0.0016);
  near(bulk.retrieval, 0.0025);
  near(thawTotal(bulk), 0.0041 + (0.023 * 7 * MS_PER_DAY) / MS_PER_MONTH);
});
