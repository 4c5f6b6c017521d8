import assert from "node:assert/strict";
import { test } from "node:test";
import { DAY_MS } from "./clock.ts";
import { rehearse } from "./rehearsal.ts";

const START = Date.UTC(2026, 0, 1);
const GIB = 2 ** 30;
const HOUR_MS = 3_600_000;

function rule(days: number, to: string): string {
  return (
    "<LifecycleConfiguration><Rule><ID>r</ID><Status>Enabled</Status><Filter><Prefix>data/</Prefix></Filter>" +
    `<Transition><Days>${days}</Days><StorageClass>${to}</StorageClass></Transition></Rule></LifecycleConfiguration>`
  );
}

test("a month of a GiB costs what the price list says", () => {
  const year = rehearse({ start: START, region: "us-east-1" });
  year.put("data/a", GIB);
  year.moveTo(Date.UTC(2026, 1, 1));
  const [line, ...others] = year.bill().lines.filter(({ amount }) => amount > 0);
  assert.deepEqual([line!.item, line!.class, others.length], ["storage", "STANDARD", 0]);
  assert.ok(Math.abs(line!.quantity - 1) < 1e-9 && Math.abs(line!.amount - 0.023) < 1e-9);
});

test("rules move what they match, a thaw waits as published and is paid for, and early deletion is due", () => {
  const year = rehearse({ start: START, region: "us-east-1", lifecycle: rule(1, "DEEP_ARCHIVE") });
  year.put("data/a", GIB);
  year.put("index/a", GIB);
  year.moveTo(START + 10 * DAY_MS);
  const thawed = year.thaw(["data/a", "index/a"], "Standard", 3);
  assert.deepEqual([thawed.objects, thawed.bytes, thawed.waitMs], [1, GIB, 12 * HOUR_MS]);
  const copy = (0.023 * 3.5) / 31;
  assert.ok(Math.abs(thawed.cost - (0.0001 + 0.02 + copy)) < 1e-6, String(thawed.cost));
  year.remove("data/a");
  const early = year.bill().lines.find(({ item }) => item === "early-deletion");
  assert.ok(early !== undefined && early.amount > 0.004 && early.amount < 0.006, String(early?.amount));
  assert.throws(() => year.thaw(["data/a"], "Standard", 3), RangeError);
});

test("requests are charged only when they are said to have been made", () => {
  const year = rehearse({ start: START, region: "us-east-1" });
  year.put("data/a", 1);
  assert.equal(year.bill().lines.filter(({ unit }) => unit === "request").length, 0);
  year.charge({ item: "requests-put", class: "STANDARD", quantity: 1000 });
  assert.equal(year.bill().lines.find(({ item }) => item === "requests-put")?.amount, 0.005);
});
