import assert from "node:assert/strict";
import { after, test } from "node:test";
import fc from "fast-check";
import { zoneOffsetAt } from "./zone.ts";

const ZONE = "Europe/Berlin";
const SECOND = 1_000_000_000n;
const END = 8_640_000_000_000n;

const before = process.env["TZ"];
process.env["TZ"] = ZONE;
after(() => {
  if (before === undefined) delete process.env["TZ"];
  else process.env["TZ"] = before;
});

function offsetOf(ns: bigint): number {
  return Temporal.Instant.fromEpochNanoseconds(ns).toZonedDateTimeISO(ZONE).offsetNanoseconds / 1e9;
}

test("local time is the zone's at every moment, in whatever order they are asked about", () => {
  assert.equal(Temporal.Now.timeZoneId(), ZONE);
  const recent = fc.bigInt({ min: 0n, max: 2_500_000_000n * SECOND });
  const any = fc.bigInt({ min: -END * SECOND, max: END * SECOND });
  fc.assert(
    fc.property(fc.array(fc.oneof(recent, any), { maxLength: 20 }), (moments) => {
      for (const ns of moments) assert.equal(zoneOffsetAt("local", ns), offsetOf(ns), String(ns));
    }),
  );
});

test("the offset changes with the clocks, to the nanosecond", () => {
  for (const change of [1_774_746_000n, 1_792_890_000n]) {
    const at = change * SECOND;
    const [earlier, now] = [zoneOffsetAt("local", at - 1n), zoneOffsetAt("local", at)];
    assert.deepEqual([earlier, now], [offsetOf(at - 1n), offsetOf(at)]);
    assert.notEqual(earlier, now);
  }
});

test("moments that no calendar reaches have the offset of the last that one does", () => {
  for (const sign of [-1n, 1n]) assert.equal(zoneOffsetAt("local", sign * END * SECOND * 2n), offsetOf(sign * END * SECOND));
});
