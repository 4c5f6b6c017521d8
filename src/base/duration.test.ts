import assert from "node:assert/strict";
import { test } from "node:test";
import { addDuration, formatDuration, parseDuration, shiftTime } from "./duration.ts";
import { timeFromMs } from "./time.ts";

test("durations are read in any order and shown in one", () => {
  assert.equal(formatDuration(parseDuration("2h7d5m1y", "x")), "1y5m7d2h");
  for (const bad of ["", "5", "d5", "1w", "1y 2x", "1.5d"]) assert.throws(() => parseDuration(bad, "keep"), { code: "invalid-duration" });
});

test("months and years follow the calendar as Go's AddDate does", () => {
  const at = (iso: string) => timeFromMs(Date.parse(iso), 0);
  assert.equal(shiftTime(at("2026-01-31T12:00:00Z"), parseDuration("1m", "x"), 1).ns, at("2026-03-03T12:00:00Z").ns);
  assert.equal(shiftTime(at("2026-03-31T12:00:00Z"), parseDuration("1m2h", "x"), -1).ns, at("2026-03-03T10:00:00Z").ns);
  assert.equal(addDuration(Date.parse("2024-02-29T00:00:00Z"), parseDuration("1y", "x")), Date.parse("2025-03-01T00:00:00Z"));
});

test("the calendar is that of the time's own zone", () => {
  const late = { ns: BigInt(Date.parse("2026-03-31T23:30:00Z")) * 1_000_000n + 7n, offset: 3600 };
  // 00:30 on 1 April local; one month back is 00:30 on 1 March local.
  assert.equal(shiftTime(late, parseDuration("1m", "x"), -1).ns, BigInt(Date.parse("2026-02-28T23:30:00Z")) * 1_000_000n + 7n);
});
