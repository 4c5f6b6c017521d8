import assert from "node:assert/strict";
import { request } from "node:http";
import { test } from "node:test";
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetBucketIntelligentTieringConfigurationCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  ListBucketIntelligentTieringConfigurationsCommand,
  ListObjectVersionsCommand,
  ListObjectsV2Command,
  PutBucketIntelligentTieringConfigurationCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
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

test("Amazon's own client keeps versions, locks them, and is told what it set", async () => {
  await using bench = await startBench("2026-01-01T00:00:00Z", { objectLock: true });
  const { endpoint, region, credentials } = bench.icebox;
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  const where = { Bucket: "ice", Key: "k" };
  const { VersionId } = await client.send(new PutObjectCommand({ ...where, Body: "snow" }));
  const until = new Date("2026-02-01T00:00:00Z");
  await client.send(new PutObjectRetentionCommand({ ...where, Retention: { Mode: "GOVERNANCE", RetainUntilDate: until } }));
  assert.deepEqual((await client.send(new GetObjectRetentionCommand(where))).Retention, { Mode: "GOVERNANCE", RetainUntilDate: until });
  await client.send(new PutObjectLegalHoldCommand({ ...where, LegalHold: { Status: "OFF" } }));
  const head = await client.send(new HeadObjectCommand({ ...where, VersionId }));
  assert.deepEqual([head.ObjectLockMode, head.ObjectLockRetainUntilDate, head.ObjectLockLegalHoldStatus], ["GOVERNANCE", until, "OFF"]);
  assert.equal((await client.send(new DeleteObjectCommand(where))).DeleteMarker, true);
  const list = await client.send(new ListObjectVersionsCommand({ Bucket: "ice" }));
  assert.deepEqual(
    [list.Versions?.[0]?.VersionId, list.Versions?.[0]?.IsLatest, list.DeleteMarkers?.[0]?.IsLatest],
    [VersionId, false, true],
  );
  await assert.rejects(client.send(new DeleteObjectCommand({ ...where, VersionId })), { name: "AccessDenied" });
  await client.send(new DeleteObjectCommand({ ...where, VersionId, BypassGovernanceRetention: true }));
  const rule = { DefaultRetention: { Mode: "COMPLIANCE", Years: 2 } } as const;
  const ObjectLockConfiguration = { ObjectLockEnabled: "Enabled", Rule: rule } as const;
  await client.send(new PutObjectLockConfigurationCommand({ Bucket: "ice", ObjectLockConfiguration }));
  const told = await client.send(new GetObjectLockConfigurationCommand({ Bucket: "ice" }));
  assert.deepEqual(told.ObjectLockConfiguration, ObjectLockConfiguration);
  await client.send(new PutObjectCommand({ ...where, Body: "with the digest it always sends" }));
  client.destroy();
});

test("Amazon's own client lays down rules, tiers and policies, and reads them back", async () => {
  await using bench = await startBench("2026-01-01T00:00:00Z");
  const { endpoint, region, credentials } = bench.icebox;
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  const Bucket = "ice";
  const Rules = [
    {
      ID: "old",
      Status: "Enabled" as const,
      Filter: { Prefix: "data/" },
      Expiration: { ExpiredObjectDeleteMarker: true },
      NoncurrentVersionTransitions: [{ NoncurrentDays: 30, NewerNoncurrentVersions: 2, StorageClass: "GLACIER" as const }],
      NoncurrentVersionExpiration: { NoncurrentDays: 90 },
    },
  ];
  await client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
  assert.deepEqual((await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules, Rules);
  const IntelligentTieringConfiguration = {
    Id: "cold",
    Filter: { Prefix: "data/" },
    Status: "Enabled" as const,
    Tierings: [{ AccessTier: "ARCHIVE_ACCESS" as const, Days: 90 }],
  };
  await client.send(new PutBucketIntelligentTieringConfigurationCommand({ Bucket, Id: "cold", IntelligentTieringConfiguration }));
  const one = await client.send(new GetBucketIntelligentTieringConfigurationCommand({ Bucket, Id: "cold" }));
  assert.deepEqual(one.IntelligentTieringConfiguration, IntelligentTieringConfiguration);
  const all = await client.send(new ListBucketIntelligentTieringConfigurationsCommand({ Bucket }));
  assert.deepEqual(all.IntelligentTieringConfigurationList, [IntelligentTieringConfiguration]);
  await client.send(new PutObjectCommand({ Bucket, Key: "data/k", Body: Buffer.alloc(200_000), StorageClass: "INTELLIGENT_TIERING" }));
  bench.icebox.clock.advance(90 * 86_400_000);
  assert.equal((await client.send(new HeadObjectCommand({ Bucket, Key: "data/k" }))).ArchiveStatus, "ARCHIVE_ACCESS");
  await assert.rejects(client.send(new GetObjectCommand({ Bucket, Key: "data/k" })), { name: "InvalidObjectState" });
  const statement = { Effect: "Deny", Principal: "*", Action: "s3:RestoreObject", Resource: "arn:aws:s3:::ice/*" };
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  await client.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  assert.equal((await client.send(new GetBucketPolicyCommand({ Bucket }))).Policy, Policy);
  const restore = new RestoreObjectCommand({ Bucket, Key: "data/k", RestoreRequest: { GlacierJobParameters: { Tier: "Standard" } } });
  await assert.rejects(client.send(restore), { name: "AccessDenied" });
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
  assert.equal(((await admin("versions?bucket=ice")) as { versionId: string }[])[0]?.versionId, "null");
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
