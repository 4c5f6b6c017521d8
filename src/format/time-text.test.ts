import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ZERO_TIME } from "../base/time.ts";
import { arbitraryTime, RUNS } from "./testing.ts";
import { decodeTime, encodeTime } from "./time-text.ts";

const S = 1_000_000_000n;

test("fractions, offsets and edges", () => {
  for (const [ns, offset, text] of [
    [0n, 0, "1970-01-01T00:00:00Z"],
    [1n, 0, "1970-01-01T00:00:00.000000001Z"],
    [-1n, 0, "1969-12-31T23:59:59.999999999Z"],
    [500_000_000n, 3600, "1970-01-01T01:00:00.5+01:00"],
    [120_000_000n, -3600 * 3 - 1800, "1969-12-31T20:30:00.12-03:30"],
    [0n, 20_700, "1970-01-01T05:45:00+05:45"],
    [951_782_400n * S, 0, "2000-02-29T00:00:00Z"],
    [ZERO_TIME.ns, 0, "0001-01-01T00:00:00Z"],
    [253_402_300_799n * S + 999_999_999n, 0, "9999-12-31T23:59:59.999999999Z"],
  ] as const) {
    assert.equal(encodeTime({ ns, offset }), text);
    assert.deepEqual(decodeTime(text), { ns, offset });
  }
});

test("offsets lose their seconds, as in Go", () => {
  assert.equal(encodeTime({ ns: 0n, offset: 3208 }), "1970-01-01T00:53:28+00:53");
  assert.equal(encodeTime({ ns: 0n, offset: -30 }), "1969-12-31T23:59:30+00:00");
});

test("years are clamped, the rest of the date kept", () => {
  assert.equal(encodeTime({ ns: 253_402_300_800n * S, offset: 0 }), "9999-01-01T00:00:00Z");
  // 2^63 seconds: far beyond what a Date can hold.
  assert.match(encodeTime({ ns: (1n << 62n) * S, offset: 0 }), /^9999-\d\d-\d\dT/);
  assert.equal(encodeTime({ ns: -62_167_219_201n * S, offset: 0 }), "0000-12-31T23:59:59Z");
  const leap = Date.UTC(12_000, 1, 29);
  assert.equal(encodeTime({ ns: BigInt(leap) * 1_000_000n, offset: 0 }), "9999-03-01T00:00:00Z");
});

test("what is no time is refused, digits beyond nanoseconds are dropped", () => {
  assert.equal(decodeTime("1970-01-01T00:00:00.0000000019Z")?.ns, 1n);
  for (const bad of [
    "",
    "1970-01-01",
    "1970-01-01 00:00:00Z",
    "1970-1-01T00:00:00Z",
    "1970-02-30T00:00:00Z",
    "1970-13-01T00:00:00Z",
    "1970-00-01T00:00:00Z",
    "1970-01-01T24:00:00Z",
    "1970-01-01T00:60:00Z",
    "1970-01-01T00:00:60Z",
    "1970-01-01T00:00:00",
    "1970-01-01T00:00:00.Z",
    "1970-01-01T00:00:00+24:00",
    "1970-01-01T00:00:00Z ",
  ]) {
    assert.equal(decodeTime(bad), undefined, bad);
  }
});

test("every time in range comes back", () => {
  fc.assert(
    fc.property(arbitraryTime, (time) => {
      assert.deepEqual(decodeTime(encodeTime(time)), time);
    }),
    { ...RUNS, numRuns: RUNS.numRuns * 5 },
  );
});
