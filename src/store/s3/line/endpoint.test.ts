import assert from "node:assert/strict";
import { test } from "node:test";
import { parseS3Location } from "../location.ts";
import { endpointOf, objectPath } from "./endpoint.ts";

function urlOf(location: string, lookup: "auto" | "dns" | "path" = "auto", region = "eu-west-1"): string {
  const endpoint = endpointOf(parseS3Location(location), lookup, region);
  return `${endpoint.secure ? "https" : "http"}://${endpoint.host}${objectPath(endpoint, "p/data/a b")}`;
}

test("AWS is asked at the region's host, the bucket in its name", () => {
  assert.equal(urlOf("s3:s3.amazonaws.com/bucket/p"), "https://bucket.s3.eu-west-1.amazonaws.com/p/data/a%20b");
  assert.equal(urlOf("s3:s3.dualstack.eu-west-1.amazonaws.com/bucket"), "https://bucket.s3.dualstack.eu-west-1.amazonaws.com/p/data/a%20b");
  assert.equal(
    urlOf("s3:s3.cn-north-1.amazonaws.com.cn/bucket", "auto", "cn-north-1"),
    "https://bucket.s3.cn-north-1.amazonaws.com.cn/p/data/a%20b",
  );
});

test("a bucket with a dot, which no certificate fits, and whoever asks for it get the path", () => {
  assert.equal(urlOf("s3:s3.amazonaws.com/my.bucket"), "https://s3.eu-west-1.amazonaws.com/my.bucket/p/data/a%20b");
  assert.equal(urlOf("s3:s3.amazonaws.com/bucket", "path"), "https://s3.eu-west-1.amazonaws.com/bucket/p/data/a%20b");
});

test("others are asked as they are named", () => {
  assert.equal(urlOf("s3:http://127.0.0.1:9000/bucket"), "http://127.0.0.1:9000/bucket/p/data/a%20b");
  assert.equal(urlOf("s3:http://[::1]:9000/bucket"), "http://[::1]:9000/bucket/p/data/a%20b");
  assert.equal(urlOf("s3:https://minio.example/bucket", "dns"), "https://bucket.minio.example/p/data/a%20b");
});
