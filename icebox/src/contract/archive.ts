import assert from "node:assert/strict";
import { all, first } from "./client.ts";
import type { Answer } from "./client.ts";
import { contract } from "./target.ts";
import type { Scene, Suite } from "./target.ts";

/** Servers disagree about the name; both mean "thaw it first". */
const NEEDS_THAW = new Set(["InvalidObjectState", "ObjectNotInActiveTierError"]);

function restore({ client, bucket }: Scene, key: string, days: number, tier?: string): Promise<Answer> {
  const parameters = tier === undefined ? "" : `<GlacierJobParameters><Tier>${tier}</Tier></GlacierJobParameters>`;
  const body = `<RestoreRequest><Days>${days}</Days>${parameters}</RestoreRequest>`;
  return client.send("POST", `${bucket}/${key}`, { query: { restore: "" }, body });
}

async function put({ client, bucket }: Scene, key: string, storageClass: string): Promise<void> {
  const answer = await client.send("PUT", `${bucket}/${key}`, { body: "ice", headers: { "x-amz-storage-class": storageClass } });
  assert.equal(answer.status, 200);
}

export function archiveCases(suite: Suite): void {
  contract(suite, "what is archived cannot be read or copied, only seen", [], async (scene) => {
    const { client, bucket } = scene;
    for (const storageClass of ["GLACIER", "DEEP_ARCHIVE"]) {
      await put(scene, storageClass, storageClass);
      const got = await client.send("GET", `${bucket}/${storageClass}`);
      assert.equal(got.status, 403);
      assert.ok(NEEDS_THAW.has(got.code ?? ""), got.code ?? "no code");
      const copied = await client.send("PUT", `${bucket}/copy`, { headers: { "x-amz-copy-source": `/${bucket}/${storageClass}` } });
      assert.equal(copied.status, 403);
      assert.ok(NEEDS_THAW.has(copied.code ?? ""), copied.code ?? "no code");
      const head = await client.send("HEAD", `${bucket}/${storageClass}`);
      assert.deepEqual([head.status, head.headers.get("x-amz-restore")], [200, null]);
    }
  });

  contract(suite, "GLACIER_IR is read at once", [], async (scene) => {
    await put(scene, "k", "GLACIER_IR");
    assert.equal((await scene.client.send("GET", `${scene.bucket}/k`)).text, "ice");
  });

  contract(suite, "a thaw: accepted, under way, readable, accepted again", [], async (scene) => {
    const { client, bucket, target } = scene;
    await target.holdThaws("before");
    await put(scene, "k", "GLACIER");
    assert.equal((await restore(scene, "k", 2, "Standard")).status, 202);
    const during = await client.send("HEAD", `${bucket}/k`);
    assert.match(during.headers.get("x-amz-restore") ?? "", /ongoing-request="true"/);
    await target.holdThaws("seen");
    const early = await client.send("GET", `${bucket}/k`);
    assert.equal(early.status, 403);
    assert.ok(NEEDS_THAW.has(early.code ?? ""), early.code ?? "no code");
    await target.finishThaws();
    const after = await client.send("HEAD", `${bucket}/k`);
    assert.match(after.headers.get("x-amz-restore") ?? "", /ongoing-request="false"/);
    assert.match(after.headers.get("x-amz-restore") ?? "", /expiry-date="/);
    assert.equal(after.headers.get("x-amz-storage-class"), "GLACIER");
    assert.equal((await client.send("GET", `${bucket}/k`)).text, "ice");
    assert.equal((await restore(scene, "k", 5, "Standard")).status, 200);
    const out = await client.send("PUT", `${bucket}/hot`, { headers: { "x-amz-copy-source": `/${bucket}/k` } });
    assert.equal(out.status, 200);
    assert.equal((await client.send("GET", `${bucket}/hot`)).text, "ice");
  });

  contract(suite, "asking again while a thaw is under way", ["restore-again-409"], async (scene) => {
    await scene.target.holdThaws("before");
    await put(scene, "k", "GLACIER");
    assert.equal((await restore(scene, "k", 1, "Bulk")).status, 202);
    const again = await restore(scene, "k", 1, "Bulk");
    assert.deepEqual([again.status, again.code], [409, "RestoreAlreadyInProgress"]);
    assert.equal((await restore(scene, "k", 1, "Expedited")).status, 202);
    assert.equal((await restore(scene, "k", 1, "Standard")).status, 409);
    await scene.target.finishThaws();
  });

  contract(suite, "only what is archived can be thawed", [], async (scene) => {
    await put(scene, "k", "STANDARD");
    const answer = await restore(scene, "k", 1);
    assert.deepEqual([answer.status, answer.code], [403, "InvalidObjectState"]);
    assert.equal((await restore(scene, "none", 1)).status, 404);
  });

  contract(suite, "DEEP_ARCHIVE has no Expedited", ["restore-tier"], async (scene) => {
    await put(scene, "k", "DEEP_ARCHIVE");
    const answer = await restore(scene, "k", 1, "Expedited");
    assert.deepEqual([answer.status, answer.code], [400, "InvalidArgument"]);
  });

  contract(suite, "LIST says how thaws stand when asked to", ["restore-status-in-list"], async (scene) => {
    const { client, bucket, target } = scene;
    await target.holdThaws("before");
    await put(scene, "frozen", "GLACIER");
    await put(scene, "thawing", "GLACIER");
    await restore(scene, "thawing", 1, "Bulk");
    const list = async (headers: Record<string, string>) =>
      (await client.send("GET", bucket, { query: { "list-type": "2" }, headers })).text;
    const asked = { "x-amz-optional-object-attributes": "RestoreStatus" };
    assert.deepEqual(all(await list({}), "RestoreStatus"), []);
    assert.deepEqual(all(await list(asked), "RestoreStatus"), ["<IsRestoreInProgress>true</IsRestoreInProgress>"]);
    await target.finishThaws();
    const done = await list(asked);
    assert.equal(first(done, "IsRestoreInProgress"), "false");
    assert.match(first(done, "RestoreExpiryDate") ?? "", /^\d{4}-\d\d-\d\dT00:00:00(\.000)?Z$/);
  });

  contract(suite, "a part cannot be copied from the ice", ["part-copy-archived"], async (scene) => {
    const { client, bucket } = scene;
    await put(scene, "k", "GLACIER");
    const uploadId = first((await client.send("POST", `${bucket}/to`, { query: { uploads: "" } })).text, "UploadId")!;
    const headers = { "x-amz-copy-source": `${bucket}/k` };
    const part = await client.send("PUT", `${bucket}/to`, { query: { uploadId, partNumber: "1" }, headers });
    assert.equal(part.status, 403);
    assert.ok(NEEDS_THAW.has(part.code ?? ""), part.code ?? "no code");
  });
}
