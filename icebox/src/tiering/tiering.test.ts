import assert from "node:assert/strict";
import { test } from "node:test";
import { DAY, GIB, HOUR, line, MIB, near, startBench } from "../testing.ts";
import type { Bench } from "../testing.ts";

const TIERING = "INTELLIGENT_TIERING";

function configure(bench: Bench, tiers: readonly (readonly [string, number])[], filter = "", id = "cold") {
  const body = tiers.map(([tier, days]) => `<Tiering><AccessTier>${tier}</AccessTier><Days>${days}</Days></Tiering>`).join("");
  const xml = `<IntelligentTieringConfiguration><Id>${id}</Id>${filter}<Status>Enabled</Status>${body}</IntelligentTieringConfiguration>`;
  return bench.configure("intelligent-tiering", xml, id);
}

const BOTH = [
  ["ARCHIVE_ACCESS", 90],
  ["DEEP_ARCHIVE_ACCESS", 180],
] as const;

function tierOf(bench: Bench, key = "k"): string | undefined {
  return bench.icebox.objects("ice").find((object) => object.key === key)?.accessTier;
}

function thaw(bench: Bench, tier: string, days = "") {
  const body = `<RestoreRequest>${days}<GlacierJobParameters><Tier>${tier}</Tier></GlacierJobParameters></RestoreRequest>`;
  return bench.client.send("POST", "ice/k", { query: { restore: "" }, body });
}

test("thirty days untouched to INFREQUENT, ninety to ARCHIVE_INSTANT, and no further by itself", async () => {
  await using bench = await startBench("2026-04-01T09:00:00Z");
  await bench.put("k", MIB, TIERING);
  for (const [days, tier] of [
    [30 - 1 / 24, "FREQUENT"],
    [30, "INFREQUENT"],
    [90 - 1 / 24, "INFREQUENT"],
    [90, "ARCHIVE_INSTANT"],
    [1000, "ARCHIVE_INSTANT"],
  ] as const) {
    bench.icebox.clock.set(Date.parse("2026-04-01T09:00:00Z") + days * DAY);
    assert.equal(tierOf(bench), tier, `after ${days} days`);
  }
});

test("the bill of a hundred days: every tier at its price, every month its monitoring, nothing for moving or reading", async () => {
  await using bench = await startBench("2026-04-01T00:00:00Z");
  await bench.put("k", 16 * MIB, TIERING);
  bench.icebox.clock.advance(100 * DAY);
  await bench.client.send("HEAD", "ice/k");
  const bill = bench.icebox.ledger();
  const gib = 16 / 1024;
  // April has 30 days, May 31, June 30: FREQUENT all of April; INFREQUENT from 1 May to 29 June; ARCHIVE_INSTANT on 30 June and 9 days of July.
  assert.ok(near(line(bill, "storage", TIERING, "FREQUENT").amount, gib * 0.023));
  assert.ok(near(line(bill, "storage", TIERING, "INFREQUENT").amount, gib * 0.0125 * (1 + 29 / 30)));
  assert.ok(near(line(bill, "storage", TIERING, "ARCHIVE_INSTANT").amount, gib * 0.004 * (1 / 30 + 9 / 31)));
  assert.ok(near(line(bill, "monitoring", TIERING).amount, (0.0025 / 1000) * (3 + 9 / 31)));
  const requests = 0.005 / 1000 + 0.0004 / 1000;
  const storage = gib * (0.023 + 0.0125 * (1 + 29 / 30) + 0.004 * (1 / 30 + 9 / 31));
  assert.ok(near(bill.total, storage + (0.0025 / 1000) * (3 + 9 / 31) + requests));
});

test("the opt-in tiers: ninety days skip ARCHIVE_INSTANT, overhead is paid as in the archive classes", async () => {
  await using bench = await startBench("2026-01-01T00:00:00Z");
  await configure(bench, BOTH);
  await bench.put("k", 16 * MIB, TIERING);
  bench.icebox.clock.advance(90 * DAY);
  assert.equal(tierOf(bench), "ARCHIVE_ACCESS");
  bench.icebox.clock.advance(90 * DAY);
  assert.equal(tierOf(bench), "DEEP_ARCHIVE_ACCESS");
  bench.icebox.clock.set(Date.parse("2026-08-01T00:00:00Z"));
  const bill = bench.icebox.ledger();
  const gib = 16 / 1024;
  // 90 days are over on 1 April, 180 on 30 June: April, May and 29 days of June in the one, a day of June and July in the other.
  const [archive, deep] = [1 + 1 + 29 / 30, 1 / 30 + 1];
  assert.ok(near(line(bill, "storage", TIERING, "ARCHIVE_INSTANT").amount, 0));
  assert.ok(near(line(bill, "storage", TIERING, "ARCHIVE_ACCESS").amount, gib * 0.0036 * archive));
  assert.ok(near(line(bill, "storage", TIERING, "DEEP_ARCHIVE_ACCESS").amount, gib * 0.00099 * deep));
  assert.ok(near(line(bill, "overhead-index", TIERING, "ARCHIVE_ACCESS").amount, (32_768 / GIB) * 0.0036 * archive));
  assert.ok(near(line(bill, "overhead-index", TIERING, "DEEP_ARCHIVE_ACCESS").amount, (32_768 / GIB) * 0.00099 * deep));
  assert.ok(near(line(bill, "overhead-name", TIERING).amount, (8192 / GIB) * 0.023 * (archive + deep)));
  assert.ok(near(line(bill, "monitoring", TIERING).amount, (0.0025 / 1000) * 7));
});

