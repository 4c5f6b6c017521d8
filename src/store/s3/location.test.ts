import assert from "node:assert/strict";
import { test } from "node:test";
import { FirnError } from "../../base/error.ts";
import { awsHostOf, parseS3Location, s3Url } from "./location.ts";
import { s3OptionsOf } from "./options.ts";

test("restic's ways to write a location", () => {
  const forms: Readonly<Record<string, string>> = {
    "s3:s3.amazonaws.com/bucket": "s3:https://s3.amazonaws.com/bucket",
    "s3:s3.amazonaws.com/bucket/a/b/": "s3:https://s3.amazonaws.com/bucket/a/b",
    "s3://host/bucket//x/./y": "s3:https://host/bucket/x/y",
    "s3:http://localhost:9000/bucket": "s3:http://localhost:9000/bucket",
    "s3:https://[::1]:9000/bucket/p": "s3:https://[::1]:9000/bucket/p",
    "s3:host:9000/bucket/p": "s3:https://host:9000/bucket/p",
  };
  for (const [text, url] of Object.entries(forms)) assert.equal(s3Url(parseS3Location(text)), url, text);
});

test("what is no location is refused, without repeating a secret", () => {
  for (const text of ["s3:", "s3:host", "s3:host/", "s3:https://", "s3:host/bucket/../other", "s3:ho st/bucket"]) {
    assert.throws(
      () => parseS3Location(text),
      (error) => error instanceof FirnError && error.hint !== undefined,
      text,
    );
  }
  assert.throws(
    () => parseS3Location("s3:https://key:hunter2@host/bucket"),
    (error) => error instanceof FirnError && !error.message.includes("hunter2"),
  );
});

test("AWS's own hosts are known with their region", () => {
  assert.deepEqual(awsHostOf("s3.amazonaws.com"), { region: undefined, dualstack: false });
  assert.deepEqual(awsHostOf("s3.eu-west-1.amazonaws.com"), { region: "eu-west-1", dualstack: false });
  assert.deepEqual(awsHostOf("s3-eu-west-1.amazonaws.com"), { region: "eu-west-1", dualstack: false });
  assert.deepEqual(awsHostOf("s3.cn-north-1.amazonaws.com.cn"), { region: "cn-north-1", dualstack: false });
  assert.deepEqual(awsHostOf("s3.dualstack.eu-west-1.amazonaws.com"), { region: "eu-west-1", dualstack: true });
  for (const host of ["s3.example.com", "s3.amazonaws.com.example.org", "localhost:9000", "minio"])
    assert.equal(awsHostOf(host), undefined);
});

test("options are read, and a misspelt one is refused", () => {
  const options = s3OptionsOf({
    "s3.region": "eu-west-1",
    "s3.connections": "9",
    "s3.storage-class": "glacier_ir",
    "local.connections": "3",
  });
  assert.deepEqual([options.region, options.connections, options.storageClass, options.lookup], ["eu-west-1", 9, "GLACIER_IR", "auto"]);
  for (const wrong of [
    { "s3.regoin": "x" },
    { "s3.connections": "0" },
    { "s3.connections": "many" },
    { "s3.bucket-lookup": "vhost" },
    { "s3.storage-class": "DEEP_ARCHIVE" },
    { "s3.storage-class": "INTELLIGENT_TIERING" },
    { "s3.storage-class": "STANDART" },
  ]) {
    assert.throws(() => s3OptionsOf(wrong), FirnError, JSON.stringify(wrong));
  }
});
