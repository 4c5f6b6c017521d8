import assert from "node:assert/strict";
import { test } from "node:test";
import { md5Header } from "../contract/versions.ts";
import { DAY, MIB, startBench } from "../testing.ts";
import type { Bench } from "../testing.ts";

const LOCKED = { objectLock: true } as const;
const START = "2026-04-01T10:30:00Z";
const BYPASS = { "x-amz-bypass-governance-retention": "true" };

function lockFor(bench: Bench, mode: string, days: number): Record<string, string> {
  const until = new Date(bench.icebox.clock.now() + days * DAY).toISOString();
  return { "x-amz-object-lock-mode": mode, "x-amz-object-lock-retain-until-date": until };
}

/** `size` bytes with the digest that a locked version needs. */
function put(bench: Bench, key: string, size: number, headers: Record<string, string> = {}, storageClass = "STANDARD") {
  return bench.put(key, size, storageClass, { ...md5Header("\0".repeat(size)), ...headers });
}

function setDefault(bench: Bench, retention: string) {
  const rule = `<Rule><DefaultRetention>${retention}</DefaultRetention></Rule>`;
  return bench.configure(
    "object-lock",
    `<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>${rule}</ObjectLockConfiguration>`,
  );
}

function hold(bench: Bench, key: string, status: string) {
  const body = `<LegalHold><Status>${status}</Status></LegalHold>`;
  return bench.client.send("PUT", `ice/${key}`, { query: { "legal-hold": "" }, body, headers: md5Header(body) });
}

function retain(bench: Bench, key: string, inner: string, headers: Record<string, string> = {}) {
  const body = `<Retention>${inner}</Retention>`;
  return bench.client.send("PUT", `ice/${key}`, { query: { retention: "" }, body, headers: { ...md5Header(body), ...headers } });
}

test("COMPLIANCE holds to the second, and not a second longer", async () => {
  await using bench = await startBench(START, LOCKED);
  const version = await put(bench, "k", 1, lockFor(bench, "COMPLIANCE", 30));
  bench.icebox.clock.advance(30 * DAY - 1000);
  for (const headers of [{}, BYPASS]) assert.equal((await bench.remove("k", version, headers)).code, "AccessDenied");
  bench.icebox.clock.advance(1000);
  assert.equal((await bench.remove("k", version)).status, 204);
  assert.deepEqual(bench.icebox.versions("ice"), []);
});

test("the default retention counts from each version's birth, in days or in years of the calendar", async () => {
  await using bench = await startBench("2024-02-29T12:00:00Z", LOCKED);
  assert.equal((await setDefault(bench, "<Mode>GOVERNANCE</Mode><Years>1</Years>")).status, 200);
  await put(bench, "years", 1);
  assert.equal((await setDefault(bench, "<Mode>COMPLIANCE</Mode><Days>10</Days>")).status, 200);
  await put(bench, "days", 1);
  await put(bench, "asked", 1, lockFor(bench, "GOVERNANCE", 3));
  const until = bench.icebox.objects("ice").map(({ key, retention }) => [key, retention?.mode, new Date(retention!.until).toISOString()]);
  assert.deepEqual(until, [
    ["asked", "GOVERNANCE", "2024-03-03T12:00:00.000Z"],
    ["days", "COMPLIANCE", "2024-03-10T12:00:00.000Z"],
    ["years", "GOVERNANCE", "2025-03-01T12:00:00.000Z"],
  ]);
});

test("a copy for another class is locked anew by the default, and the old version stays locked, stored and paid for", async () => {
  await using bench = await startBench("2026-04-01T00:00:00Z", LOCKED);
  await setDefault(bench, "<Mode>COMPLIANCE</Mode><Days>10</Days>");
  const old = await put(bench, "k", MIB);
  bench.icebox.clock.advance(5 * DAY);
  assert.equal((await bench.copy("k", "DEEP_ARCHIVE")).status, 200);
  assert.equal((await bench.remove("k", old)).status, 403);
  const [moved, first] = bench.icebox.versions("ice");
  assert.ok(moved !== undefined && first !== undefined && "retention" in moved && "retention" in first);
  assert.deepEqual([moved.retention!.until - first.retention!.until, first.storageClass], [5 * DAY, "STANDARD"]);
  bench.icebox.clock.advance(5 * DAY);
  assert.equal((await bench.remove("k", old)).status, 204);
  assert.equal((await bench.remove("k", moved.versionId)).status, 403);
});

test("rules move what is locked but do not remove it until it is free; a hold stops them as long as it stands", async () => {
  await using bench = await startBench("2026-04-01T00:00:00Z", LOCKED);
  await put(bench, "retained", 200 * 1024, lockFor(bench, "GOVERNANCE", 20));
  await put(bench, "held", 200 * 1024, { "x-amz-object-lock-legal-hold": "ON" });
  const moves =
    "<NoncurrentVersionTransition><NoncurrentDays>1</NoncurrentDays><StorageClass>GLACIER</StorageClass></NoncurrentVersionTransition>";
  const ends = "<NoncurrentVersionExpiration><NoncurrentDays>3</NoncurrentDays></NoncurrentVersionExpiration>";
  const action = `<Expiration><Days>1</Days></Expiration>${moves}${ends}`;
  await bench.lifecycle(`<Rule><ID>r</ID><Filter></Filter><Status>Enabled</Status>${action}</Rule>`);
  const bytes = () =>
    bench.icebox.versions("ice").flatMap((version) => ("deleteMarker" in version ? [] : [`${version.key} ${version.storageClass}`]));
  bench.icebox.clock.advance(10 * DAY);
  // Hidden by the rule's markers, moved by it, but there.
  assert.deepEqual([bytes(), bench.icebox.objects("ice")], [["held GLACIER", "retained GLACIER"], []]);
  bench.icebox.clock.advance(10 * DAY);
  assert.deepEqual(bytes(), ["held GLACIER"]);
  const [marker] = bench.icebox.versions("ice");
  await bench.remove("held", marker!.versionId);
  assert.equal((await hold(bench, "held", "OFF")).status, 200);
  bench.icebox.clock.advance(10 * DAY);
  assert.deepEqual(bytes(), []);
});