test("reading and copying bring an object back to FREQUENT; looking and tagging do not", async () => {
  await using bench = await startBench("2026-01-01T00:00:00Z");
  await bench.put("k", MIB, TIERING);
  bench.icebox.clock.advance(40 * DAY);
  await bench.client.send("HEAD", "ice/k");
  await bench.client.send("GET", "ice", { query: { "list-type": "2" } });
  await bench.client.send("GET", "ice/k", { query: { tagging: "" } });
  assert.equal(tierOf(bench), "INFREQUENT");
  await bench.client.send("GET", "ice/k", { headers: { range: "bytes=0-0" } });
  assert.equal(tierOf(bench), "FREQUENT");
  bench.icebox.clock.advance(29 * DAY);
  assert.equal(tierOf(bench), "FREQUENT");
  bench.icebox.clock.advance(DAY);
  assert.equal(tierOf(bench), "INFREQUENT");
  await bench.client.send("PUT", "ice/copy", { headers: { "x-amz-copy-source": "ice/k" } });
  assert.equal(tierOf(bench), "FREQUENT");
  assert.equal(line(bench.icebox.ledger(), "retrieval", TIERING).amount, 0);
});

test("what is smaller than 128 KiB stays FREQUENT and is not monitored", async () => {
  await using bench = await startBench("2026-04-01T00:00:00Z");
  await configure(bench, BOTH);
  await bench.put("k", 128 * 1024 - 1, TIERING);
  await bench.put("large", 128 * 1024, TIERING);
  bench.icebox.clock.advance(200 * DAY);
  assert.deepEqual([tierOf(bench), tierOf(bench, "large")], ["FREQUENT", "DEEP_ARCHIVE_ACCESS"]);
  bench.icebox.clock.set(Date.parse("2027-04-01T00:00:00Z"));
  assert.ok(near(line(bench.icebox.ledger(), "monitoring", TIERING).quantity, 12));
});

test("in an archive tier it says so, cannot be read or copied, and is thawed for good", async () => {
  await using bench = await startBench("2026-01-01T00:00:00Z");
  await configure(bench, BOTH);
  await bench.put("k", 16 * MIB, TIERING);
  bench.icebox.clock.advance(100 * DAY);
  const head = async () => (await bench.client.send("HEAD", "ice/k")).headers;
  assert.deepEqual([(await head()).get("x-amz-archive-status"), (await head()).get("x-amz-restore")], ["ARCHIVE_ACCESS", null]);
  const read = await bench.client.send("GET", "ice/k");
  assert.deepEqual([read.status, read.code], [403, "InvalidObjectState"]);
  assert.match(read.text, /<StorageClass>INTELLIGENT_TIERING<.*<AccessTier>ARCHIVE_ACCESS</);
  assert.equal((await bench.copy("k", "STANDARD")).status, 403);
  assert.equal((await thaw(bench, "Standard", "<Days>1</Days>")).code, "InvalidArgument");
  assert.equal((await thaw(bench, "Standard")).status, 202);
  assert.equal((await head()).get("x-amz-restore"), 'ongoing-request="true"');
  assert.equal((await thaw(bench, "Bulk")).code, "RestoreAlreadyInProgress");
  bench.icebox.clock.advance(5 * HOUR);
  assert.deepEqual(
    [tierOf(bench), (await head()).get("x-amz-restore"), (await head()).get("x-amz-archive-status")],
    ["FREQUENT", null, null],
  );
  assert.equal((await bench.client.send("GET", "ice/k")).status, 200);
  assert.equal((await thaw(bench, "Standard")).code, "ObjectAlreadyInActiveTierError");
  bench.icebox.clock.advance(29 * DAY);
  assert.equal(tierOf(bench), "FREQUENT");
  const bill = bench.icebox.ledger();
  for (const item of ["restore-requests", "restore-retrieval", "temporary-copy", "early-deletion"]) {
    assert.equal(line(bill, item, TIERING, item.startsWith("restore") ? "Standard" : undefined).amount, 0, item);
  }
});

