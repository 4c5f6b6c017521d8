import assert from "node:assert/strict";
import { test } from "node:test";
import { startBench } from "./testing.ts";
import type { Bench } from "./testing.ts";

const at = (text: string) => Date.parse(text);

async function header(bench: Bench, key: string): Promise<string | null> {
  return (await bench.client.send("HEAD", `ice/${key}`)).headers.get("x-amz-restore");
}

test("AWS's example: three days asked on 15 October at 10:30 end on 19 October at midnight", async () => {
  await using bench = await startBench("2012-10-15T06:30:00Z");
  await bench.put("k", 10, "GLACIER");
  await bench.restore("k", 3, "Standard");
  bench.icebox.clock.set(at("2012-10-15T11:29:59Z"));
  assert.equal(await header(bench, "k"), 'ongoing-request="true"');
  bench.icebox.clock.set(at("2012-10-15T11:30:00Z"));
  assert.equal(await header(bench, "k"), 'ongoing-request="false", expiry-date="Fri, 19 Oct 2012 00:00:00 GMT"');
  bench.icebox.clock.set(at("2012-10-18T23:59:59Z"));
  assert.equal((await bench.client.send("GET", "ice/k")).status, 200);
  bench.icebox.clock.set(at("2012-10-19T00:00:00Z"));
  assert.equal((await bench.client.send("GET", "ice/k")).code, "InvalidObjectState");
  assert.equal(await header(bench, "k"), null);
  assert.equal((await bench.restore("k", 1, "Bulk")).status, 202);
});

test("every tier takes the upper end of its published time", async () => {
  for (const [storageClass, tier, hours] of [
    ["GLACIER", "Expedited", 5 / 60],
    ["GLACIER", "Standard", 5],
    ["GLACIER", "Bulk", 12],
    ["DEEP_ARCHIVE", "Standard", 12],
    ["DEEP_ARCHIVE", "Bulk", 48],
  ] as const) {
    await using bench = await startBench("2026-01-01T00:00:00Z");
    await bench.put("k", 10, storageClass);
    assert.equal((await bench.restore("k", 1, tier)).status, 202);
    bench.icebox.clock.advance(hours * 3_600_000 - 1);
    assert.equal(bench.icebox.objects("ice")[0]?.state, "thawing");
    bench.icebox.clock.advance(1);
    assert.equal(bench.icebox.objects("ice")[0]?.state, "thawed");
  }
});

test("asking again when it is ready moves the end, also to an earlier day", async () => {
  await using bench = await startBench("2026-01-01T00:00:00Z");
  await bench.put("k", 10, "GLACIER");
  await bench.restore("k", 10, "Expedited");
  bench.icebox.clock.advance(3_600_000);
  assert.equal((await bench.restore("k", 1, "Standard")).status, 200);
  assert.equal(bench.icebox.objects("ice")[0]?.restore?.expiry, at("2026-01-03T00:00:00Z"));
  bench.icebox.clock.set(at("2026-01-03T00:00:00Z"));
  assert.equal(bench.icebox.objects("ice")[0]?.state, "archived");
});

test("a thaw under way can be sped up, never slowed, and keeps its days", async () => {
  await using bench = await startBench("2026-01-01T00:00:00Z");
  await bench.put("k", 10, "GLACIER");
  await bench.restore("k", 1, "Bulk");
  assert.equal((await bench.restore("k", 2, "Standard")).code, "RestoreAlreadyInProgress");
  bench.icebox.clock.advance(3_600_000);
  assert.equal((await bench.restore("k", 1, "Standard")).status, 202);
  assert.equal((await bench.restore("k", 1, "Bulk")).status, 409);
  bench.icebox.clock.advance(5 * 3_600_000);
  assert.equal(bench.icebox.objects("ice")[0]?.state, "thawed");
});

test("a copy out of a thaw, or over it, ends nothing else and forgets the thaw", async () => {
  await using bench = await startBench("2026-01-01T00:00:00Z");
  await bench.put("k", 10, "GLACIER");
  await bench.restore("k", 5, "Expedited");
  bench.icebox.clock.advance(3_600_000);
  assert.equal((await bench.copy("k", "STANDARD")).status, 200);
  assert.equal(await header(bench, "k"), null);
  bench.icebox.clock.advance(30 * 86_400_000);
  assert.equal((await bench.client.send("GET", "ice/k")).status, 200);
});

test("waits can be spread over the published range, the same way for the same seed", async () => {
  const readyTimes = async (seed: number) => {
    await using bench = await startBench("2026-01-01T00:00:00Z", { waits: "spread", seed });
    for (const key of ["a", "b", "c"]) {
      await bench.put(key, 10, "GLACIER");
      await bench.restore(key, 1, "Standard");
    }
    return bench.icebox.objects("ice").map((object) => object.restore!.readyAt - bench.icebox.clock.now());
  };
  const times = await readyTimes(5);
  assert.ok(times.every((ms) => ms >= 3 * 3_600_000 && ms <= 5 * 3_600_000));
  assert.equal(new Set(times).size, 3);
  assert.deepEqual(await readyTimes(5), times);
});

test("wishes that make no sense", async () => {
  await using bench = await startBench("2026-01-01T00:00:00Z");
  await bench.put("k", 10, "GLACIER");
  assert.equal((await bench.restore("k", 0, "Bulk")).status, 400);
  assert.equal((await bench.restore("k", 1, "Instant")).code, "MalformedXML");
  assert.equal((await bench.client.send("POST", "ice/k", { query: { restore: "" }, body: "<Restore" })).code, "MalformedXML");
  assert.equal(bench.icebox.objects("ice")[0]?.state, "archived");
});
