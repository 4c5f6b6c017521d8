import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Icebox, startIcebox } from "../../../icebox/src/index.ts";
import { equalBytes } from "../../base/bytes.ts";
import { MIB } from "../../base/limits.ts";
import { seededRandom, testWorld } from "../../base/testing.ts";
import type { ObjectStore } from "../object-store.ts";
import { isStoreError } from "../store-error.ts";
import { openS3 } from "./open.ts";

const SIZES = { multipartAbove: 6 * MIB, multipartPart: 5 * MIB, copySingleMax: 6 * MIB, copyPart: 5 * MIB };

let icebox: Icebox;
let store: ObjectStore;
before(async () => {
  icebox = await startIcebox({ buckets: ["bucket"] });
  const env = { AWS_ACCESS_KEY_ID: icebox.credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: icebox.credentials.secretAccessKey };
  store = await openS3(`s3:${icebox.endpoint}/bucket/p`, { sizes: SIZES, machineTime: Date.now }, testWorld({ env }));
});
after(async () => {
  await store.close();
  await icebox.close();
});

const body = seededRandom("large")(11 * MIB);

test("a large object goes up in parts, comes back whole, and keeps its class", async () => {
  await store.put("data/ab/large", body, { storageClass: "STANDARD_IA" });
  assert.ok(equalBytes(await store.get("data/ab/large"), body));
  const head = await store.head("data/ab/large");
  assert.deepEqual([head?.size, head?.storageClass], [body.length, "STANDARD_IA"]);
  assert.match(head?.etag ?? "", /-3"$/);
});

test("a large object changes its class in parts, and only while it is the one that was meant", async () => {
  await store.put("data/ab/move", body);
  const { etag, encryption, size } = (await store.head("data/ab/move"))!;
  await assert.rejects(
    store.changeClass("data/ab/move", "GLACIER", { ifMatch: '"0123456789abcdef0123456789abcdef"', encryption, size }),
    (error) => isStoreError(error, "changed"),
  );
  await store.changeClass("data/ab/move", "GLACIER_IR", { ifMatch: etag, encryption, size });
  assert.equal((await store.head("data/ab/move"))?.storageClass, "GLACIER_IR");
  assert.ok(equalBytes(await store.get("data/ab/move"), body));
});

test("an upload that fails half way leaves neither an object nor parts to pay for", async () => {
  icebox.faults.add({ kind: "error500", match: { op: "UploadPart" }, skip: 1, count: 1 });
  await assert.rejects(store.put("data/ab/half", body), (error) => isStoreError(error, "server"));
  assert.equal(await store.head("data/ab/half"), undefined);
  assert.deepEqual(await openUploads(), []);
});

test("onlyIfAbsent holds for large objects, too", async () => {
  await store.put("data/ab/once", body, { onlyIfAbsent: true });
  await assert.rejects(store.put("data/ab/once", body, { onlyIfAbsent: true }), (error) => isStoreError(error, "already-exists"));
  assert.deepEqual(await openUploads(), []);
});

async function openUploads(): Promise<string[]> {
  const sdk = await import("@aws-sdk/client-s3");
  const { accessKeyId, secretAccessKey } = icebox.credentials;
  const client = new sdk.S3Client({
    endpoint: icebox.endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  const { Uploads } = await client.send(new sdk.ListMultipartUploadsCommand({ Bucket: "bucket" }));
  client.destroy();
  return (Uploads ?? []).map(({ Key }) => Key ?? "");
}
