import assert from "node:assert/strict";
import { test } from "node:test";
import { first } from "./contract/client.ts";
import { line, startBench } from "./testing.ts";

test("throttling, 500, 501 and denial, so many times and only where they match", async () => {
  await using bench = await startBench("2026-01-01T00:00:00Z");
  await bench.put("data/k", 10);
  for (const [kind, status, code] of [
    ["throttle", 503, "SlowDown"],
    ["error500", 500, "InternalError"],
    ["access-denied", 403, "AccessDenied"],
    ["not-implemented", 501, "NotImplemented"],
  ] as const) {
    bench.icebox.faults.add({ kind, match: { op: "GetObject,PutObject", keyPrefix: "data/" }, count: 2, skip: 1 });
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) statuses.push((await bench.client.send("GET", "ice/data/k")).status);
    assert.deepEqual(statuses, [200, status, status, 200]);
    bench.icebox.faults.clear();
    bench.icebox.faults.add({ kind, match: { method: "PUT" } });
    const put = await bench.client.send("PUT", "ice/new", { body: "x" });
    assert.deepEqual([put.status, put.code], [status, code]);
    assert.equal((await bench.client.send("HEAD", "ice/new")).status, 404);
    bench.icebox.faults.clear();
  }
});

test("a connection that breaks in the answer: half of the bytes, or a PUT that was done all the same", async () => {
  await using bench = await startBench("2026-01-01T00:00:00Z");
  await bench.put("k", 100_000);
  bench.icebox.faults.add({ kind: "drop" });
  await assert.rejects(bench.client.send("GET", "ice/k"));
  await assert.rejects(bench.client.send("PUT", "ice/done", { body: "x" }));
  bench.icebox.faults.clear();
  assert.equal((await bench.client.send("HEAD", "ice/done")).status, 200);
});

test("a connection that breaks in the request: nothing was done", async () => {
  await using bench = await startBench("2026-01-01T00:00:00Z");
  bench.icebox.faults.add({ kind: "drop", at: "request" });
  await assert.rejects(bench.client.send("PUT", "ice/k", { body: "x" }));
  bench.icebox.faults.clear();
  assert.equal((await bench.client.send("HEAD", "ice/k")).status, 404);
});

test("a copy that answers 200 with an error did nothing, and is charged", async () => {
  await using bench = await startBench("2026-01-01T00:00:00Z");
  await bench.put("k", 10);
  bench.icebox.faults.add({ kind: "copy-200-error", count: 1 });
  const answer = await bench.copy("k", "DEEP_ARCHIVE");
  assert.deepEqual([answer.status, first(answer.text, "Code")], [200, "InternalError"]);
  assert.equal(bench.classOf("k"), "STANDARD");
  assert.equal(line(bench.icebox.ledger(), "requests-put", "DEEP_ARCHIVE").quantity, 1);
});

test("no capacity for Expedited, plenty for the rest", async () => {
  await using bench = await startBench("2026-01-01T00:00:00Z");
  await bench.put("k", 10, "GLACIER");
  bench.icebox.faults.add({ kind: "expedited-unavailable" });
  const answer = await bench.restore("k", 1, "Expedited");
  assert.deepEqual([answer.status, answer.code], [503, "GlacierExpeditedRetrievalNotAvailable"]);
  assert.equal((await bench.restore("k", 1, "Standard")).status, 202);
});

test("slow answers arrive whole", async () => {
  await using bench = await startBench("2026-01-01T00:00:00Z");
  await bench.put("k", 3000);
  bench.icebox.faults.add({ kind: "slow", bytesPerSecond: 20_000 });
  assert.equal((await bench.client.send("GET", "ice/k")).bytes.length, 3000);
});

test("chance follows the seed", async () => {
  const hits = async (seed: number) => {
    await using bench = await startBench("2026-01-01T00:00:00Z");
    bench.icebox.faults.add({ kind: "throttle", probability: 0.5, seed });
    const statuses: number[] = [];
    for (let i = 0; i < 20; i++) statuses.push((await bench.client.send("HEAD", "ice")).status);
    return statuses.join();
  };
  const once = await hits(1);
  assert.match(once, /200/);
  assert.match(once, /503/);
  assert.equal(await hits(1), once);
  assert.notEqual(await hits(2), once);
});
