import assert from "node:assert/strict";
import { test } from "node:test";
import { DAY, HOUR, line, near, startBench } from "../testing.ts";

const BIG = 200 * 1024;

function rule(filter: string, actions: string, id = "r"): string {
  return `<Rule><ID>${id}</ID><Filter>${filter}</Filter><Status>Enabled</Status>${actions}</Rule>`;
}

function transition(days: number, storageClass: string): string {
  return `<Transition><Days>${days}</Days><StorageClass>${storageClass}</StorageClass></Transition>`;
}

test("one day after upload, rounded up to midnight; time and tag stay", async () => {
  await using bench = await startBench("2026-01-01T10:00:00Z");
  await bench.put("data/k", BIG, "STANDARD", { "x-amz-tagging": "a=1" });
  const before = bench.icebox.objects("ice")[0]!;
  assert.equal((await bench.lifecycle(rule("<Prefix>data/</Prefix>", transition(1, "DEEP_ARCHIVE")))).status, 200);
  bench.icebox.clock.set(Date.parse("2026-01-02T23:59:59Z"));
  assert.equal(bench.classOf("data/k"), "STANDARD");
  bench.icebox.clock.set(Date.parse("2026-01-03T00:00:00Z"));
  assert.equal(bench.classOf("data/k"), "DEEP_ARCHIVE");
  const after = bench.icebox.objects("ice")[0]!;
  assert.deepEqual([after.lastModified, after.etag, after.tags], [before.lastModified, before.etag, before.tags]);
  assert.equal((await bench.client.send("GET", "ice/data/k")).status, 403);
  assert.ok(near(line(bench.icebox.ledger(), "lifecycle-transitions", "DEEP_ARCHIVE").amount, 0.05 / 1000));
});

test("prefix, tag and size choose; small objects stay unless a size is named", async () => {
  await using bench = await startBench("2026-01-01T00:00:00Z");
  await bench.put("data/tagged", BIG, "STANDARD", { "x-amz-tagging": "need=cold" });
  await bench.put("data/plain", BIG);
  await bench.put("index/tagged", BIG, "STANDARD", { "x-amz-tagging": "need=cold" });
  await bench.put("data/small", 1000, "STANDARD", { "x-amz-tagging": "need=cold" });
  await bench.put("tiny/small", 1000);
  const tagged = "<And><Prefix>data/</Prefix><Tag><Key>need</Key><Value>cold</Value></Tag></And>";
  const sized = "<And><Prefix>tiny/</Prefix><ObjectSizeGreaterThan>500</ObjectSizeGreaterThan></And>";
  const rules = rule(tagged, transition(0, "GLACIER")) + rule(sized, transition(0, "GLACIER_IR"), "s");
  assert.equal((await bench.lifecycle(rules)).status, 200);
  bench.icebox.clock.advance(2 * DAY);
  assert.deepEqual(
    ["data/tagged", "data/plain", "index/tagged", "data/small", "tiny/small"].map((key) => bench.classOf(key)),
    ["GLACIER", "STANDARD", "STANDARD", "STANDARD", "GLACIER_IR"],
  );
});

test("the minimum size varies by class when asked to", async () => {
  await using bench = await startBench("2026-01-01T00:00:00Z");
  await bench.put("small", 1000);
  await bench.client.send("PUT", "ice", {
    query: { lifecycle: "" },
    headers: { "x-amz-transition-default-minimum-object-size": "varies_by_storage_class" },
    body: `<LifecycleConfiguration>${rule("", transition(0, "GLACIER_IR"))}${rule("", transition(3, "DEEP_ARCHIVE"), "d")}</LifecycleConfiguration>`,
  });
  bench.icebox.clock.advance(2 * DAY);
  assert.equal(bench.classOf("small"), "STANDARD");
  bench.icebox.clock.advance(2 * DAY);
  assert.equal(bench.classOf("small"), "DEEP_ARCHIVE");
});

test("a waterfall goes down only, step by step, and pays for leaving early", async () => {
  await using bench = await startBench("2026-01-01T00:00:00Z");
  await bench.put("k", BIG);
  await bench.lifecycle(rule("", transition(10, "GLACIER_IR") + transition(20, "DEEP_ARCHIVE")));
  bench.icebox.clock.advance(10 * DAY);
  assert.equal(bench.classOf("k"), "GLACIER_IR");
  bench.icebox.clock.advance(10 * DAY);
  assert.equal(bench.classOf("k"), "DEEP_ARCHIVE");
  const early = line(bench.icebox.ledger(), "early-deletion", "GLACIER_IR");
  assert.ok(near(early.amount, (BIG / 2 ** 30) * 0.004 * (80 / 31)));
  assert.equal(line(bench.icebox.ledger(), "retrieval", "GLACIER_IR").amount, 0);
  await bench.lifecycle(rule("", transition(0, "GLACIER")));
  bench.icebox.clock.advance(2 * DAY);
  assert.equal(bench.classOf("k"), "DEEP_ARCHIVE");
});

test("objects expire, and a copy starts a new age", async () => {
  await using bench = await startBench("2026-01-01T12:00:00Z");
  await bench.put("old", BIG);
  await bench.put("copied", BIG);
  await bench.lifecycle(rule("", "<Expiration><Days>5</Days></Expiration>"));
  bench.icebox.clock.advance(3 * DAY);
  await bench.copy("copied", "STANDARD_IA");
  bench.icebox.clock.advance(3 * DAY);
  assert.deepEqual(
    bench.icebox.objects("ice").map(({ key }) => key),
    ["copied"],
  );
});

test("uploads that nobody finished are ended", async () => {
  await using bench = await startBench("2026-01-01T12:00:00Z");
  const begun = await bench.client.send("POST", "ice/k", { query: { uploads: "" } });
  const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(begun.text)![1]!;
  await bench.client.send("PUT", "ice/k", { query: { uploadId, partNumber: "1" }, body: "x" });
  await bench.lifecycle(
    rule("", "<AbortIncompleteMultipartUpload><DaysAfterInitiation>2</DaysAfterInitiation></AbortIncompleteMultipartUpload>"),
  );
  bench.icebox.clock.advance(2 * DAY);
  assert.equal((await bench.client.send("GET", "ice/k", { query: { uploadId } })).status, 200);
  bench.icebox.clock.advance(12 * HOUR);
  assert.equal((await bench.client.send("GET", "ice/k", { query: { uploadId } })).status, 404);
});

test("rules S3 refuses", async () => {
  await using bench = await startBench("2026-01-01T00:00:00Z");
  const refused = [
    rule("", transition(29, "STANDARD_IA")),
    rule("", transition(1, "STANDARD")),
    rule("", transition(1, "PERMAFROST")),
    rule("", ""),
    rule("", "<Expiration><Days>0</Days></Expiration>"),
    rule("", transition(1, "GLACIER")) + rule("", transition(2, "GLACIER")),
    "",
  ];
  for (const rules of refused) assert.equal((await bench.lifecycle(rules)).status, 400, rules);
  assert.equal((await bench.client.send("GET", "ice", { query: { lifecycle: "" } })).status, 404);
});

test("the rules are gone when they are deleted", async () => {
  await using bench = await startBench("2026-01-01T00:00:00Z");
  await bench.put("k", BIG);
  await bench.lifecycle(rule("", transition(1, "GLACIER")));
  await bench.client.send("DELETE", "ice", { query: { lifecycle: "" } });
  bench.icebox.clock.advance(10 * DAY);
  assert.equal(bench.classOf("k"), "STANDARD");
});
