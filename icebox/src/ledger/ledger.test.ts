import assert from "node:assert/strict";
import { test } from "node:test";
import { DAY, GIB, HOUR, line, MIB, near, startBench } from "../testing.ts";
import { graduated, loadPrices } from "./prices.ts";

function check(actual: number, expected: number, what: string): void {
  assert.ok(near(actual, expected), `${what}: ${actual}, by hand ${expected}`);
}

test("sixteen MiB in STANDARD through February and half of March", async () => {
  await using bench = await startBench("2026-02-01T00:00:00Z");
  await bench.put("k", 16 * MIB);
  bench.icebox.clock.advance(28 * DAY + 15.5 * DAY);
  const bill = bench.icebox.ledger();
  const gib = 16 / 1024;
  check(line(bill, "storage", "STANDARD").quantity, gib * 1.5, "GiB-months");
  check(line(bill, "storage", "STANDARD").amount, gib * 1.5 * 0.023, "storage");
  check(line(bill, "requests-put", "STANDARD").amount, 0.005 / 1000, "PUT");
  assert.deepEqual(
    bill.months.map(({ month }) => month),
    ["2026-02", "2026-03"],
  );
  check(bill.total, gib * 1.5 * 0.023 + 0.000005, "total");
});

test("the archive's overhead: 8 KiB at STANDARD's rate and 32 KiB at its own for every object", async () => {
  await using bench = await startBench("2026-04-01T00:00:00Z");
  await bench.put("k", MIB, "DEEP_ARCHIVE");
  bench.icebox.clock.advance(30 * DAY);
  const bill = bench.icebox.ledger();
  check(line(bill, "storage", "DEEP_ARCHIVE").amount, (MIB / GIB) * 0.00099, "storage");
  check(line(bill, "overhead-name", "DEEP_ARCHIVE").amount, (8192 / GIB) * 0.023, "8 KiB");
  check(line(bill, "overhead-index", "DEEP_ARCHIVE").amount, (32768 / GIB) * 0.00099, "32 KiB");
  check(line(bill, "requests-put", "DEEP_ARCHIVE").amount, 0.05 / 1000, "PUT");
});

test("a small object in IA counts as 128 KiB, in STANDARD as it is", async () => {
  await using bench = await startBench("2026-04-01T00:00:00Z");
  await bench.put("ia", 1000, "STANDARD_IA");
  await bench.put("hot", 1000);
  bench.icebox.clock.advance(30 * DAY);
  const bill = bench.icebox.ledger();
  check(line(bill, "storage", "STANDARD_IA").quantity, 131072 / GIB, "IA");
  check(line(bill, "storage", "STANDARD").quantity, 1000 / GIB, "STANDARD");
});

test("leaving early is paid once: by delete, by overwrite, by a copy onto itself", async () => {
  for (const leave of ["delete", "overwrite", "copy"] as const) {
    await using bench = await startBench("2026-04-01T00:00:00Z");
    await bench.put("k", 16 * MIB, "GLACIER_IR");
    bench.icebox.clock.advance(10 * DAY);
    if (leave === "delete") await bench.client.send("DELETE", "ice/k");
    else if (leave === "overwrite") await bench.put("k", 1);
    else await bench.copy("k", "DEEP_ARCHIVE");
    bench.icebox.clock.advance(DAY);
    const bill = bench.icebox.ledger();
    // 80 of 90 days are missing, in a month of 30.
    check(line(bill, "early-deletion", "GLACIER_IR").amount, (16 / 1024) * 0.004 * (80 / 30), leave);
    check(line(bill, "storage", "GLACIER_IR").quantity, (16 / 1024) * (10 / 30), "storage until then");
    check(line(bill, "retrieval", "GLACIER_IR").amount, leave === "copy" ? (16 / 1024) * 0.03 : 0, "retrieval");
  }
});

