import assert from "node:assert/strict";
import { request } from "node:http";
import { test } from "node:test";
import {
  CopyObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  RestoreObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { signRequest } from "./auth/sign.ts";
import { startBench } from "./testing.ts";

test("Amazon's own client is served, with its default checksums and class changes", async () => {
  await using bench = await startBench("2026-01-01T00:00:00Z");
  const { endpoint, region, credentials } = bench.icebox;
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  const where = { Bucket: "ice", Key: "a key/ä&?" };
  await client.send(new PutObjectCommand({ ...where, Body: "snow", StorageClass: "STANDARD_IA", Metadata: { a: "1" } }));
  const got = await client.send(new GetObjectCommand(where));
  assert.equal(await got.Body?.transformToString(), "snow");
  assert.deepEqual(got.Metadata, { a: "1" });
  await client.send(new CopyObjectCommand({ ...where, CopySource: `ice/${encodeURIComponent(where.Key)}`, StorageClass: "GLACIER" }));
  await assert.rejects(client.send(new GetObjectCommand(where)), { name: "InvalidObjectState" });
  await client.send(new RestoreObjectCommand({ ...where, RestoreRequest: { Days: 1, GlacierJobParameters: { Tier: "Expedited" } } }));
  const list = () => client.send(new ListObjectsV2Command({ Bucket: "ice", OptionalObjectAttributes: ["RestoreStatus"] }));
  assert.equal((await list()).Contents?.[0]?.RestoreStatus?.IsRestoreInProgress, true);
  bench.icebox.clock.advance(5 * 60_000);
  const expiry = (await list()).Contents?.[0]?.RestoreStatus?.RestoreExpiryDate;
  assert.equal(expiry?.toISOString(), "2026-01-03T00:00:00.000Z");
  assert.match((await client.send(new HeadObjectCommand(where))).Restore ?? "", /ongoing-request="false"/);
  client.destroy();
});

test("a bucket in the host name", async () => {
  await using bench = await startBench("2026-01-01T00:00:00Z");
  await bench.put("k/1", 3);
  const { icebox } = bench;
  const host = `ice.localhost:${icebox.port}`;
  for (const [path, expected] of [
    ["/k/1", 200],
    ["/none", 404],
    ["/", 200],
  ] as const) {
    const signed = signRequest({ method: "GET", url: `${icebox.endpoint}${path}`, headers: { host } }, { ...icebox, now: Date.now() });
    const status = await new Promise((resolve, reject) => {
      request({ port: icebox.port, path, headers: signed.headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on("error", reject)
        .end();
    });
    assert.equal(status, expected, path);
  }
});

test("the clock: set, advance, never back; over HTTP", async () => {
  await using bench = await startBench("2026-01-01T00:00:00Z");
  const url = `${bench.icebox.endpoint}/_icebox/clock`;
  const post = async (body: unknown) => {
    const answer = await fetch(url, { method: "POST", body: JSON.stringify(body) });
    return [answer.status, ((await answer.json()) as { now?: string }).now];
  };
  assert.deepEqual(await post({ advance: "1d12h" }), [200, "2026-01-02T12:00:00.000Z"]);
  assert.deepEqual(await post({ advance: 60_000 }), [200, "2026-01-02T12:01:00.000Z"]);
  assert.deepEqual(await post({ set: "2026-02-01T00:00:00Z" }), [200, "2026-02-01T00:00:00.000Z"]);
  for (const body of [{ set: "2026-01-01T00:00:00Z" }, { advance: -1 }, { advance: "soon" }, { set: "never" }, {}]) {
    assert.deepEqual(await post(body), [400, undefined], JSON.stringify(body));
  }
  assert.equal(bench.icebox.clock.now(), Date.parse("2026-02-01T00:00:00Z"));
  assert.throws(() => bench.icebox.clock.set(0), RangeError);
});

test("faults, ledger and objects over HTTP", async () => {
  await using bench = await startBench("2026-01-01T00:00:00Z");
  await bench.put("k", 3, "GLACIER");
  const admin = async (path: string, init: RequestInit = {}) => (await fetch(`${bench.icebox.endpoint}/_icebox/${path}`, init)).json();
  await admin("faults", { method: "POST", body: JSON.stringify({ kind: "throttle", match: { op: "HeadObject" } }) });
  assert.equal((await bench.client.send("HEAD", "ice/k")).status, 503);
  await admin("faults", { method: "DELETE" });
  assert.equal((await bench.client.send("HEAD", "ice/k")).status, 200);
  assert.deepEqual(await admin("ledger"), JSON.parse(JSON.stringify(bench.icebox.ledger())));
  assert.equal(((await admin("objects?bucket=ice")) as { state: string }[])[0]?.state, "archived");
  assert.equal((await fetch(`${bench.icebox.endpoint}/_icebox/faults`, { method: "POST", body: '{"kind":"flood"}' })).status, 400);
});

test("another region's signature is told where it is", async () => {
  await using bench = await startBench("2026-01-01T00:00:00Z", { region: "eu-central-1" });
  const url = bench.client.url("ice");
  const signed = signRequest({ method: "GET", url }, { credentials: bench.icebox.credentials, region: "us-east-1", now: Date.now() });
  const answer = await bench.client.raw("GET", url, signed.headers);
  assert.deepEqual([answer.status, answer.code], [400, "AuthorizationHeaderMalformed"]);
  assert.match(answer.text, /<Region>eu-central-1<\/Region>/);
});

test("sub-resources that are not there are not taken for the plain request", async () => {
  await using bench = await startBench("2026-01-01T00:00:00Z");
  await bench.put("k", 3);
  for (const [method, path, name] of [
    ["PUT", "ice/k", "acl"],
    ["GET", "ice/k", "attributes"],
    ["GET", "ice", "policyStatus"],
    ["DELETE", "ice", "cors"],
    ["PUT", "ice", "replication"],
  ] as const) {
    const answer = await bench.client.send(method, path, { query: { [name]: "" } });
    assert.deepEqual([answer.status, answer.code], [501, "NotImplemented"], `${method} ?${name}`);
  }
  assert.equal(bench.icebox.objects("ice")[0]?.size, 3);
});

test("versioned and locked buckets say so", async () => {
  await using bench = await startBench("2026-01-01T00:00:00Z", { objectLock: true });
  const get = async (name: string) => (await bench.client.send("GET", "ice", { query: { [name]: "" } })).text;
  assert.match(await get("versioning"), /<Status>Enabled<\/Status>/);
  assert.match(await get("object-lock"), /<ObjectLockEnabled>Enabled</);
});

test("thousands of requests are a matter of seconds", async () => {
  await using bench = await startBench("2026-01-01T00:00:00Z");
  for (let day = 0; day < 100; day++) {
    await Promise.all(Array.from({ length: 10 }, (_, n) => bench.put(`${day}/${n}`, 100)));
    bench.icebox.clock.advance(86_400_000);
  }
  assert.equal(bench.icebox.objects("ice").length, 1000);
  assert.equal(bench.icebox.ledger().operations["PutObject"], 1000);
});