test("only Expedited costs, and only the upper tier has it", async () => {
  await using bench = await startBench("2026-01-01T00:00:00Z");
  await configure(bench, BOTH);
  await bench.put("k", GIB / 64, TIERING);
  bench.icebox.clock.advance(90 * DAY);
  assert.equal((await thaw(bench, "Expedited")).status, 202);
  bench.icebox.clock.advance(5 * 60_000);
  assert.equal(tierOf(bench), "FREQUENT");
  const bill = bench.icebox.ledger();
  assert.ok(near(line(bill, "restore-requests", TIERING, "Expedited").amount, 10 / 1000));
  assert.ok(near(line(bill, "restore-retrieval", TIERING, "Expedited").amount, 0.03 / 64));
  bench.icebox.clock.advance(180 * DAY);
  assert.equal(tierOf(bench), "DEEP_ARCHIVE_ACCESS");
  assert.equal((await thaw(bench, "Expedited")).code, "InvalidArgument");
  assert.equal((await thaw(bench, "Bulk")).status, 202);
  bench.icebox.clock.advance(48 * HOUR - 1);
  assert.equal(tierOf(bench), "DEEP_ARCHIVE_ACCESS");
  bench.icebox.clock.advance(1);
  assert.equal(tierOf(bench), "FREQUENT");
});

test("a configuration reaches what its filter names, at once what is old enough; taken away, nothing rises by itself", async () => {
  await using bench = await startBench("2026-01-01T00:00:00Z");
  for (const key of ["data/a", "index/a"]) await bench.put(key, MIB, TIERING);
  bench.icebox.clock.advance(100 * DAY);
  assert.equal((await configure(bench, BOTH, "<Filter><Prefix>data/</Prefix></Filter>")).status, 200);
  const tiers = () => [tierOf(bench, "data/a"), tierOf(bench, "index/a")];
  assert.deepEqual(tiers(), ["ARCHIVE_ACCESS", "ARCHIVE_INSTANT"]);
  await bench.client.send("DELETE", "ice", { query: { "intelligent-tiering": "", id: "cold" } });
  bench.icebox.clock.advance(200 * DAY);
  assert.deepEqual(tiers(), ["ARCHIVE_ACCESS", "ARCHIVE_INSTANT"]);
});

test("a tag can choose, also later", async () => {
  await using bench = await startBench("2026-01-01T00:00:00Z");
  await configure(bench, [["ARCHIVE_ACCESS", 120]], "<Filter><Tag><Key>need</Key><Value>cold</Value></Tag></Filter>");
  await bench.put("k", MIB, TIERING);
  bench.icebox.clock.advance(150 * DAY);
  assert.equal(tierOf(bench), "ARCHIVE_INSTANT");
  const body = "<Tagging><TagSet><Tag><Key>need</Key><Value>cold</Value></Tag></TagSet></Tagging>";
  await bench.client.send("PUT", "ice/k", { query: { tagging: "" }, body });
  assert.equal(tierOf(bench), "ARCHIVE_ACCESS");
});

test("rules move out of the tiers downward only, and in at FREQUENT", async () => {
  await using bench = await startBench("2026-01-01T00:00:00Z");
  await configure(bench, BOTH);
  await bench.put("out", MIB, TIERING);
  await bench.put("in", MIB);
  const move = (prefix: string, days: number, to: string) =>
    `<Rule><ID>${prefix}</ID><Filter><Prefix>${prefix}</Prefix></Filter><Status>Enabled</Status><Transition><Days>${days}</Days><StorageClass>${to}</StorageClass></Transition></Rule>`;
  await bench.lifecycle(move("out", 200, "GLACIER") + move("in", 1, TIERING));
  bench.icebox.clock.advance(DAY);
  assert.deepEqual([bench.classOf("in"), tierOf(bench, "in")], [TIERING, "FREQUENT"]);
  bench.icebox.clock.advance(30 * DAY);
  assert.equal(tierOf(bench, "in"), "INFREQUENT");
  // DEEP_ARCHIVE_ACCESS is colder than GLACIER: there is no way up.
  bench.icebox.clock.advance(200 * DAY);
  assert.deepEqual([bench.classOf("out"), tierOf(bench, "out")], [TIERING, "DEEP_ARCHIVE_ACCESS"]);
  await bench.lifecycle(move("out", 200, "DEEP_ARCHIVE"));
  bench.icebox.clock.advance(DAY);
  assert.deepEqual([bench.classOf("out"), tierOf(bench, "out")], ["DEEP_ARCHIVE", undefined]);
  assert.ok(near(line(bench.icebox.ledger(), "lifecycle-transitions", TIERING).amount, 0.01 / 1000));
});

test("a noncurrent version sinks too, and a jump of the clock is the same as many small steps", async () => {
  const bills = [];
  for (const step of [DAY, 400 * DAY]) {
    await using bench = await startBench("2026-01-01T00:00:00Z", { versioning: "Enabled" });
    await configure(bench, BOTH);
    await bench.put("k", MIB, TIERING);
    await bench.put("k", 2 * MIB, TIERING);
    for (let day = 0; day < 400 * DAY; day += step) bench.icebox.clock.advance(step);
    const tiers = bench.icebox.versions("ice").map((version) => ("deleteMarker" in version ? undefined : version.accessTier));
    assert.deepEqual(tiers, ["DEEP_ARCHIVE_ACCESS", "DEEP_ARCHIVE_ACCESS"]);
    bills.push(bench.icebox.ledger().total);
  }
  assert.ok(near(bills[0]!, bills[1]!));
});