test("staying as long as was promised costs nothing more", async () => {
  await using bench = await startBench("2026-01-01T00:00:00Z");
  await bench.put("k", MIB, "DEEP_ARCHIVE");
  bench.icebox.clock.advance(180 * DAY);
  await bench.client.send("DELETE", "ice/k");
  assert.deepEqual(line(bench.icebox.ledger(), "early-deletion", "DEEP_ARCHIVE"), { quantity: 0, amount: 0 });
});

test("a class change by copy is one request at the price of where it goes", async () => {
  await using bench = await startBench("2026-04-01T00:00:00Z");
  await bench.put("k", 16 * MIB);
  const before = bench.icebox.ledger().total;
  await bench.copy("k", "DEEP_ARCHIVE");
  check(bench.icebox.ledger().total - before, 0.05 / 1000, "one pack STANDARD to DEEP_ARCHIVE");
});

test("reading: by request, by GiB where it is infrequent, egress after the allowance", async () => {
  await using bench = await startBench("2026-04-01T00:00:00Z", { prices: { ...loadPrices("us-east-1"), egressFreeGib: 1 / 1024 } });
  await bench.put("ir", MIB, "GLACIER_IR");
  await bench.client.send("GET", "ice/ir");
  await bench.client.send("GET", "ice/ir", { headers: { range: "bytes=0-1048575" } });
  await bench.client.send("HEAD", "ice/ir");
  const bill = bench.icebox.ledger();
  check(line(bill, "requests-get", "GLACIER_IR").amount, (3 * 0.01) / 1000, "GET and HEAD");
  check(line(bill, "retrieval", "GLACIER_IR").amount, (2 / 1024) * 0.03, "retrieval");
  check(line(bill, "egress").quantity, 2 / 1024, "bytes out");
  check(line(bill, "egress").amount, (1 / 1024) * 0.09, "egress: one of two MiB was free");
});

test("a thaw: request, GiB, and the copy from when it is ready until its midnight", async () => {
  await using bench = await startBench("2026-04-10T10:00:00Z");
  await bench.put("k", 16 * MIB, "DEEP_ARCHIVE");
  await bench.restore("k", 2, "Bulk");
  bench.icebox.clock.advance(10 * DAY);
  const bill = bench.icebox.ledger();
  check(line(bill, "restore-requests", "DEEP_ARCHIVE", "Bulk").amount, 0.025 / 1000, "request");
  check(line(bill, "restore-retrieval", "DEEP_ARCHIVE", "Bulk").amount, (16 / 1024) * 0.0025, "retrieval");
  // Ready on the 12th at 10:00, two days asked: until the 15th at 00:00.
  check(line(bill, "temporary-copy", "DEEP_ARCHIVE").amount, (16 / 1024) * 0.023 * ((2 * DAY + 14 * HOUR) / (30 * DAY)), "copy");
  check(line(bill, "storage", "DEEP_ARCHIVE").quantity, (16 / 1024) * (10 / 30), "the original goes on");
});

test("a thaw that is asked for twice pays twice only when it is sped up, and then by the faster tier", async () => {
  await using bench = await startBench("2026-04-10T10:00:00Z");
  await bench.put("k", GIB / 64, "GLACIER");
  await bench.restore("k", 1, "Standard");
  const before = bench.icebox.ledger();
  assert.equal((await bench.restore("k", 1, "Standard")).status, 409);
  assert.deepEqual(
    line(bench.icebox.ledger(), "restore-requests", "GLACIER", "Standard"),
    line(before, "restore-requests", "GLACIER", "Standard"),
  );
  assert.equal((await bench.restore("k", 1, "Expedited")).status, 202);
  const bill = bench.icebox.ledger();
  check(line(bill, "restore-retrieval", "GLACIER", "Standard").quantity, 0, "slower GiB");
  check(line(bill, "restore-retrieval", "GLACIER", "Expedited").amount, 0.03 / 64, "faster GiB");
  check(line(bill, "restore-requests", "GLACIER", "Expedited").amount, 10 / 1000, "faster request");
  check(line(bill, "restore-requests", "GLACIER", "Standard").amount, 0.05 / 1000, "the first request stays paid");
});

