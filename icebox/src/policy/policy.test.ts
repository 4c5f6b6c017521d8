import assert from "node:assert/strict";
import { test } from "node:test";
import { md5Header } from "../contract/versions.ts";
import { DAY, line, startBench } from "../testing.ts";
import type { Bench } from "../testing.ts";
import { holds, isLike } from "./condition.ts";

const KEYS = [
  { accessKeyId: "owner", secretAccessKey: "one" },
  { accessKeyId: "helper", secretAccessKey: "two" },
];
const [OWNER, HELPER] = KEYS as [(typeof KEYS)[0], (typeof KEYS)[0]];
const BUCKET = "arn:aws:s3:::ice";

function deny(bench: Bench, ...denials: Record<string, unknown>[]) {
  const Statement = denials.map((denial) => ({ Effect: "Deny", Principal: "*", Resource: [BUCKET, `${BUCKET}/*`], ...denial }));
  return bench.configure("policy", JSON.stringify({ Version: "2012-10-17", Statement }));
}

async function start(options = {}): Promise<Bench> {
  const bench = await startBench("2026-04-01T00:00:00Z", { credentials: KEYS, ...options });
  await bench.put("k", 10);
  return bench;
}

test("one action is denied and told with its name; its neighbours go on", async () => {
  await using bench = await start();
  await bench.put("cold", 10, "GLACIER");
  for (const [action, key, denied] of [
    ["s3:RestoreObject", "cold", () => bench.restore("cold", 1, "Bulk")],
    ["s3:GetObject", "k", () => bench.client.send("GET", "ice/k")],
    [
      "s3:PutObjectTagging",
      "k",
      () => bench.client.send("PUT", "ice/k", { query: { tagging: "" }, body: "<Tagging><TagSet></TagSet></Tagging>" }),
    ],
    ["s3:ListBucket", "", () => bench.client.send("GET", "ice", { query: { "list-type": "2" } })],
    ["s3:PutLifecycleConfiguration", "", () => bench.client.send("DELETE", "ice", { query: { lifecycle: "" } })],
    ["s3:GetBucketVersioning", "", () => bench.client.send("GET", "ice", { query: { versioning: "" } })],
    ["s3:AbortMultipartUpload", "k", () => bench.client.send("DELETE", "ice/k", { query: { uploadId: "none" } })],
  ] as const) {
    assert.equal((await deny(bench, { Action: action })).status, 204);
    const answer = await denied();
    assert.deepEqual([answer.status, answer.code], [403, "AccessDenied"], action);
    assert.ok(answer.text.includes(`perform: ${action} on resource: &quot;${BUCKET}${key === "" ? "" : `/${key}`}&quot;`), answer.text);
    await bench.client.send("DELETE", "ice", { query: { policy: "" } });
    assert.notEqual((await denied()).status, 403, action);
  }
});

test("by wildcard, by key, by all but one", async () => {
  await using bench = await start();
  await deny(
    bench,
    { Action: "s3:Delete*", Resource: `${BUCKET}/data/*` },
    { NotAction: ["s3:*Object", "s3:*BucketPolicy"], Resource: BUCKET },
  );
  assert.equal((await bench.remove("data/x")).status, 403);
  assert.equal((await bench.remove("index/x")).status, 204);
  assert.equal((await bench.client.send("GET", "ice", { query: { location: "" } })).status, 403);
  assert.equal((await bench.client.send("GET", "ice/k")).status, 200);
});

test("who is not denied goes on, and root can always put the policy right", async () => {
  await using bench = await start();
  await deny(bench, { Principal: { AWS: ["arn:aws:iam::000000000000:user/helper"] }, Action: "s3:GetObject" });
  assert.equal((await bench.client.send("GET", "ice/k", { credentials: HELPER })).status, 403);
  assert.equal((await bench.client.send("GET", "ice/k", { credentials: OWNER })).status, 200);
  await deny(bench, { Principal: { AWS: "arn:aws:iam::000000000000:root" }, Action: "s3:*" });
  for (const credentials of KEYS) assert.equal((await bench.client.send("GET", "ice/k", { credentials })).status, 403);
  assert.equal((await bench.client.send("DELETE", "ice", { query: { policy: "" }, credentials: HELPER })).status, 403);
  assert.equal((await bench.client.send("DELETE", "ice", { query: { policy: "" }, credentials: OWNER })).status, 204);
  assert.equal((await bench.client.send("GET", "ice/k")).status, 200);
});

