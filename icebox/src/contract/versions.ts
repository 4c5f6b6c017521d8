import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { all, first } from "./client.ts";
import type { Answer } from "./client.ts";
import { contract } from "./target.ts";
import type { Scene, Suite } from "./target.ts";

export function md5Header(body: string): Record<string, string> {
  return { "content-md5": createHash("md5").update(body).digest("base64") };
}

export async function setVersioning({ client, bucket }: Scene, status: "Enabled" | "Suspended"): Promise<Answer> {
  const body = `<VersioningConfiguration><Status>${status}</Status></VersioningConfiguration>`;
  return client.send("PUT", bucket, { query: { versioning: "" }, body, headers: md5Header(body) });
}

export async function putVersion(
  { client, bucket }: Scene,
  key: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<string> {
  const answer = await client.send("PUT", `${bucket}/${key}`, { body, headers: { ...md5Header(body), ...headers } });
  assert.equal(answer.status, 200, answer.text);
  return answer.headers.get("x-amz-version-id") ?? "null";
}

async function listVersions({ client, bucket }: Scene, query: Record<string, string> = {}): Promise<string> {
  const answer = await client.send("GET", bucket, { query: { versions: "", ...query } });
  assert.equal(answer.status, 200, answer.text);
  return answer.text;
}

/** `key body-size latest` of each version, or `key marker latest`. */
function told(xml: string): string[] {
  const tell = (entry: string, what: string) => `${first(entry, "Key")} ${what} ${first(entry, "IsLatest")}`;
  return [
    ...all(xml, "Version").map((entry) => tell(entry, first(entry, "Size")!)),
    ...all(xml, "DeleteMarker").map((entry) => tell(entry, "marker")),
  ];
}

function remove({ client, bucket }: Scene, key: string, versionId?: string): Promise<Answer> {
  return client.send("DELETE", `${bucket}/${key}`, versionId === undefined ? {} : { query: { versionId } });
}

function get({ client, bucket }: Scene, key: string, versionId?: string): Promise<Answer> {
  return client.send("GET", `${bucket}/${key}`, versionId === undefined ? {} : { query: { versionId } });
}

export function versionCases(suite: Suite): void {
  contract(suite, "versions lie on top of each other, and each can be read", [], async (scene) => {
    assert.equal((await setVersioning(scene, "Enabled")).status, 200);
    const status = await scene.client.send("GET", scene.bucket, { query: { versioning: "" } });
    assert.equal(first(status.text, "Status"), "Enabled");
    const one = await putVersion(scene, "k", "1");
    const two = await putVersion(scene, "k", "22");
    assert.notEqual(one, two);
    const current = await get(scene, "k");
    assert.deepEqual([current.text, current.headers.get("x-amz-version-id")], ["22", two]);
    const older = await get(scene, "k", one);
    assert.deepEqual([older.text, older.headers.get("x-amz-version-id")], ["1", one]);
    assert.equal((await scene.client.send("HEAD", `${scene.bucket}/k`, { query: { versionId: one } })).headers.get("content-length"), "1");
    assert.deepEqual(told(await listVersions(scene)), ["k 2 true", "k 1 false"]);
    assert.equal(all((await scene.client.send("GET", scene.bucket, { query: { "list-type": "2" } })).text, "Key").length, 1);
  });

  contract(suite, "what was there before versioning is version null", [], async (scene) => {
    await scene.client.send("PUT", `${scene.bucket}/k`, { body: "old" });
    await setVersioning(scene, "Enabled");
    await putVersion(scene, "k", "newer");
    assert.equal((await get(scene, "k", "null")).text, "old");
    assert.deepEqual(all(await listVersions(scene), "VersionId").filter((id) => id === "null").length, 1);
  });

  contract(suite, "a delete hides a key under a marker; without the marker it is back", [], async (scene) => {
    await setVersioning(scene, "Enabled");
    const one = await putVersion(scene, "k", "1");
    const deleted = await remove(scene, "k");
    const marker = deleted.headers.get("x-amz-version-id")!;
    assert.deepEqual([deleted.status, deleted.headers.get("x-amz-delete-marker")], [204, "true"]);
    const gone = await get(scene, "k");
    assert.deepEqual([gone.status, gone.code], [404, "NoSuchKey"]);
    assert.equal((await get(scene, "k", one)).text, "1");
    assert.deepEqual(told(await listVersions(scene)), ["k 1 false", "k marker true"]);
    assert.deepEqual(all((await scene.client.send("GET", scene.bucket, { query: { "list-type": "2" } })).text, "Key"), []);
    assert.equal((await remove(scene, "k", marker)).status, 204);
    assert.equal((await get(scene, "k")).text, "1");
  });

  contract(suite, "a delete marker is told of, and cannot be read", ["marker-told"], async (scene) => {
    await setVersioning(scene, "Enabled");
    await putVersion(scene, "k", "1");
    const marker = (await remove(scene, "k")).headers.get("x-amz-version-id")!;
    assert.equal((await get(scene, "k")).headers.get("x-amz-delete-marker"), "true");
    const read = await get(scene, "k", marker);
    assert.deepEqual([read.status, read.code], [405, "MethodNotAllowed"]);
  });

  contract(suite, "a version is removed for good, and the one beneath is current", [], async (scene) => {
    await setVersioning(scene, "Enabled");
    const one = await putVersion(scene, "k", "1");
    const two = await putVersion(scene, "k", "22");
    const gone = await remove(scene, "k", two);
    assert.deepEqual([gone.status, gone.headers.get("x-amz-version-id")], [204, two]);
    assert.equal((await get(scene, "k")).text, "1");
    const missing = await get(scene, "k", two);
    assert.deepEqual([missing.status, missing.code], [404, "NoSuchVersion"]);
    await remove(scene, "k", one);
    assert.deepEqual(told(await listVersions(scene)), []);
  });

  contract(suite, "suspended, only version null is written over", ["suspended"], async (scene) => {
    await setVersioning(scene, "Enabled");
    const one = await putVersion(scene, "k", "1");
    await setVersioning(scene, "Suspended");
    await putVersion(scene, "k", "22");
    await putVersion(scene, "k", "333");
    assert.deepEqual(told(await listVersions(scene)), ["k 3 true", "k 1 false"]);
    assert.equal((await get(scene, "k", one)).text, "1");
    assert.equal((await get(scene, "k", "null")).text, "333");
  });

  contract(suite, "a delete while suspended leaves a marker of version null", ["suspended"], async (scene) => {
    await setVersioning(scene, "Enabled");
    await putVersion(scene, "k", "1");
    await setVersioning(scene, "Suspended");
    await putVersion(scene, "k", "22");
    const deleted = await remove(scene, "k");
    assert.deepEqual([deleted.headers.get("x-amz-delete-marker"), deleted.headers.get("x-amz-version-id")], ["true", "null"]);
    assert.deepEqual(told(await listVersions(scene)), ["k 1 false", "k marker true"]);
  });

  contract(suite, "an older version is copied, also onto its own key", [], async (scene) => {
    const { client, bucket } = scene;
    await setVersioning(scene, "Enabled");
    const one = await putVersion(scene, "k", "1", { "x-amz-meta-a": "first" });
    await putVersion(scene, "k", "22");
    const headers = { "x-amz-copy-source": `/${bucket}/k?versionId=${one}` };
    const copied = await client.send("PUT", `${bucket}/k`, { headers });
    assert.equal(copied.status, 200, copied.text);
    assert.equal(copied.headers.get("x-amz-copy-source-version-id"), one);
    const current = await get(scene, "k");
    assert.deepEqual([current.text, current.headers.get("x-amz-meta-a")], ["1", "first"]);
    assert.deepEqual(told(await listVersions(scene)), ["k 1 true", "k 2 false", "k 1 false"]);
  });

  contract(suite, "a class change by copy leaves the old version in its class", [], async (scene) => {
    const { client, bucket } = scene;
    await setVersioning(scene, "Enabled");
    await putVersion(scene, "k", "1");
    const headers = { "x-amz-copy-source": `/${bucket}/k`, "x-amz-storage-class": "DEEP_ARCHIVE" };
    assert.equal((await client.send("PUT", `${bucket}/k`, { headers })).status, 200);
    assert.deepEqual(all(await listVersions(scene), "StorageClass"), ["DEEP_ARCHIVE", "STANDARD"]);
  });

  contract(suite, "tags belong to a version", [], async (scene) => {
    const { client, bucket } = scene;
    await setVersioning(scene, "Enabled");
    const one = await putVersion(scene, "k", "1");
    await putVersion(scene, "k", "22");
    const body = "<Tagging><TagSet><Tag><Key>need</Key><Value>cold</Value></Tag></TagSet></Tagging>";
    const put = await client.send("PUT", `${bucket}/k`, { query: { tagging: "", versionId: one }, body, headers: md5Header(body) });
    assert.equal(put.status, 200, put.text);
    const tags = async (query: Record<string, string>) =>
      all((await client.send("GET", `${bucket}/k`, { query: { tagging: "", ...query } })).text, "Value");
    assert.deepEqual([await tags({ versionId: one }), await tags({})], [["cold"], []]);
  });

  contract(suite, "versions are deleted many at a time", [], async (scene) => {
    const { client, bucket } = scene;
    await setVersioning(scene, "Enabled");
    const one = await putVersion(scene, "k", "1");
    await putVersion(scene, "other", "1");
    const entry = (key: string, version = "") => `<Object><Key>${key}</Key>${version}</Object>`;
    const body = `<Delete>${entry("k", `<VersionId>${one}</VersionId>`)}${entry("other")}</Delete>`;
    const answer = await client.send("POST", bucket, { query: { delete: "" }, body, headers: md5Header(body) });
    assert.equal(answer.status, 200, answer.text);
    const deleted = all(answer.text, "Deleted");
    const [removed, hidden] = ["k", "other"].map((key) => deleted.find((text) => first(text, "Key") === key)!);
    assert.equal(first(removed!, "VersionId"), one);
    assert.equal(first(hidden!, "DeleteMarker"), "true");
    assert.deepEqual(told(await listVersions(scene)), ["other 1 false", "other marker true"]);
  });

  contract(suite, "versions are listed by prefix and delimiter", [], async (scene) => {
    await setVersioning(scene, "Enabled");
    for (const key of ["a", "b/1", "b/1", "b/2", "c"]) await putVersion(scene, key, "x");
    assert.deepEqual(all(await listVersions(scene, { prefix: "b/" }), "Key"), ["b/1", "b/1", "b/2"]);
    const top = await listVersions(scene, { delimiter: "/" });
    assert.deepEqual([all(top, "Key"), all(top, "CommonPrefixes").map((entry) => first(entry, "Prefix"))], [["a", "c"], ["b/"]]);
  });

  contract(suite, "pages of versions give every version once", ["version-pages"], async (scene) => {
    await setVersioning(scene, "Enabled");
    for (const key of ["a", "b/1", "b/1", "b/1", "b/2", "c", "c"]) await putVersion(scene, key, "x");
    await remove(scene, "b/2");
    for (const query of [{}, { delimiter: "/" }, { prefix: "b/" }] as Record<string, string>[]) {
      const names = (xml: string) => [
        ...all(xml, "VersionId"),
        ...all(xml, "CommonPrefixes").map((entry) => first(entry, "Prefix") ?? "none"),
      ];
      const whole = names(await listVersions(scene, query));
      for (let size = 1; size <= 4; size++) {
        const seen: string[] = [];
        let marker: Record<string, string> | undefined = {};
        while (marker !== undefined) {
          const page: string = await listVersions(scene, { ...query, ...marker, "max-keys": String(size) });
          assert.ok(names(page).length <= size);
          seen.push(...names(page));
          const [key, version] = [first(page, "NextKeyMarker"), first(page, "NextVersionIdMarker")];
          assert.equal(first(page, "IsTruncated"), String(key !== undefined));
          marker =
            key === undefined ? undefined : { "key-marker": key, ...(version === undefined ? {} : { "version-id-marker": version }) };
        }
        assert.deepEqual(seen.sort(), [...whole].sort(), `${JSON.stringify(query)} by ${size}`);
      }
    }
  });

  contract(suite, "an archived version is thawed by its id", ["restore-version"], async (scene) => {
    const { client, bucket, target } = scene;
    await setVersioning(scene, "Enabled");
    const cold = await putVersion(scene, "k", "ice", { "x-amz-storage-class": "GLACIER" });
    await putVersion(scene, "k", "water");
    const body = "<RestoreRequest><Days>1</Days><GlacierJobParameters><Tier>Standard</Tier></GlacierJobParameters></RestoreRequest>";
    const thaw = (query: Record<string, string>) => client.send("POST", `${bucket}/k`, { query: { restore: "", ...query }, body });
    assert.equal((await thaw({})).status, 403);
    assert.equal((await thaw({ versionId: cold })).status, 202);
    await target.finishThaws();
    assert.equal((await get(scene, "k", cold)).text, "ice");
  });

  contract(suite, "an upload in parts makes a version", [], async (scene) => {
    const { client, bucket } = scene;
    await setVersioning(scene, "Enabled");
    const one = await putVersion(scene, "k", "1");
    const uploadId = first((await client.send("POST", `${bucket}/k`, { query: { uploads: "" } })).text, "UploadId")!;
    const part = await client.send("PUT", `${bucket}/k`, { query: { uploadId, partNumber: "1" }, body: "part" });
    const entry = `<Part><PartNumber>1</PartNumber><ETag>${part.headers.get("etag")}</ETag></Part>`;
    const body = `<CompleteMultipartUpload>${entry}</CompleteMultipartUpload>`;
    const done = await client.send("POST", `${bucket}/k`, { query: { uploadId }, body });
    assert.equal(done.status, 200, done.text);
    assert.notEqual(done.headers.get("x-amz-version-id") ?? one, one);
    assert.deepEqual([(await get(scene, "k")).text, (await get(scene, "k", one)).text], ["part", "1"]);
  });

  contract(suite, "a bucket with versions left is not empty", [], async (scene) => {
    await setVersioning(scene, "Enabled");
    await putVersion(scene, "k", "1");
    await remove(scene, "k");
    const answer = await scene.client.send("DELETE", scene.bucket);
    assert.deepEqual([answer.status, answer.code], [409, "BucketNotEmpty"]);
  });

  contract(suite, "rules for noncurrent versions are kept", [], async ({ client, bucket }) => {
    const body =
      "<LifecycleConfiguration><Rule><ID>old</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status>" +
      "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>" +
      "<NoncurrentVersionTransition><NoncurrentDays>30</NoncurrentDays><StorageClass>GLACIER</StorageClass></NoncurrentVersionTransition>" +
      "<NoncurrentVersionExpiration><NoncurrentDays>90</NoncurrentDays></NoncurrentVersionExpiration></Rule></LifecycleConfiguration>";
    const put = await client.send("PUT", bucket, { query: { lifecycle: "" }, body, headers: md5Header(body) });
    assert.equal(put.status, 200, put.text);
    const got = (await client.send("GET", bucket, { query: { lifecycle: "" } })).text;
    assert.deepEqual(all(got, "NoncurrentDays").sort(), ["30", "90"]);
    assert.equal(first(got, "ExpiredObjectDeleteMarker"), "true");
  });
}
