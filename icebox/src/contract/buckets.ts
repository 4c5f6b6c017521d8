import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { all, first } from "./client.ts";
import { contract } from "./target.ts";
import type { Suite } from "./target.ts";

export function bucketCases(suite: Suite): void {
  contract(suite, "buckets are made, seen, listed and deleted when empty", [], async ({ client, bucket }) => {
    assert.equal((await client.send("HEAD", bucket)).status, 200);
    assert.equal((await client.send("HEAD", `${bucket}-none`)).status, 404);
    assert.ok(all((await client.send("GET", "")).text, "Name").includes(bucket));
    await client.send("PUT", `${bucket}/k`, { body: "x" });
    const full = await client.send("DELETE", bucket);
    assert.deepEqual([full.status, full.code], [409, "BucketNotEmpty"]);
    await client.send("DELETE", `${bucket}/k`);
    assert.equal((await client.send("DELETE", bucket)).status, 204);
    assert.equal((await client.send("HEAD", bucket)).status, 404);
  });

  contract(suite, "a new bucket is unversioned, unlocked, without rules, in its region", [], async ({ client, bucket }) => {
    const get = (name: string) => client.send("GET", bucket, { query: { [name]: "" } });
    const versioning = await get("versioning");
    assert.equal(versioning.status, 200);
    assert.equal(first(versioning.text, "Status"), undefined);
    const lock = await get("object-lock");
    assert.deepEqual([lock.status, lock.code], [404, "ObjectLockConfigurationNotFoundError"]);
    const rules = await get("lifecycle");
    assert.deepEqual([rules.status, rules.code], [404, "NoSuchLifecycleConfiguration"]);
    const location = await get("location");
    assert.equal(location.status, 200);
    assert.match(location.text, /LocationConstraint/);
  });

  contract(suite, "lifecycle rules are kept and removed", [], async ({ client, bucket }) => {
    const rule =
      "<Rule><ID>cold</ID><Filter><And><Prefix>data/</Prefix><Tag><Key>need</Key><Value>cold</Value></Tag></And></Filter>" +
      "<Status>Enabled</Status><Transition><Days>1</Days><StorageClass>DEEP_ARCHIVE</StorageClass></Transition></Rule>";
    const body = `<LifecycleConfiguration>${rule}</LifecycleConfiguration>`;
    const headers = { "content-md5": createHash("md5").update(body).digest("base64") };
    assert.equal((await client.send("PUT", bucket, { query: { lifecycle: "" }, body, headers })).status, 200);
    const got = await client.send("GET", bucket, { query: { lifecycle: "" } });
    assert.deepEqual([first(got.text, "ID"), first(got.text, "Days"), first(got.text, "StorageClass")], ["cold", "1", "DEEP_ARCHIVE"]);
    assert.equal((await client.send("DELETE", bucket, { query: { lifecycle: "" } })).status, 204);
    assert.equal((await client.send("GET", bucket, { query: { lifecycle: "" } })).status, 404);
  });

  contract(suite, "malformed lifecycle rules are refused", [], async ({ client, bucket }) => {
    const body = "<LifecycleConfiguration><Rule><Status>Sometimes</Status></Rule></LifecycleConfiguration>";
    const headers = { "content-md5": createHash("md5").update(body).digest("base64") };
    const answer = await client.send("PUT", bucket, { query: { lifecycle: "" }, body, headers });
    assert.deepEqual([answer.status, answer.code], [400, "MalformedXML"]);
  });
}