test("GOVERNANCE is loosened with the bypass only, and taken away by an empty retention", async () => {
  await using bench = await startBench(START, LOCKED);
  const version = await put(bench, "k", 1, lockFor(bench, "GOVERNANCE", 30));
  assert.equal((await retain(bench, "k", "")).status, 403);
  assert.equal((await retain(bench, "k", "", BYPASS)).status, 200);
  const told = await bench.client.send("GET", "ice/k", { query: { retention: "" } });
  assert.deepEqual([told.status, told.code], [404, "NoSuchObjectLockConfiguration"]);
  assert.equal((await bench.remove("k", version)).status, 204);
});

test("many versions are removed at once, and those that are locked are named", async () => {
  await using bench = await startBench(START, LOCKED);
  const locked = await put(bench, "locked", 1, lockFor(bench, "GOVERNANCE", 30));
  const free = await put(bench, "free", 1);
  const entry = (key: string, id?: string) => `<Object><Key>${key}</Key><VersionId>${id}</VersionId></Object>`;
  const body = `<Delete>${entry("locked", locked)}${entry("free", free)}</Delete>`;
  const send = (headers: Record<string, string>) =>
    bench.client.send("POST", "ice", { query: { delete: "" }, body, headers: { ...md5Header(body), ...headers } });
  const answer = await send({});
  assert.match(
    answer.text,
    /<Deleted><Key>free<.*<Error><Key>locked<.*<Code>AccessDenied<|<Error><Key>locked<.*<Code>AccessDenied<.*<Deleted><Key>free</,
  );
  assert.deepEqual(
    bench.icebox.versions("ice").map(({ key }) => key),
    ["locked"],
  );
  await send(BYPASS);
  assert.deepEqual(bench.icebox.versions("ice"), []);
});

test("a digest is wanted for everything that will be locked, by header or by default, and for parts", async () => {
  await using bench = await startBench(START, LOCKED);
  assert.equal((await bench.client.send("PUT", "ice/k", { body: "x" })).status, 200);
  assert.equal((await bench.client.send("PUT", "ice/k", { body: "x", headers: { "x-amz-object-lock-legal-hold": "ON" } })).status, 400);
  await setDefault(bench, "<Mode>GOVERNANCE</Mode><Days>1</Days>");
  assert.match((await bench.client.send("PUT", "ice/k", { body: "x" })).text, /Content-MD5 OR x-amz-checksum- .* Put Object requests/);
  assert.equal((await bench.client.send("PUT", "ice/k", { body: "x", headers: { "x-amz-checksum-crc32": "jNwWgw==" } })).status, 200);
  const begun = await bench.client.send("POST", "ice/k", { query: { uploads: "" } });
  const query = { uploadId: /<UploadId>(.*)<\/UploadId>/.exec(begun.text)![1]!, partNumber: "1" };
  assert.match((await bench.client.send("PUT", "ice/k", { query, body: "x" })).text, /Put Part requests/);
  assert.equal((await bench.client.send("PUT", "ice/k", { query, body: "x", headers: md5Header("x") })).status, 200);
});

test("an upload in parts is locked as it was begun", async () => {
  await using bench = await startBench(START, LOCKED);
  const begun = await bench.client.send("POST", "ice/k", { query: { uploads: "" }, headers: lockFor(bench, "COMPLIANCE", 30) });
  const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(begun.text)![1]!;
  const part = await bench.client.send("PUT", "ice/k", { query: { uploadId, partNumber: "1" }, body: "x", headers: md5Header("x") });
  const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${part.headers.get("etag")}</ETag></Part></CompleteMultipartUpload>`;
  assert.equal((await bench.client.send("POST", "ice/k", { query: { uploadId }, body })).status, 200);
  assert.equal(bench.icebox.objects("ice")[0]?.retention?.mode, "COMPLIANCE");
});

test("wishes that make no sense", async () => {
  await using bench = await startBench(START, LOCKED);
  const send = async (headers: Record<string, string>) => {
    const answer = await bench.client.send("PUT", "ice/k", { body: "x", headers: { ...md5Header("x"), ...headers } });
    return [answer.status, answer.code];
  };
  assert.deepEqual(await send({ "x-amz-object-lock-mode": "GOVERNANCE" }), [400, "InvalidArgument"]);
  assert.deepEqual(await send(lockFor(bench, "GOVERNANCE", -1)), [400, "InvalidArgument"]);
  assert.deepEqual(await send(lockFor(bench, "FROZEN", 1)), [400, "InvalidArgument"]);
  assert.deepEqual(await send({ "x-amz-object-lock-legal-hold": "maybe" }), [400, "InvalidArgument"]);
  for (const retention of [
    "<Mode>GOVERNANCE</Mode>",
    "<Mode>GOVERNANCE</Mode><Days>1</Days><Years>1</Years>",
    "<Mode>ICE</Mode><Days>1</Days>",
  ]) {
    assert.equal((await setDefault(bench, retention)).code, "MalformedXML", retention);
  }
  assert.equal((await setDefault(bench, "<Mode>GOVERNANCE</Mode><Days>0</Days>")).code, "InvalidArgument");
  await using plain = await startBench(START);
  assert.deepEqual([(await setDefault(plain, "<Mode>GOVERNANCE</Mode><Days>1</Days>")).code], ["InvalidBucketState"]);
});
