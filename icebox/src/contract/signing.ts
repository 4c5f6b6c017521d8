import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { presign, signRequest } from "../auth/sign.ts";
import { EMPTY_HASH, scopeText, sha256Hex, signatureOf } from "../auth/sigv4.ts";
import type { Signed } from "../auth/sign.ts";
import { checksumOf } from "../http/checksum.ts";
import { contract } from "./target.ts";
import type { Scene, Suite } from "./target.ts";

const MINUTE = 60_000;

function chunkBody(signed: Signed, chunks: readonly string[]): string {
  let previous = signed.signature;
  const parts = [...chunks, ""].map((chunk) => {
    const text = ["AWS4-HMAC-SHA256-PAYLOAD", signed.amzDate, scopeText(signed.scope), previous, EMPTY_HASH, sha256Hex(chunk)].join("\n");
    previous = signatureOf(signed.key, text);
    return `${chunk.length.toString(16)};chunk-signature=${previous}\r\n${chunk}\r\n`;
  });
  return parts.join("");
}

async function putChunked(scene: Scene, spoil: (body: string) => string): Promise<{ status: number; code: string | undefined }> {
  const { client, bucket, target } = scene;
  const url = client.url(`${bucket}/k`);
  const signed = signRequest(
    {
      method: "PUT",
      url,
      headers: { "content-encoding": "aws-chunked", "x-amz-decoded-content-length": "8" },
      payloadHash: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    },
    { credentials: target.credentials, region: target.region, now: Date.now() },
  );
  return client.raw("PUT", url, signed.headers, spoil(chunkBody(signed, ["firn", "line"])));
}

