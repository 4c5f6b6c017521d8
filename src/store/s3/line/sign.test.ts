import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { test } from "node:test";
import { encoded, queryString, signed } from "./sign.ts";

// The examples of AWS's documentation, "Signature Calculations for the Authorization Header" (sig-v4-header-based-auth).
const KEYS = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };
const AT = new Date("2013-05-24T00:00:00Z");
const host = "examplebucket.s3.amazonaws.com";
const empty = hash("sha256", "");

function signatureOf(request: Parameters<typeof signed>[0]): string | undefined {
  return signed(request, KEYS, "us-east-1", AT)["authorization"]?.split("Signature=")[1];
}

test("GET with a range, as AWS signs it", () => {
  const headers = { host, range: "bytes=0-9" };
  assert.equal(
    signatureOf({ method: "GET", path: "/test.txt", query: [], headers, payloadSha256: empty }),
    "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
  );
});

test("PUT with a class, as AWS signs it", () => {
  const headers = { host, date: "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY" };
  assert.equal(
    signatureOf({ method: "PUT", path: "/test%24file.text", query: [], headers, payloadSha256: hash("sha256", "Welcome to Amazon S3.") }),
    "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
  );
});

test("LIST with a query, as AWS signs it", () => {
  const query = [["max-keys", "2"] as const, ["prefix", "J"] as const];
  assert.equal(
    signatureOf({ method: "GET", path: "/", query, headers: { host }, payloadSha256: empty }),
    "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
  );
});

test("a session's token is sent and signed", () => {
  const request = { method: "GET", path: "/", query: [], headers: { host }, payloadSha256: empty };
  const headers = signed(request, { ...KEYS, sessionToken: "token" }, "us-east-1", AT);
  assert.equal(headers["x-amz-security-token"], "token");
  assert.match(headers["authorization"] ?? "", /SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,/);
});

test("names are encoded to the last reserved character, and queries sorted", () => {
  assert.equal(encoded("a b/ü!'()*~"), "a%20b%2F%C3%BC%21%27%28%29%2A~");
  assert.equal(
    queryString([
      ["prefix", "a/b c"],
      ["list-type", "2"],
    ]),
    "list-type=2&prefix=a%2Fb%20c",
  );
});
