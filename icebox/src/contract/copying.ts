import assert from "node:assert/strict";
import { all, first } from "./client.ts";
import type { Answer } from "./client.ts";
import { contract } from "./target.ts";
import type { Scene, Suite } from "./target.ts";

function copy({ client, bucket }: Scene, from: string, to: string, headers: Record<string, string> = {}): Promise<Answer> {
  return client.send("PUT", `${bucket}/${to}`, { headers: { "x-amz-copy-source": `/${bucket}/${from}`, ...headers } });
}

const PART = Buffer.alloc(5 * 2 ** 20, "p");

export function copyCases(suite: Suite): void {
  contract(suite, "a copy keeps bytes and metadata; its class is STANDARD unless it says otherwise", [], async (scene) => {
    const { client, bucket } = scene;
    const headers = { "x-amz-meta-who": "me", "content-type": "text/x", "x-amz-storage-class": "STANDARD_IA", "x-amz-tagging": "a=1" };
    await client.send("PUT", `${bucket}/from`, { body: "snow", headers });
    const answer = await copy(scene, "from", "to");
    assert.equal(answer.status, 200);
    assert.match(answer.text, /<CopyObjectResult/);
    const got = await client.send("GET", `${bucket}/to`);
    assert.deepEqual([got.text, got.headers.get("x-amz-meta-who"), got.headers.get("content-type")], ["snow", "me", "text/x"]);
    assert.equal(got.headers.get("x-amz-storage-class"), null);
    assert.equal(got.headers.get("x-amz-tagging-count"), "1");
    await copy(scene, "from", "cold", { "x-amz-storage-class": "GLACIER_IR" });
    assert.equal((await client.send("HEAD", `${bucket}/cold`)).headers.get("x-amz-storage-class"), "GLACIER_IR");
  });

  contract(suite, "metadata is replaced on request", [], async (scene) => {
    const { client, bucket } = scene;
    await client.send("PUT", `${bucket}/from`, { body: "snow", headers: { "x-amz-meta-who": "me" } });
    await copy(scene, "from", "to", { "x-amz-metadata-directive": "REPLACE", "x-amz-meta-what": "ice" });
    const got = await client.send("HEAD", `${bucket}/to`);
    assert.deepEqual([got.headers.get("x-amz-meta-who"), got.headers.get("x-amz-meta-what")], [null, "ice"]);
  });

  contract(suite, "a copy onto itself must change something", [], async (scene) => {
    await scene.client.send("PUT", `${scene.bucket}/k`, { body: "snow" });
    const answer = await copy(scene, "k", "k");
    assert.deepEqual([answer.status, answer.code], [400, "InvalidRequest"]);
  });

  contract(suite, "a copy onto itself changes the class", [], async (scene) => {
    const { client, bucket } = scene;
    await client.send("PUT", `${bucket}/k`, { body: "snow" });
    assert.equal((await copy(scene, "k", "k", { "x-amz-storage-class": "DEEP_ARCHIVE" })).status, 200);
    assert.equal((await client.send("HEAD", `${bucket}/k`)).headers.get("x-amz-storage-class"), "DEEP_ARCHIVE");
  });

  contract(suite, "conditions on the source of a copy", ["copy-source-conditions"], async (scene) => {
    const etag = (await scene.client.send("PUT", `${scene.bucket}/k`, { body: "snow" })).headers.get("etag")!;
    assert.equal((await copy(scene, "k", "to", { "x-amz-copy-source-if-match": '"other"' })).status, 412);
    assert.equal((await copy(scene, "k", "to", { "x-amz-copy-source-if-none-match": etag })).status, 412);
    assert.equal((await copy(scene, "k", "to", { "x-amz-copy-source-if-match": etag })).status, 200);
  });

  contract(suite, "conditions on the destination of a copy", ["copy-destination-conditions"], async (scene) => {
    await scene.client.send("PUT", `${scene.bucket}/k`, { body: "snow" });
    assert.equal((await copy(scene, "k", "to", { "if-none-match": "*" })).status, 200);
    assert.equal((await copy(scene, "k", "to", { "if-none-match": "*" })).status, 412);
  });

  contract(suite, "a copy of nothing", [], async (scene) => {
    const answer = await copy(scene, "none", "to");
    assert.deepEqual([answer.status, answer.code], [404, "NoSuchKey"]);
  });

  contract(suite, "an upload in parts, one of them copied", [], async (scene) => {
    const { client, bucket } = scene;
    await client.send("PUT", `${bucket}/source`, { body: "0123456789" });
    const headers = { "x-amz-storage-class": "STANDARD_IA", "x-amz-meta-big": "yes" };
    const uploadId = await begin(scene, "big", headers);
    const one = await client.send("PUT", `${bucket}/big`, { query: { uploadId, partNumber: "1" }, body: PART });
    const two = await client.send("PUT", `${bucket}/big`, {
      query: { uploadId, partNumber: "2" },
      headers: { "x-amz-copy-source": `${bucket}/source`, "x-amz-copy-source-range": "bytes=2-4" },
    });
    assert.equal(two.status, 200);
    const parts = await client.send("GET", `${bucket}/big`, { query: { uploadId } });
    assert.deepEqual(all(parts.text, "Size"), [String(PART.length), "3"]);
    const uploads = await client.send("GET", bucket, { query: { uploads: "" } });
    assert.deepEqual([all(uploads.text, "Key"), all(uploads.text, "UploadId")], [["big"], [uploadId]]);
    const done = await complete(scene, "big", uploadId, [one.headers.get("etag")!, first(two.text, "ETag")!]);
    assert.equal(done.status, 200, done.text);
    const got = await client.send("GET", `${bucket}/big`);
    assert.deepEqual(got.bytes, Buffer.concat([PART, Buffer.from("234")]));
    assert.match(got.headers.get("etag") ?? "", /^"[0-9a-f]{32}-2"$/);
    assert.deepEqual([got.headers.get("x-amz-storage-class"), got.headers.get("x-amz-meta-big")], ["STANDARD_IA", "yes"]);
    assert.equal((await client.send("GET", `${bucket}/big`, { query: { uploadId } })).status, 404);
  });

  contract(suite, "an upload that is aborted leaves nothing", [], async (scene) => {
    const { client, bucket } = scene;
    const uploadId = await begin(scene, "big");
    await client.send("PUT", `${bucket}/big`, { query: { uploadId, partNumber: "1" }, body: "x" });
    assert.equal((await client.send("DELETE", `${bucket}/big`, { query: { uploadId } })).status, 204);
    const parts = await client.send("GET", `${bucket}/big`, { query: { uploadId } });
    assert.deepEqual([parts.status, parts.code], [404, "NoSuchUpload"]);
    assert.equal((await client.send("HEAD", `${bucket}/big`)).status, 404);
    assert.deepEqual(all((await client.send("GET", bucket, { query: { uploads: "" } })).text, "UploadId"), []);
  });

  contract(suite, "an upload that is over takes no more parts", ["aborted-upload"], async (scene) => {
    const { client, bucket } = scene;
    const uploadId = await begin(scene, "big");
    await client.send("DELETE", `${bucket}/big`, { query: { uploadId } });
    const part = await client.send("PUT", `${bucket}/big`, { query: { uploadId, partNumber: "1" }, body: "x" });
    assert.deepEqual([part.status, part.code], [404, "NoSuchUpload"]);
  });

  contract(suite, "small and unknown parts are refused", [], async (scene) => {
    const { client, bucket } = scene;
    const uploadId = await begin(scene, "big");
    const etags: string[] = [];
    for (const partNumber of ["1", "2"]) {
      const part = await client.send("PUT", `${bucket}/big`, { query: { uploadId, partNumber }, body: "tiny" });
      etags.push(part.headers.get("etag")!);
    }
    const small = await complete(scene, "big", uploadId, etags);
    assert.deepEqual([small.status, small.code], [400, "EntityTooSmall"]);
    const unknown = await complete(scene, "big", uploadId, ['"00000000000000000000000000000000"']);
    assert.deepEqual([unknown.status, unknown.code], [400, "InvalidPart"]);
  });

  contract(suite, "parts out of order are refused", ["part-order"], async (scene) => {
    const { client, bucket } = scene;
    const uploadId = await begin(scene, "big");
    const part = await client.send("PUT", `${bucket}/big`, { query: { uploadId, partNumber: "1" }, body: PART });
    const entry = `<Part><PartNumber>1</PartNumber><ETag>${part.headers.get("etag")}</ETag></Part>`;
    const body = `<CompleteMultipartUpload>${entry}${entry}</CompleteMultipartUpload>`;
    const answer = await client.send("POST", `${bucket}/big`, { query: { uploadId }, body });
    assert.deepEqual([answer.status, answer.code], [400, "InvalidPartOrder"]);
  });
}

async function begin({ client, bucket }: Scene, key: string, headers: Record<string, string> = {}): Promise<string> {
  const answer = await client.send("POST", `${bucket}/${key}`, { query: { uploads: "" }, headers });
  assert.equal(answer.status, 200, answer.text);
  return first(answer.text, "UploadId")!;
}

function complete({ client, bucket }: Scene, key: string, uploadId: string, etags: readonly string[]): Promise<Answer> {
  const parts = etags.map((etag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag}</ETag></Part>`).join("");
  const body = `<CompleteMultipartUpload>${parts}</CompleteMultipartUpload>`;
  return client.send("POST", `${bucket}/${key}`, { query: { uploadId }, body });
}
