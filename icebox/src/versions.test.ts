import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { DAY, GIB, line, MIB, near, startBench } from "./testing.ts";
import type { Bench } from "./testing.ts";

const VERSIONED = { versioning: "Enabled" } as const;

/** `key:class`, `key:marker`, with a + before the current one. */
function told(bench: Bench): string[] {
  return bench.icebox.versions("ice").map((version) => {
    const what = "deleteMarker" in version ? "marker" : version.storageClass;
    return `${version.noncurrentSince === undefined ? "+" : ""}${version.key}:${what}`;
  });
}

test("a noncurrent version is stored and paid for until it is removed by its id", async () => {
  await using bench = await startBench("2026-04-01T00:00:00Z", VERSIONED);
  const old = await bench.put("k", 16 * MIB);
  bench.icebox.clock.advance(10 * DAY);
  await bench.put("k", 4 * MIB);
  bench.icebox.clock.advance(10 * DAY);
  assert.equal((await bench.remove("k", old)).status, 204);
  bench.icebox.clock.advance(10 * DAY);
  const bill = bench.icebox.ledger();
  // 16 MiB for 20 of 30 days, 4 MiB for 20 of 30.
  const gibMonths = (16 / 1024) * (20 / 30) + (4 / 1024) * (20 / 30);
  assert.ok(near(line(bill, "storage", "STANDARD").quantity, gibMonths));
  assert.ok(near(bill.total, gibMonths * 0.023 + (2 * 0.005) / 1000));
});

test("a class change by copy pays twice for storage until the old version goes; leaving early is the old version's own affair", async () => {
  await using bench = await startBench("2026-04-01T00:00:00Z", VERSIONED);
  const old = await bench.put("k", 16 * MIB, "GLACIER_IR");
  bench.icebox.clock.advance(10 * DAY);
  await bench.copy("k", "DEEP_ARCHIVE");
  assert.deepEqual(told(bench), ["+k:DEEP_ARCHIVE", "k:GLACIER_IR"]);
  assert.equal(line(bench.icebox.ledger(), "early-deletion", "GLACIER_IR").amount, 0);
  bench.icebox.clock.advance(10 * DAY);
  await bench.remove("k", old);
  bench.icebox.clock.advance(10 * DAY);
  const bill = bench.icebox.ledger();
  const gib = 16 / 1024;
  assert.ok(near(line(bill, "storage", "GLACIER_IR").amount, gib * 0.004 * (20 / 30)));
  assert.ok(near(line(bill, "storage", "DEEP_ARCHIVE").amount, gib * 0.00099 * (20 / 30)));
  // 20 of 90 days were stored: 70 are due, in a month of 30.
  assert.ok(near(line(bill, "early-deletion", "GLACIER_IR").amount, gib * 0.004 * (70 / 30)));
  assert.ok(near(line(bill, "retrieval", "GLACIER_IR").amount, gib * 0.03));
});

test("a delete marker costs as many bytes of STANDARD as its key has, and its DELETE nothing", async () => {
  await using bench = await startBench("2026-04-01T00:00:00Z", VERSIONED);
  assert.equal((await bench.remove("schnee/ä")).status, 204);
  bench.icebox.clock.advance(15 * DAY);
  const bill = bench.icebox.ledger();
  // Nine bytes in UTF-8, for half a month.
  assert.ok(near(line(bill, "storage", "STANDARD").quantity, (9 / GIB) * 0.5));
  assert.ok(near(bill.total, (9 / GIB) * 0.5 * 0.023));
});

test("the bill after everything was removed grows no more", async () => {
  await using bench = await startBench("2026-04-01T00:00:00Z", VERSIONED);
  await bench.put("k", MIB, "DEEP_ARCHIVE", { "x-amz-tagging": "a=1" });
  await bench.put("k", MIB, "INTELLIGENT_TIERING");
  await bench.remove("k");
  for (const { key, versionId } of bench.icebox.versions("ice")) await bench.remove(key, versionId);
  assert.deepEqual(told(bench), []);
  const before = bench.icebox.ledger().total;
  bench.icebox.clock.advance(400 * DAY);
  assert.equal(bench.icebox.ledger().total, before);
});

test("a thaw belongs to one version", async () => {
  await using bench = await startBench("2026-04-01T00:00:00Z", VERSIONED);
  const cold = await bench.put("k", MIB, "GLACIER");
  await bench.put("k", MIB, "GLACIER");
  const body = "<RestoreRequest><Days>2</Days><GlacierJobParameters><Tier>Expedited</Tier></GlacierJobParameters></RestoreRequest>";
  const thaw = await bench.client.send("POST", "ice/k", { query: { restore: "", versionId: cold! }, body });
  assert.equal(thaw.status, 202);
  bench.icebox.clock.advance(DAY / 2);
  assert.equal((await bench.client.send("GET", "ice/k")).code, "InvalidObjectState");
  const read = await bench.client.send("GET", "ice/k", { query: { versionId: cold! } });
  assert.deepEqual([read.status, read.headers.get("x-amz-version-id")], [200, cold]);
  const list = await bench.client.send("GET", "ice", {
    query: { versions: "" },
    headers: { "x-amz-optional-object-attributes": "RestoreStatus" },
  });
  assert.equal([...list.text.matchAll(/<RestoreExpiryDate>/g)].length, 1);
  // From 5 minutes past midnight on the 1st, two days asked, until the 4th at 00:00.
  bench.icebox.clock.advance(10 * DAY);
  const months = (3 * DAY - 5 * 60_000) / (30 * DAY);
  assert.ok(near(line(bench.icebox.ledger(), "temporary-copy", "GLACIER").amount, (1 / 1024) * 0.023 * months));
});

