import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeChunked } from "./chunked.ts";
import { presign, signRequest } from "./sign.ts";
import { parseAmzDate, sha256Hex, signingKey } from "./sigv4.ts";

// Provenance: the worked examples of "Authenticating Requests (AWS Signature Version 4)" in the Amazon S3 API Reference.
const signer = {
  credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" },
  region: "us-east-1",
  now: Date.UTC(2013, 4, 24),
};
const HOST = "https://examplebucket.s3.amazonaws.com";

test("AWS's example: GET object with a range", () => {
  const { signature } = signRequest({ method: "GET", url: `${HOST}/test.txt`, headers: { range: "bytes=0-9" } }, signer);
  assert.equal(signature, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
});

test("AWS's example: PUT object", () => {
  const { signature } = signRequest(
    {
      method: "PUT",
      url: `${HOST}/test$file.text`,
      headers: { date: "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY" },
      body: "Welcome to Amazon S3.",
    },
    signer,
  );
  assert.equal(signature, "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
});

test("AWS's examples: a sub-resource and a list", () => {
  const lifecycle = signRequest({ method: "GET", url: `${HOST}/?lifecycle` }, signer);
  assert.equal(lifecycle.signature, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  const list = signRequest({ method: "GET", url: `${HOST}/?max-keys=2&prefix=J` }, signer);
  assert.equal(list.signature, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
});

test("AWS's example: a presigned URL", () => {
  const url = new URL(presign("GET", `${HOST}/test.txt`, 86400, signer));
  assert.equal(url.searchParams.get("X-Amz-Signature"), "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
});

test("AWS's example: a body in signed chunks", () => {
  const signed = signRequest(
    {
      method: "PUT",
      url: "https://s3.amazonaws.com/examplebucket/chunkObject.txt",
      headers: {
        "content-encoding": "aws-chunked",
        "content-length": "66824",
        "x-amz-decoded-content-length": "66560",
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
      },
      payloadHash: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    },
    signer,
  );
  assert.equal(signed.signature, "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9");
  const chunks = [
    ["10000", "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648", 65536],
    ["400", "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497", 1024],
    ["0", "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9", 0],
  ] as const;
  const raw = Buffer.from(
    chunks.map(([size, signature, length]) => `${size};chunk-signature=${signature}\r\n${"a".repeat(length)}\r\n`).join(""),
  );
  const verified = { ...signed, payloadHash: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" };
  assert.equal(decodeChunked(raw, verified).body.toString(), "a".repeat(66560));
  raw[200] = 0x62;
  assert.throws(() => decodeChunked(raw, verified), { code: "SignatureDoesNotMatch" });
});

test("every cut of a chunked body is refused", () => {
  const signed = signRequest({ method: "PUT", url: `${HOST}/k`, payloadHash: "STREAMING-UNSIGNED-PAYLOAD-TRAILER" }, signer);
  const verified = { ...signed, payloadHash: "STREAMING-UNSIGNED-PAYLOAD-TRAILER" };
  const whole = Buffer.from("4\r\nfirn\r\n4\r\nline\r\n0\r\n");
  assert.equal(decodeChunked(whole, verified).body.toString(), "firnline");
  for (let length = 0; length < whole.length; length++) {
    assert.throws(() => decodeChunked(whole.subarray(0, length), verified), { code: "InvalidRequest" }, `cut at ${length}`);
  }
});

test("keys of different days, regions and secrets differ", () => {
  const scope = { day: "20130524", region: "us-east-1", service: "s3" };
  const keys = [
    signingKey("secret", scope),
    signingKey("other", scope),
    signingKey("secret", { ...scope, day: "20130525" }),
    signingKey("secret", { ...scope, region: "eu-west-1" }),
  ].map(sha256Hex);
  assert.equal(new Set(keys).size, 4);
});

test("dates that are none", () => {
  assert.equal(parseAmzDate("20130524T000000Z"), Date.UTC(2013, 4, 24));
  for (const text of ["", "2013-05-24T00:00:00Z", "20130524T000000", "20130524T000000Z "]) assert.equal(parseAmzDate(text), undefined);
});