export function signingCases(suite: Suite): void {
  contract(suite, "a presigned URL reads without headers", [], async ({ client, bucket, target }) => {
    await client.send("PUT", `${bucket}/k`, { body: "snow" });
    const signer = { credentials: target.credentials, region: target.region, now: Date.now() };
    const got = await client.raw("GET", presign("GET", client.url(`${bucket}/k`), 60, signer), {});
    assert.deepEqual([got.status, got.text], [200, "snow"]);
  });

  contract(suite, "an unsigned payload", [], async ({ client, bucket }) => {
    assert.equal((await client.send("PUT", `${bucket}/k`, { body: "snow", payloadHash: "UNSIGNED-PAYLOAD" })).status, 200);
    assert.equal((await client.send("GET", `${bucket}/k`)).text, "snow");
  });

  contract(suite, "a payload in signed chunks", [], async (scene) => {
    assert.equal((await putChunked(scene, (body) => body)).status, 200);
    const got = await scene.client.send("GET", `${scene.bucket}/k`);
    assert.deepEqual([got.text, got.headers.get("content-encoding")], ["firnline", null]);
  });

  contract(suite, "an unsigned payload with a checksum behind it", [], async (scene) => {
    const { client, bucket, target } = scene;
    const url = client.url(`${bucket}/k`);
    const signed = signRequest(
      {
        method: "PUT",
        url,
        headers: { "content-encoding": "aws-chunked", "x-amz-decoded-content-length": "4", "x-amz-trailer": "x-amz-checksum-crc32" },
        payloadHash: "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
      },
      { credentials: target.credentials, region: target.region, now: Date.now() },
    );
    const body = `4\r\nfirn\r\n0\r\nx-amz-checksum-crc32:${checksumOf("crc32", Buffer.from("firn"))}\r\n\r\n`;
    assert.equal((await client.raw("PUT", url, signed.headers, body)).status, 200);
    assert.equal((await client.send("GET", `${bucket}/k`)).text, "firn");
  });

  contract(suite, "chunks whose bytes, order or end were changed are refused", ["signatures"], async (scene) => {
    const spoilers: ((body: string) => string)[] = [
      (body) => body.replace("firn", "fire"),
      (body) => body.replace(/chunk-signature=./, (match) => `${match.slice(0, -1)}${match.endsWith("0") ? "1" : "0"}`),
      (body) => body.slice(0, body.indexOf("line")),
      (body) => body.split("\r\n").slice(2).join("\r\n"),
    ];
    for (const spoil of spoilers) assert.ok((await putChunked(scene, spoil)).status >= 400);
    assert.equal((await scene.client.send("HEAD", `${scene.bucket}/k`)).status, 404);
  });

  contract(suite, "wrong keys, no keys, old and future requests", ["signatures"], async ({ client, bucket, target }) => {
    const { accessKeyId } = target.credentials;
    const wrong = await client.send("GET", bucket, { credentials: { accessKeyId, secretAccessKey: "wrong" } });
    assert.deepEqual([wrong.status, wrong.code], [403, "SignatureDoesNotMatch"]);
    const unknown = await client.send("GET", bucket, { credentials: { accessKeyId: "NOBODY", secretAccessKey: "x" } });
    assert.deepEqual([unknown.status, unknown.code], [403, "InvalidAccessKeyId"]);
    const nobody = await client.raw("GET", client.url(bucket), {});
    assert.deepEqual([nobody.status, nobody.code], [403, "AccessDenied"]);
    for (const offset of [-16 * MINUTE, 16 * MINUTE]) {
      const skewed = await client.send("GET", bucket, { now: Date.now() + offset });
      assert.deepEqual([skewed.status, skewed.code], [403, "RequestTimeTooSkewed"]);
    }
    assert.equal((await client.send("GET", bucket, { now: Date.now() - 14 * MINUTE })).status, 200);
    const expired = presign("GET", client.url(bucket), 60, { ...target, now: Date.now() - 2 * MINUTE });
    assert.equal((await client.raw("GET", expired, {})).status, 403);
  });

  contract(suite, "a header changed after signing, or never signed, is refused", ["signatures"], async ({ client, bucket, target }) => {
    const url = client.url(`${bucket}/k`);
    const sign = (headers: Record<string, string>) =>
      signRequest({ method: "PUT", url, headers, body: "x" }, { ...target, now: Date.now() }).headers;
    const changed = { ...sign({ "x-amz-storage-class": "GLACIER" }), "x-amz-storage-class": "STANDARD" };
    assert.equal((await client.raw("PUT", url, changed, "x")).code, "SignatureDoesNotMatch");
    const added = { ...sign({}), "x-amz-storage-class": "GLACIER" };
    assert.equal((await client.raw("PUT", url, added, "x")).status, 403);
    assert.equal((await client.send("HEAD", `${bucket}/k`)).status, 404);
  });

  contract(suite, "a body that is not the one that was signed is refused", ["payload-hash"], async ({ client, bucket }) => {
    const put = await client.send("PUT", `${bucket}/k`, { body: "snow", payloadHash: sha256Hex("ice") });
    assert.deepEqual([put.status, put.code], [400, "XAmzContentSHA256Mismatch"]);
  });

  contract(suite, "checksums are verified, kept and given back", ["checksums"], async ({ client, bucket }) => {
    const body = Buffer.from("123456789");
    for (const algorithm of ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"] as const) {
      const name = `x-amz-checksum-${algorithm}`;
      const value = checksumOf(algorithm, body);
      const put = await client.send("PUT", `${bucket}/${algorithm}`, { body, headers: { [name]: value } });
      assert.deepEqual([put.status, put.headers.get(name)], [200, value]);
      const head = await client.send("HEAD", `${bucket}/${algorithm}`, { headers: { "x-amz-checksum-mode": "ENABLED" } });
      assert.equal(head.headers.get(name), value);
      const bad = await client.send("PUT", `${bucket}/bad`, { body: "987654321", headers: { [name]: value } });
      assert.deepEqual([bad.status, bad.code], [400, "BadDigest"]);
    }
    assert.equal(createHash("sha256").update(body).digest("base64"), checksumOf("sha256", body));
  });
}