test("a copy reads its source and writes its target: either may be denied", async () => {
  await using bench = await start();
  await deny(bench, { Action: "s3:GetObject" });
  assert.equal((await bench.copy("k", "GLACIER")).code, "AccessDenied");
  await deny(bench, { Action: "s3:PutObject" });
  assert.equal((await bench.copy("k", "GLACIER")).code, "AccessDenied");
  await deny(bench, { Action: "s3:DeleteObject" });
  assert.equal((await bench.copy("k", "GLACIER")).status, 200);
});

test("versions have actions of their own", async () => {
  await using bench = await start({ versioning: "Enabled" });
  const version = bench.icebox.objects("ice")[0]!.versionId;
  await deny(bench, { Action: ["s3:DeleteObjectVersion", "s3:GetObjectVersion", "s3:ListBucketVersions"] });
  const query = { versionId: version };
  assert.equal((await bench.client.send("GET", "ice/k", { query })).status, 403);
  assert.equal((await bench.client.send("GET", "ice/k")).status, 200);
  assert.equal((await bench.client.send("PUT", "ice/to", { headers: { "x-amz-copy-source": `ice/k?versionId=${version}` } })).status, 403);
  assert.equal((await bench.client.send("GET", "ice", { query: { versions: "" } })).status, 403);
  assert.equal((await bench.remove("k", version)).status, 403);
  assert.equal((await bench.remove("k")).status, 204);
});

test("the bypass of GOVERNANCE is an action too", async () => {
  await using bench = await startBench("2026-04-01T00:00:00Z", { objectLock: true });
  const until = new Date(bench.icebox.clock.now() + DAY).toISOString();
  const headers = { "x-amz-object-lock-mode": "GOVERNANCE", "x-amz-object-lock-retain-until-date": until, ...md5Header("\0") };
  const version = await bench.put("k", 1, "STANDARD", headers);
  const bypass = { "x-amz-bypass-governance-retention": "true" };
  await deny(bench, { Action: "s3:BypassGovernanceRetention" });
  assert.match((await bench.remove("k", version, bypass)).text, /perform: s3:BypassGovernanceRetention/);
  await bench.client.send("DELETE", "ice", { query: { policy: "" } });
  assert.equal((await bench.remove("k", version, bypass)).status, 204);
});

test("conditions: a class, an encryption, a tag, a prefix of a list", async () => {
  await using bench = await start();
  await deny(
    bench,
    { Action: "s3:PutObject", Condition: { StringEquals: { "s3:x-amz-storage-class": ["DEEP_ARCHIVE", "GLACIER"] } } },
    {
      Action: "s3:PutObject",
      Resource: `${BUCKET}/secret/*`,
      Condition: { StringNotEquals: { "s3:x-amz-server-side-encryption": "aws:kms" } },
    },
    { Action: "s3:GetObject", Condition: { StringEquals: { "s3:ExistingObjectTag/need": "cold" } } },
    { Action: "s3:ListBucket", Condition: { StringLike: { "s3:prefix": "secret/*" } } },
  );
  const put = async (key: string, headers: Record<string, string>) =>
    (await bench.client.send("PUT", `ice/${key}`, { body: "x", headers })).status;
  assert.deepEqual(
    [await put("a", { "x-amz-storage-class": "GLACIER" }), await put("a", { "x-amz-storage-class": "GLACIER_IR" })],
    [403, 200],
  );
  assert.deepEqual([await put("secret/a", {}), await put("secret/a", { "x-amz-server-side-encryption": "aws:kms" })], [403, 200]);
  assert.equal(await put("tagged", { "x-amz-tagging": "need=cold" }), 200);
  const get = async (path: string, query = {}) => (await bench.client.send("GET", path, { query })).status;
  assert.deepEqual([await get("ice/tagged"), await get("ice/k")], [403, 200]);
  assert.deepEqual([await get("ice", { "list-type": "2", prefix: "secret/a" }), await get("ice", { "list-type": "2" })], [403, 200]);
});

