import assert from "node:assert/strict";
import { test } from "node:test";
import { GIB } from "../base/limits.ts";
import { MS_PER_DAY } from "../base/time.ts";
import { TEST_PROFILE } from "../plan/tier/testing.ts";
import type { Attempt } from "../store/wrap/charges.ts";
import { chargeUpTo, priceOf } from "./max-cost.ts";

const attempt = (kind: Attempt["kind"], storageClass = "STANDARD", bytes = 0, ageMs = Infinity): Attempt => ({
  kind,
  storageClass,
  bytes,
  ageMs,
});
const near = (actual: number, expected: number): void => assert.ok(Math.abs(actual - expected) < 1e-9, `${actual}, not ${expected}`);

test("requests, retrieval, egress and early deletion by the price list", () => {
  near(priceOf(TEST_PROFILE, attempt("put", "STANDARD", GIB)), 0.005 / 1000);
  near(priceOf(TEST_PROFILE, attempt("list")), 0.005 / 1000);
  near(priceOf(TEST_PROFILE, attempt("get", "GLACIER_IR", GIB)), 0.01 / 1000 + 0.03 + 0.09);
  near(priceOf(TEST_PROFILE, attempt("read", "STANDARD", GIB)), 0.09);
  near(priceOf(TEST_PROFILE, attempt("delete", "STANDARD", GIB)), 0);
  near(priceOf(TEST_PROFILE, attempt("delete", "GLACIER_IR", GIB, 30 * MS_PER_DAY)), (0.004 * 60) / (365.25 / 12));
  near(priceOf(TEST_PROFILE, attempt("delete", "GLACIER_IR", GIB, 90 * MS_PER_DAY)), 0);
});

test("charges stop before the one that does not fit, and a class without prices is refused", () => {
  const charge = chargeUpTo({ limit: 0.011 / 1000, profile: TEST_PROFILE });
  charge(attempt("put"));
  charge(attempt("put"));
  assert.throws(() => charge(attempt("put")), { code: "ceiling" });
  charge(attempt("get"));
  charge(attempt("delete"));
  assert.throws(() => charge(attempt("delete", "FROZEN_SOLID")), /FROZEN_SOLID/);
});
