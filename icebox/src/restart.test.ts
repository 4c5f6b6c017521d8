import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { DAY, startBench } from "./testing.ts";

function folder(t: { after(fn: () => void): void }): string {
  const dir = mkdtempSync(join(tmpdir(), "icebox-"));
  t.after(() => rmSync(dir, { recursive: true }));
  return dir;
}

test("objects, thaws, uploads, rules, clock and bill outlive the process", async (t) => {
  const dir = folder(t);
  const start = "2026-01-01T00:00:00Z";
  let uploadId: string;
  let before: { objects: unknown; bill: unknown };
  {
    await using bench = await startBench(start, { dir });
    await bench.put("hot", 300_000, "STANDARD", { "x-amz-meta-a": "1", "x-amz-tagging": "t=1" });
    await bench.put("cold", 300_000, "DEEP_ARCHIVE");
    await bench.put("gone", 10);
    await bench.client.send("DELETE", "ice/gone");
    await bench.restore("cold", 2, "Bulk");
    const begun = await bench.client.send("POST", "ice/big", { query: { uploads: "" } });
    uploadId = /<UploadId>(.*)<\/UploadId>/.exec(begun.text)![1]!;
    await bench.client.send("PUT", "ice/big", { query: { uploadId, partNumber: "1" }, body: "part" });
    await bench.lifecycle(
      "<Rule><Filter><Prefix>hot</Prefix></Filter><Status>Enabled</Status><Transition><Days>5</Days><StorageClass>GLACIER</StorageClass></Transition></Rule>",
    );
    bench.icebox.clock.advance(DAY);
    before = { objects: bench.icebox.objects("ice"), bill: bench.icebox.ledger() };
  }
  await using bench = await startBench(start, { dir });
  assert.equal(bench.icebox.clock.now(), Date.parse(start) + DAY);
  assert.deepEqual({ objects: bench.icebox.objects("ice"), bill: bench.icebox.ledger() }, before);
  const got = await bench.client.send("GET", "ice/hot");
  assert.deepEqual([got.bytes.length, got.headers.get("x-amz-meta-a")], [300_000, "1"]);
  const parts = await bench.client.send("GET", "ice/big", { query: { uploadId } });
  assert.match(parts.text, /<Size>4<\/Size>/);
  bench.icebox.clock.advance(DAY);
  assert.equal((await bench.client.send("GET", "ice/cold")).status, 200);
  bench.icebox.clock.advance(4 * DAY);
  assert.equal(bench.classOf("hot"), "GLACIER");
  assert.equal((await bench.client.send("GET", "ice/cold")).status, 403);
});

test("locks, tiers, policies and what is set for them outlive the process", async (t) => {
  const dir = folder(t);
  const start = "2026-01-01T00:00:00Z";
  const tiers = "<Tiering><AccessTier>ARCHIVE_ACCESS</AccessTier><Days>90</Days></Tiering>";
  const statement = { Effect: "Deny", Principal: "*", Action: "s3:DeleteObject", Resource: "arn:aws:s3:::ice/*" };
  let before: { versions: unknown; bill: unknown };
  {
    await using bench = await startBench(start, { dir, objectLock: true });
    await bench.put("sinks", 200_000, "INTELLIGENT_TIERING");
    await bench.put("thaws", 200_000, "INTELLIGENT_TIERING");
    await bench.put("held", 1, "STANDARD", { "x-amz-object-lock-legal-hold": "ON", "x-amz-checksum-crc32": "0gLvjQ==" });
    await bench.configure(
      "intelligent-tiering",
      `<IntelligentTieringConfiguration><Id>a</Id><Status>Enabled</Status>${tiers}</IntelligentTieringConfiguration>`,
      "a",
    );
    await bench.configure("policy", JSON.stringify({ Statement: statement }));
    bench.icebox.clock.advance(90 * DAY);
    const body = "<RestoreRequest><GlacierJobParameters><Tier>Standard</Tier></GlacierJobParameters></RestoreRequest>";
    assert.equal((await bench.client.send("POST", "ice/thaws", { query: { restore: "" }, body })).status, 202);
    before = { versions: bench.icebox.versions("ice"), bill: bench.icebox.ledger() };
  }
  await using bench = await startBench(start, { dir });
  assert.deepEqual({ versions: bench.icebox.versions("ice"), bill: bench.icebox.ledger() }, before);
  assert.equal((await bench.remove("held")).code, "AccessDenied");
  await bench.client.send("DELETE", "ice", { query: { policy: "" } });
  const [held] = bench.icebox.versions("ice");
  assert.equal((await bench.remove("held", held!.versionId)).code, "AccessDenied");
  const tierOf = (key: string) => bench.icebox.objects("ice").find((object) => object.key === key)?.accessTier;
  bench.icebox.clock.advance(DAY);
  assert.deepEqual([tierOf("sinks"), tierOf("thaws")], ["ARCHIVE_ACCESS", "FREQUENT"]);
  bench.icebox.clock.advance(30 * DAY);
  assert.equal(tierOf("thaws"), "INFREQUENT");
});

test("a line that was only half written at a kill is as if it had never been asked for", async (t) => {
  const dir = folder(t);
  {
    await using bench = await startBench("2026-01-01T00:00:00Z", { dir });
    await bench.put("k", 10);
  }
  appendFileSync(join(dir, "journal.jsonl"), '[["object","ice/half",{"key":"ha');
  await using bench = await startBench("2026-01-01T00:00:00Z", { dir });
  assert.deepEqual(
    bench.icebox.objects("ice").map(({ key }) => key),
    ["k"],
  );
});

test("bytes that nothing names any more are removed, at once and at the next start", async (t) => {
  const dir = folder(t);
  {
    await using bench = await startBench("2026-01-01T00:00:00Z", { dir });
    await bench.put("k", 10);
    await bench.put("k", 20);
    await bench.copy("k", "GLACIER");
    assert.equal(readdirSync(join(dir, "bytes")).length, 1);
  }
  appendFileSync(join(dir, "bytes", "left-by-a-kill"), "x");
  await using bench = await startBench("2026-01-01T00:00:00Z", { dir });
  assert.equal(readdirSync(join(dir, "bytes")).length, 1);
  assert.equal(bench.icebox.objects("ice")[0]?.size, 20);
});
