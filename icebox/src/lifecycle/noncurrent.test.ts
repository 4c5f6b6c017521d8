import assert from "node:assert/strict";
import { test } from "node:test";
import { DAY, line, MIB, near, startBench } from "../testing.ts";
import type { Bench } from "../testing.ts";

const BIG = 200 * 1024;
const VERSIONED = { versioning: "Enabled" } as const;

function rule(actions: string, filter = "", id = "r"): string {
  return `<Rule><ID>${id}</ID><Filter>${filter}</Filter><Status>Enabled</Status>${actions}</Rule>`;
}

function moveNoncurrent(days: number, storageClass: string, keep = ""): string {
  return `<NoncurrentVersionTransition><NoncurrentDays>${days}</NoncurrentDays>${keep}<StorageClass>${storageClass}</StorageClass></NoncurrentVersionTransition>`;
}

function expireNoncurrent(days: number, keep = ""): string {
  return `<NoncurrentVersionExpiration><NoncurrentDays>${days}</NoncurrentDays>${keep}</NoncurrentVersionExpiration>`;
}

const keepNewest = (count: number) => `<NewerNoncurrentVersions>${count}</NewerNoncurrentVersions>`;
const LONE_MARKERS = "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>";

function told(bench: Bench): string[] {
  return bench.icebox.versions("ice").map((version) => ("deleteMarker" in version ? "marker" : `${version.size} ${version.storageClass}`));
}

test("AWS's example: superseded on 15 January at 10:30, three days, done on the 19th at midnight", async () => {
  await using bench = await startBench("2014-01-01T10:30:00Z", VERSIONED);
  await bench.put("k", BIG);
  assert.equal((await bench.lifecycle(rule(moveNoncurrent(3, "GLACIER")))).status, 200);
  bench.icebox.clock.set(Date.parse("2014-01-15T10:30:00Z"));
  await bench.put("k", BIG + 1);
  bench.icebox.clock.set(Date.parse("2014-01-18T23:59:59Z"));
  assert.deepEqual(told(bench), [`${BIG + 1} STANDARD`, `${BIG} STANDARD`]);
  bench.icebox.clock.set(Date.parse("2014-01-19T00:00:00Z"));
  assert.deepEqual(told(bench), [`${BIG + 1} STANDARD`, `${BIG} GLACIER`]);
});

test("noncurrent versions move, are paid for in their class, and expire with what their minimum duration still asks", async () => {
  await using bench = await startBench("2026-04-01T00:00:00Z", VERSIONED);
  await bench.put("k", 16 * MIB);
  await bench.lifecycle(rule(moveNoncurrent(0, "DEEP_ARCHIVE") + expireNoncurrent(20)));
  bench.icebox.clock.advance(5 * DAY - 1);
  await bench.put("k", 1);
  bench.icebox.clock.advance(DAY);
  assert.deepEqual(told(bench), ["1 STANDARD", `${16 * MIB} DEEP_ARCHIVE`]);
  bench.icebox.clock.set(Date.parse("2026-05-01T00:00:00Z"));
  assert.deepEqual(told(bench), ["1 STANDARD"]);
  const bill = bench.icebox.ledger();
  const gib = 16 / 1024;
  // Superseded just before 6 April: in the archive from then until the 26th, 20 of 180 days.
  assert.ok(near(line(bill, "storage", "DEEP_ARCHIVE").quantity, gib * (20 / 30)));
  assert.ok(near(line(bill, "lifecycle-transitions", "DEEP_ARCHIVE").amount, 0.05 / 1000));
  assert.ok(near(line(bill, "early-deletion", "DEEP_ARCHIVE").amount, gib * 0.00099 * (160 / 30)));
});

test("so many of the newest noncurrent versions stay, however old", async () => {
  await using bench = await startBench("2026-04-01T00:00:00Z", VERSIONED);
  for (let size = 1; size <= 5; size++) await bench.put("k", size);
  await bench.put("other", 9);
  await bench.lifecycle(rule(expireNoncurrent(10, keepNewest(2))));
  bench.icebox.clock.advance(9 * DAY);
  assert.equal(told(bench).length, 6);
  bench.icebox.clock.advance(100 * DAY);
  assert.deepEqual(told(bench), ["5 STANDARD", "4 STANDARD", "3 STANDARD", "9 STANDARD"]);
});

