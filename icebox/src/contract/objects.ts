import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { all, first } from "./client.ts";
import { contract } from "./target.ts";
import type { Suite } from "./target.ts";

const BODY = Buffer.from("firn is old snow on its way to becoming ice");
const md5 = (bytes: Uint8Array) => createHash("md5").update(bytes).digest();

export function objectCases(suite: Suite): void {
  contract(suite, "an object comes back as it was put", [], async ({ client, bucket }) => {
    const headers = { "content-type": "text/snow", "x-amz-meta-depth": "3m", "cache-control": "no-cache" };
    const put = await client.send("PUT", `${bucket}/a b+c/ä~.txt`, { body: BODY, headers });
    assert.equal(put.status, 200);
    assert.equal(put.headers.get("etag"), `"${md5(BODY).toString("hex")}"`);
    for (const method of ["GET", "HEAD"]) {
      const got = await client.send(method, `${bucket}/a b+c/ä~.txt`);
      assert.equal(got.status, 200);
      assert.equal(got.headers.get("content-length"), String(BODY.length));
      assert.equal(got.headers.get("content-type"), "text/snow");
      assert.equal(got.headers.get("cache-control"), "no-cache");
      assert.equal(got.headers.get("x-amz-meta-depth"), "3m");
      assert.equal(got.headers.get("x-amz-storage-class"), null);
      assert.ok(Date.parse(got.headers.get("last-modified") ?? "") > 0);
      if (method === "GET") assert.deepEqual(got.bytes, BODY);
    }
  });

  contract(suite, "an empty object", [], async ({ client, bucket }) => {
    await client.send("PUT", `${bucket}/empty`, { body: "" });
    const got = await client.send("GET", `${bucket}/empty`);
    assert.equal(got.status, 200);
    assert.equal(got.bytes.length, 0);
  });

  contract(suite, "ranges", [], async ({ client, bucket }) => {
    await client.send("PUT", `${bucket}/k`, { body: "0123456789" });
    for (const [range, text, answer] of [
      ["bytes=2-4", "234", "bytes 2-4/10"],
      ["bytes=7-", "789", "bytes 7-9/10"],
      ["bytes=-2", "89", "bytes 8-9/10"],
      ["bytes=8-100", "89", "bytes 8-9/10"],
    ] as const) {
      const got = await client.send("GET", `${bucket}/k`, { headers: { range } });
      assert.deepEqual([got.status, got.text, got.headers.get("content-range")], [206, text, answer]);
    }
    const beyond = await client.send("GET", `${bucket}/k`, { headers: { range: "bytes=10-12" } });
    assert.deepEqual([beyond.status, beyond.code], [416, "InvalidRange"]);
  });

  contract(suite, "what is not there", [], async ({ client, bucket }) => {
    const got = await client.send("GET", `${bucket}/none`);
    assert.deepEqual([got.status, got.code], [404, "NoSuchKey"]);
    assert.equal((await client.send("HEAD", `${bucket}/none`)).status, 404);
    assert.equal((await client.send("DELETE", `${bucket}/none`)).status, 204);
    const noBucket = await client.send("GET", `${bucket}-none/k`);
    assert.deepEqual([noBucket.status, noBucket.code], [404, "NoSuchBucket"]);
  });

  contract(suite, "storage classes are kept, made-up ones refused", [], async ({ client, bucket }) => {
    const classes = ["STANDARD", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"];
    for (const name of classes) await client.send("PUT", `${bucket}/${name}`, { body: "x", headers: { "x-amz-storage-class": name } });
    for (const name of classes) {
      const head = await client.send("HEAD", `${bucket}/${name}`);
      assert.equal(head.headers.get("x-amz-storage-class"), name === "STANDARD" ? null : name);
    }
    const list = await client.send("GET", bucket, { query: { "list-type": "2" } });
    assert.deepEqual(all(list.text, "StorageClass").sort(), [...classes].sort());
    const bogus = await client.send("PUT", `${bucket}/bogus`, { body: "x", headers: { "x-amz-storage-class": "PERMAFROST" } });
    assert.deepEqual([bogus.status, bogus.code], [400, "InvalidStorageClass"]);
  });

  contract(suite, "conditional reads", [], async ({ client, bucket }) => {
    const etag = (await client.send("PUT", `${bucket}/k`, { body: BODY })).headers.get("etag")!;
    const get = async (headers: Record<string, string>) => (await client.send("GET", `${bucket}/k`, { headers })).status;
    assert.equal(await get({ "if-match": etag }), 200);
    assert.equal(await get({ "if-match": '"other"' }), 412);
    assert.equal(await get({ "if-none-match": etag }), 304);
    assert.equal(await get({ "if-none-match": '"other"' }), 200);
    assert.equal(await get({ "if-modified-since": new Date(Date.now() + 86_400_000_0).toUTCString() }), 304);
    assert.equal(await get({ "if-unmodified-since": new Date(0).toUTCString() }), 412);
  });

  contract(suite, "conditional writes", [], async ({ client, bucket }) => {
    const put = (body: string, headers: Record<string, string>) => client.send("PUT", `${bucket}/k`, { body, headers });
    assert.equal((await put("1", { "if-none-match": "*" })).status, 200);
    const second = await put("2", { "if-none-match": "*" });
    assert.deepEqual([second.status, second.code], [412, "PreconditionFailed"]);
    assert.equal((await put("3", { "if-match": '"0123"' })).status, 412);
    const etag = (await client.send("HEAD", `${bucket}/k`)).headers.get("etag")!;
    assert.equal((await put("4", { "if-match": etag })).status, 200);
    assert.equal((await client.send("GET", `${bucket}/k`)).text, "4");
  });

  contract(suite, "conditional deletes", ["delete-conditions"], async ({ client, bucket }) => {
    const etag = (await client.send("PUT", `${bucket}/k`, { body: "1" })).headers.get("etag")!;
    assert.equal((await client.send("DELETE", `${bucket}/k`, { headers: { "if-match": '"0123"' } })).status, 412);
    assert.equal((await client.send("DELETE", `${bucket}/k`, { headers: { "if-match": etag } })).status, 204);
    assert.equal((await client.send("HEAD", `${bucket}/k`)).status, 404);
  });

  contract(suite, "many objects deleted at once", [], async ({ client, bucket }) => {
    for (const key of ["a", "b", "c&d"]) await client.send("PUT", `${bucket}/${key}`, { body: "x" });
    const keys = ["a", "c&amp;d", "never-there"].map((key) => `<Object><Key>${key}</Key></Object>`).join("");
    const body = `<Delete>${keys}</Delete>`;
    const answer = await client.send("POST", bucket, {
      query: { delete: "" },
      body,
      headers: { "content-md5": md5(Buffer.from(body)).toString("base64") },
    });
    assert.equal(answer.status, 200);
    assert.deepEqual(all(answer.text, "Key").sort(), ["a", "c&amp;d", "never-there"]);
    assert.deepEqual(all((await client.send("GET", bucket, { query: { "list-type": "2" } })).text, "Key"), ["b"]);
  });

  contract(suite, "a wrong Content-MD5 is refused and nothing is stored", ["content-md5"], async ({ client, bucket }) => {
    const put = await client.send("PUT", `${bucket}/k`, {
      body: BODY,
      headers: { "content-md5": md5(Buffer.from("other")).toString("base64") },
    });
    assert.deepEqual([put.status, put.code], [400, "BadDigest"]);
    assert.equal((await client.send("HEAD", `${bucket}/k`)).status, 404);
  });

  contract(suite, "tags", [], async ({ client, bucket }) => {
    await client.send("PUT", `${bucket}/k`, { body: "x", headers: { "x-amz-tagging": "need=cold&place=%2Fetc" } });
    const tags = (await client.send("GET", `${bucket}/k`, { query: { tagging: "" } })).text;
    assert.deepEqual(all(tags, "Key"), ["need", "place"]);
    assert.deepEqual(all(tags, "Value"), ["cold", "/etc"]);
    assert.equal((await client.send("GET", `${bucket}/k`)).headers.get("x-amz-tagging-count"), "2");
    const body = "<Tagging><TagSet><Tag><Key>one</Key><Value>1</Value></Tag></TagSet></Tagging>";
    assert.equal((await client.send("PUT", `${bucket}/k`, { query: { tagging: "" }, body })).status, 200);
    assert.deepEqual(all((await client.send("GET", `${bucket}/k`, { query: { tagging: "" } })).text, "Key"), ["one"]);
    assert.equal((await client.send("DELETE", `${bucket}/k`, { query: { tagging: "" } })).status, 204);
    assert.deepEqual(all((await client.send("GET", `${bucket}/k`, { query: { tagging: "" } })).text, "Key"), []);
  });

  contract(suite, "encryption settings are echoed", [], async ({ client, bucket }) => {
    const headers = { "x-amz-server-side-encryption": "aws:kms", "x-amz-server-side-encryption-aws-kms-key-id": "key-1" };
    await client.send("PUT", `${bucket}/kms`, { body: "x", headers });
    const kms = await client.send("HEAD", `${bucket}/kms`);
    assert.equal(kms.headers.get("x-amz-server-side-encryption"), "aws:kms");
    assert.equal(kms.headers.get("x-amz-server-side-encryption-aws-kms-key-id"), "key-1");
    await client.send("PUT", `${bucket}/aes`, { body: "x", headers: { "x-amz-server-side-encryption": "AES256" } });
    assert.equal((await client.send("HEAD", `${bucket}/aes`)).headers.get("x-amz-server-side-encryption"), "AES256");
  });

  contract(suite, "without settings the bucket's default encryption applies", ["default-encryption"], async ({ client, bucket }) => {
    await client.send("PUT", `${bucket}/k`, { body: "x" });
    assert.equal((await client.send("HEAD", `${bucket}/k`)).headers.get("x-amz-server-side-encryption"), "AES256");
    const rules = await client.send("GET", bucket, { query: { encryption: "" } });
    assert.equal(first(rules.text, "SSEAlgorithm"), "AES256");
  });

  contract(suite, "a customer's key is needed again to read", ["customer-key"], async ({ client, bucket }) => {
    const key = Buffer.alloc(32, 7);
    const headers = {
      "x-amz-server-side-encryption-customer-algorithm": "AES256",
      "x-amz-server-side-encryption-customer-key": key.toString("base64"),
      "x-amz-server-side-encryption-customer-key-md5": md5(key).toString("base64"),
    };
    assert.equal((await client.send("PUT", `${bucket}/k`, { body: "x", headers })).status, 200);
    assert.equal((await client.send("HEAD", `${bucket}/k`)).status, 400);
    assert.equal((await client.send("GET", `${bucket}/k`)).status, 400);
    assert.equal((await client.send("GET", `${bucket}/k`, { headers })).text, "x");
  });
}