test("a delete under If-Match, and create-only over a delete marker", async () => {
  await using bench = await startBench("2026-04-01T00:00:00Z", VERSIONED);
  await bench.put("k", 1);
  assert.equal((await bench.client.send("PUT", "ice/k", { body: "x", headers: { "if-none-match": "*" } })).status, 412);
  assert.equal((await bench.remove("k", undefined, { "if-match": '"other"' })).status, 412);
  await bench.remove("k");
  assert.equal((await bench.client.send("PUT", "ice/k", { body: "x", headers: { "if-none-match": "*" } })).status, 200);
});

test("If-Match with a version speaks of that version", async () => {
  await using bench = await startBench("2026-04-01T00:00:00Z", VERSIONED);
  const old = await bench.put("k", 1);
  const etag = bench.icebox.objects("ice")[0]!.etag;
  await bench.put("k", 2);
  assert.equal((await bench.remove("k", old, { "if-match": `"${bench.icebox.objects("ice")[0]!.etag}"` })).status, 412);
  assert.equal((await bench.remove("k", old, { "if-match": `"${etag}"` })).status, 204);
});

test("ids that are none, and operations that take none", async () => {
  await using bench = await startBench("2026-04-01T00:00:00Z", VERSIONED);
  await bench.put("k", 1);
  for (const method of ["GET", "DELETE"]) {
    const answer = await bench.client.send(method, "ice/k", { query: { versionId: "nonsense" } });
    assert.deepEqual([answer.status, answer.code], [400, "InvalidArgument"], method);
  }
  assert.equal((await bench.client.send("PUT", "ice/k", { query: { versionId: "null" }, body: "" })).code, "InvalidArgument");
  const marker = (await bench.remove("k")).headers.get("x-amz-version-id");
  const copy = await bench.client.send("PUT", "ice/to", { headers: { "x-amz-copy-source": `ice/k?versionId=${marker}` } });
  assert.deepEqual([copy.status, copy.code], [400, "InvalidRequest"]);
});

test("versions, markers and their order outlive the process, and so does what only an old version names", async (t) => {
  const dir = mkdtempSync(join(tmpdir(), "icebox-"));
  t.after(() => rmSync(dir, { recursive: true }));
  const start = "2026-04-01T00:00:00Z";
  let first: string | undefined;
  let before: unknown;
  {
    await using bench = await startBench(start, { dir, ...VERSIONED });
    first = await bench.put("k", 100);
    const second = await bench.put("k", 200, "GLACIER");
    await bench.put("k", 300);
    await bench.remove("k");
    await bench.put("k", 400);
    await bench.put("gone", 1);
    await bench.remove("gone");
    await bench.remove("k", second);
    before = bench.icebox.versions("ice");
  }
  await using bench = await startBench(start, { dir, ...VERSIONED });
  assert.deepEqual(bench.icebox.versions("ice"), before);
  assert.deepEqual(told(bench), ["+gone:marker", "gone:STANDARD", "+k:STANDARD", "k:marker", "k:STANDARD", "k:STANDARD"]);
  assert.equal((await bench.client.send("GET", "ice/k", { query: { versionId: first! } })).bytes.length, 100);
  assert.equal(readdirSync(join(dir, "bytes")).length, 4);
  await bench.put("k", 500);
  assert.equal(told(bench).filter((name) => name.startsWith("+")).length, 2);
});

test("random writes and deletes agree with a plain list of what happened", async () => {
  await using bench = await startBench("2026-04-01T00:00:00Z");
  const model: { key: string; id: string; marker: boolean }[] = [];
  let versioning: "Enabled" | "Suspended" | undefined;
  let seed = 11;
  const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
  for (let step = 0; step < 400; step++) {
    const key = `k${random(3)}`;
    const add = (id: string, marker: boolean) => {
      const same = model.findIndex((entry) => entry.key === key && entry.id === "null");
      if (id === "null" && same >= 0) model.splice(same, 1);
      model.unshift({ key, id, marker });
    };
    const choice = random(10);
    if (choice === 0) {
      versioning = random(2) === 0 ? "Enabled" : "Suspended";
      await bench.configure("versioning", `<VersioningConfiguration><Status>${versioning}</Status></VersioningConfiguration>`);
    } else if (choice < 5) {
      add((await bench.put(key, 1)) ?? "null", false);
    } else if (choice < 7) {
      const id = (await bench.remove(key)).headers.get("x-amz-version-id");
      if (versioning !== undefined) add(id!, true);
      else if (model.some((entry) => entry.key === key))
        model.splice(
          model.findIndex((entry) => entry.key === key),
          1,
        );
    } else {
      const own = model.filter((entry) => entry.key === key);
      const victim = own[random(Math.max(1, own.length))];
      if (victim === undefined) continue;
      await bench.remove(key, victim.id);
      model.splice(model.indexOf(victim), 1);
    }
    const expected = ["k0", "k1", "k2"].flatMap((name) => model.filter((entry) => entry.key === name));
    const actual = bench.icebox
      .versions("ice")
      .map((version) => ({ key: version.key, id: version.versionId, marker: "deleteMarker" in version }));
    assert.deepEqual(actual, expected, `after step ${step}`);
    const visible = expected.filter((entry, at) => !entry.marker && expected[at - 1]?.key !== entry.key).map((entry) => entry.key);
    assert.deepEqual(
      bench.icebox.objects("ice").map((object) => object.key),
      visible,
    );
  }
});