test("who may not list is not told that a key is missing", async () => {
  await using bench = await start();
  assert.equal((await bench.client.send("GET", "ice/none")).code, "NoSuchKey");
  await deny(bench, { Action: "s3:ListBucket" });
  assert.equal((await bench.client.send("GET", "ice/none")).code, "AccessDenied");
  assert.equal((await bench.client.send("HEAD", "ice/none")).status, 403);
  assert.equal((await bench.client.send("GET", "ice/k")).status, 200);
});

test("a denied request of the account's own people is charged, a stranger's is not", async () => {
  await using bench = await start();
  await deny(bench, { Action: "s3:GetObject" });
  const before = line(bench.icebox.ledger(), "requests-get", "STANDARD").quantity;
  await bench.client.send("GET", "ice/k");
  await bench.client.send("GET", "ice/k", { credentials: { accessKeyId: "owner", secretAccessKey: "wrong" } });
  assert.equal(line(bench.icebox.ledger(), "requests-get", "STANDARD").quantity - before, 1);
});

test("policies that are none are refused, with the old one left standing", async () => {
  await using bench = await start();
  await deny(bench, { Action: "s3:DeleteObject" });
  const statement = { Effect: "Deny", Principal: "*", Action: "s3:GetObject", Resource: `${BUCKET}/*` };
  for (const wrong of [
    { Action: "ec2:Stop" },
    { Action: undefined },
    { Resource: "arn:aws:s3:::other/*" },
    { Resource: undefined },
    { Principal: undefined },
    { NotPrincipal: "*" },
    { Effect: "Refuse" },
    { Condition: { StringRhymes: { "s3:prefix": "a" } } },
    { NotAction: "s3:PutObject" },
  ]) {
    const body = JSON.stringify({ Version: "2012-10-17", Statement: [{ ...statement, ...wrong }] });
    assert.equal((await bench.configure("policy", body)).code, "MalformedPolicy", JSON.stringify(wrong));
  }
  assert.equal(
    (await bench.configure("policy", JSON.stringify({ Version: "1999-01-01", Statement: [statement] }))).code,
    "MalformedPolicy",
  );
  assert.equal((await bench.remove("k")).status, 403);
});

test("conditions by their operators", () => {
  const lookup = (key: string) => ({ a: "Snow", n: "7", d: "2026-04-01T00:00:00Z", f: "false" })[key];
  const table: [operator: string, key: string, value: string, holds: boolean][] = [
    ["StringEquals", "a", "Snow", true],
    ["StringEquals", "a", "snow", false],
    ["StringEqualsIgnoreCase", "a", "snow", true],
    ["StringNotEqualsIgnoreCase", "a", "snow", false],
    ["StringLike", "a", "S?o*", true],
    ["StringNotLike", "a", "S?o*", false],
    ["StringNotEquals", "none", "x", true],
    ["StringEquals", "none", "x", false],
    ["StringEqualsIfExists", "none", "x", true],
    ["StringEqualsIfExists", "a", "x", false],
    ["NumericLessThan", "n", "8", true],
    ["NumericGreaterThanEquals", "n", "8", false],
    ["DateLessThan", "d", "2026-04-02T00:00:00Z", true],
    ["Bool", "f", "false", true],
    ["Null", "none", "true", true],
    ["Null", "a", "true", false],
    ["Null", "a", "false", true],
  ];
  for (const [operator, key, value, expected] of table) {
    assert.equal(holds({ operator, key, values: [value] }, lookup), expected, `${operator} ${key} ${value}`);
  }
  assert.ok(isLike("a.b/c", "a.b/*") && !isLike("axb/c", "a.b/*") && isLike("line\nbreak", "line*"));
});