test("parts on the way into the archive are STANDARD's, the completion is the archive's", async () => {
  await using bench = await startBench("2026-04-01T00:00:00Z");
  const { client } = bench;
  const begun = await client.send("POST", "ice/k", { query: { uploads: "" }, headers: { "x-amz-storage-class": "DEEP_ARCHIVE" } });
  const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(begun.text)![1]!;
  const part = await client.send("PUT", "ice/k", { query: { uploadId, partNumber: "1" }, body: Buffer.alloc(MIB) });
  bench.icebox.clock.advance(3 * DAY);
  const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${part.headers.get("etag")}</ETag></Part></CompleteMultipartUpload>`;
  assert.equal((await client.send("POST", "ice/k", { query: { uploadId }, body })).status, 200);
  bench.icebox.clock.advance(3 * DAY);
  const bill = bench.icebox.ledger();
  check(line(bill, "requests-put", "STANDARD").quantity, 2, "begin and part");
  check(line(bill, "requests-put", "DEEP_ARCHIVE").quantity, 1, "completion");
  check(line(bill, "multipart-parts", "STANDARD").quantity, (1 / 1024) * 0.1, "staged for 3 of 30 days");
  check(line(bill, "storage", "DEEP_ARCHIVE").quantity, (1 / 1024) * 0.1, "stored for 3 of 30 days");
});

test("a read the ice refuses is a request like any other, but no retrieval", async () => {
  await using bench = await startBench("2026-04-01T00:00:00Z");
  await bench.put("k", MIB, "GLACIER");
  assert.equal((await bench.client.send("GET", "ice/k")).status, 403);
  const bill = bench.icebox.ledger();
  check(line(bill, "requests-get", "GLACIER").amount, 0.0004 / 1000, "one GET");
  assert.equal(line(bill, "retrieval", "GLACIER").quantity, 0);
});

test("LIST is charged by request at STANDARD's rate, deletes are free, refusals at the door too", async () => {
  await using bench = await startBench("2026-04-01T00:00:00Z");
  await bench.client.send("GET", "ice", { query: { "list-type": "2" } });
  await bench.client.send("DELETE", "ice/k");
  await bench.client.send("GET", "ice", { credentials: { accessKeyId: "x", secretAccessKey: "y" } });
  bench.icebox.faults.add({ kind: "throttle", count: 1 });
  await bench.client.send("GET", "ice");
  const bill = bench.icebox.ledger();
  check(line(bill, "requests-list").amount, 0.005 / 1000, "one LIST");
  check(bill.total, 0.005 / 1000, "nothing else");
  assert.deepEqual(bill.operations, { DeleteObject: 1, ListObjects: 2, ListObjectsV2: 1 });
});

test("graduated prices", () => {
  const steps = [
    { upToGib: 10, price: 3 },
    { upToGib: 20, price: 2 },
    { upToGib: undefined, price: 1 },
  ];
  assert.deepEqual(
    [0, 5, 10, 15, 25].map((quantity) => graduated(quantity, steps)),
    [0, 15, 30, 40, 55],
  );
});

test("prices of other regions: their own, the same as, filled up with a note, unknown", () => {
  assert.equal(loadPrices("me-central-1").classes["DEEP_ARCHIVE"]?.storage[0]?.price, 0.0018);
  assert.deepEqual(loadPrices("us-west-2").classes, loadPrices("us-east-1").classes);
  const tokyo = loadPrices("ap-northeast-1");
  assert.equal(tokyo.classes["DEEP_ARCHIVE"]?.storage[0]?.price, 0.002);
  assert.equal(tokyo.classes["DEEP_ARCHIVE"]?.restore.Standard?.per1000, 0.1);
  assert.match(tokyo.notes.join(), /ap-northeast-1: STANDARD.* taken from us-east-1/);
  assert.equal(loadPrices("cn-north-1").currency, "CNY");
  assert.match(loadPrices("mars-1").notes.join(), /us-east-1 is assumed/);
  assert.deepEqual(loadPrices("us-east-1").notes, []);
});