test("expiry in a versioned bucket is a delete marker; it goes when it stands alone", async () => {
  await using bench = await startBench("2026-04-01T00:00:00Z", VERSIONED);
  await bench.put("k", 1);
  await bench.lifecycle(rule("<Expiration><Days>5</Days></Expiration>") + rule(expireNoncurrent(3), "", "n"));
  bench.icebox.clock.advance(5 * DAY);
  assert.deepEqual(told(bench), ["marker", "1 STANDARD"]);
  assert.equal((await bench.client.send("GET", "ice/k")).status, 404);
  bench.icebox.clock.advance(3 * DAY);
  assert.deepEqual(told(bench), ["marker"]);
  // The rule lets nothing become older than five days, lone markers included.
  bench.icebox.clock.advance(2 * DAY);
  assert.deepEqual(told(bench), []);
});

test("lone delete markers are removed by their rule, those that hide something are not", async () => {
  await using bench = await startBench("2026-04-01T00:00:00Z", VERSIONED);
  await bench.put("hides", 1);
  await bench.remove("hides");
  await bench.remove("alone");
  await bench.lifecycle(rule(LONE_MARKERS));
  bench.icebox.clock.advance(DAY);
  assert.deepEqual(
    bench.icebox.versions("ice").map(({ key }) => key),
    ["hides", "hides"],
  );
});

test("a transition goes before a delete marker, a removal before a transition", async () => {
  await using bench = await startBench("2026-04-01T00:00:00Z", VERSIONED);
  await bench.put("k", BIG);
  const move = "<Transition><Days>5</Days><StorageClass>GLACIER</StorageClass></Transition>";
  await bench.lifecycle(rule(`${move}<Expiration><Days>5</Days></Expiration>`));
  bench.icebox.clock.advance(5 * DAY);
  assert.deepEqual(told(bench), [`${BIG} GLACIER`]);
  bench.icebox.clock.advance(DAY);
  assert.deepEqual(told(bench), ["marker", `${BIG} GLACIER`]);
  await bench.lifecycle(rule(moveNoncurrent(2, "DEEP_ARCHIVE") + expireNoncurrent(2)));
  bench.icebox.clock.advance(2 * DAY);
  assert.equal(line(bench.icebox.ledger(), "lifecycle-transitions", "DEEP_ARCHIVE").quantity, 0);
  assert.deepEqual(told(bench), ["marker"]);
});

test("rules for current versions leave noncurrent ones alone, and the other way round; filters hold for both", async () => {
  await using bench = await startBench("2026-04-01T00:00:00Z", VERSIONED);
  for (const key of ["data/a", "index/a"]) {
    await bench.put(key, BIG);
    await bench.put(key, BIG + 1);
  }
  await bench.put("data/a", BIG + 2, "STANDARD", { "x-amz-tagging": "keep=1" });
  const tagged = "<Tag><Key>keep</Key><Value>1</Value></Tag>";
  await bench.lifecycle(
    rule(moveNoncurrent(1, "GLACIER"), "<Prefix>data/</Prefix>") +
      rule("<Transition><Days>1</Days><StorageClass>GLACIER_IR</StorageClass></Transition>", tagged, "t"),
  );
  bench.icebox.clock.advance(3 * DAY);
  assert.deepEqual(told(bench), [
    `${BIG + 2} GLACIER_IR`,
    `${BIG + 1} GLACIER`,
    `${BIG} GLACIER`,
    `${BIG + 1} STANDARD`,
    `${BIG} STANDARD`,
  ]);
});

test("rules about versions that S3 refuses", async () => {
  await using bench = await startBench("2026-04-01T00:00:00Z", VERSIONED);
  const tag = "<Tag><Key>a</Key><Value>b</Value></Tag>";
  const refused = [
    rule(expireNoncurrent(0)),
    rule("<NoncurrentVersionExpiration></NoncurrentVersionExpiration>"),
    rule(moveNoncurrent(29, "STANDARD_IA")),
    rule(moveNoncurrent(1, "STANDARD")),
    rule(expireNoncurrent(1, keepNewest(101))),
    rule(expireNoncurrent(1, keepNewest(0))),
    rule("<Expiration><Days>1</Days><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>"),
    rule(LONE_MARKERS, tag),
    rule("<Expiration><ExpiredObjectDeleteMarker>false</ExpiredObjectDeleteMarker></Expiration>"),
  ];
  for (const rules of refused) assert.equal((await bench.lifecycle(rules)).status, 400, rules);
});
