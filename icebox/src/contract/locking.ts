import assert from "node:assert/strict";
import type { Answer } from "./client.ts";
import { first } from "./client.ts";
import { contract } from "./target.ts";
import type { Scene, Suite } from "./target.ts";
import { md5Header, putVersion, setVersioning } from "./versions.ts";

const DAY_MS = 86_400_000;

/** Whole seconds: so much is kept of a date by every server. */
function inDays(days: number): string {
  return new Date(Math.floor(Date.now() / 1000) * 1000 + days * DAY_MS).toISOString();
}

/** The scene's bucket, made anew with Object Lock. */
async function locked(scene: Scene): Promise<Scene> {
  const bucket = `${scene.bucket}-locked`;
  const answer = await scene.client.send("PUT", bucket, { headers: { "x-amz-bucket-object-lock-enabled": "true" } });
  assert.equal(answer.status, 200, answer.text);
  return { ...scene, bucket };
}

function configure({ client, bucket }: Scene, rule: string): Promise<Answer> {
  const body = `<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>${rule}</ObjectLockConfiguration>`;
  return client.send("PUT", bucket, { query: { "object-lock": "" }, body, headers: md5Header(body) });
}

function retain(
  { client, bucket }: Scene,
  key: string,
  mode: string,
  until: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const body = `<Retention><Mode>${mode}</Mode><RetainUntilDate>${until}</RetainUntilDate></Retention>`;
  return client.send("PUT", `${bucket}/${key}`, { query: { retention: "" }, body, headers: { ...md5Header(body), ...headers } });
}

function hold({ client, bucket }: Scene, key: string, status: "ON" | "OFF"): Promise<Answer> {
  const body = `<LegalHold><Status>${status}</Status></LegalHold>`;
  return client.send("PUT", `${bucket}/${key}`, { query: { "legal-hold": "" }, body, headers: md5Header(body) });
}

function remove({ client, bucket }: Scene, key: string, versionId: string, headers: Record<string, string> = {}): Promise<Answer> {
  return client.send("DELETE", `${bucket}/${key}`, { query: { versionId }, headers });
}

function head({ client, bucket }: Scene, key: string): Promise<Answer> {
  return client.send("HEAD", `${bucket}/${key}`);
}

const lock = (mode: string, days: number) => ({ "x-amz-object-lock-mode": mode, "x-amz-object-lock-retain-until-date": inDays(days) });
const BYPASS = { "x-amz-bypass-governance-retention": "true" };
const FAR = 100_000;
const DEFAULT_RULE = "<Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>36500</Days></DefaultRetention></Rule>";

export function lockCases(suite: Suite): void {
  contract(suite, "a bucket made with Object Lock is versioned and says so", [], async (scene) => {
    const { client, bucket } = await locked(scene);
    assert.equal(first((await client.send("GET", bucket, { query: { versioning: "" } })).text, "Status"), "Enabled");
    const configuration = await client.send("GET", bucket, { query: { "object-lock": "" } });
    assert.equal(first(configuration.text, "ObjectLockEnabled"), "Enabled");
  });

  contract(suite, "a version under retention cannot be removed, only hidden", [], async (plain) => {
    const scene = await locked(plain);
    const version = await putVersion(scene, "k", "1", lock("COMPLIANCE", FAR));
    assert.equal((await head(scene, "k")).headers.get("x-amz-object-lock-mode"), "COMPLIANCE");
    for (const headers of [{}, BYPASS]) {
      const refused = await remove(scene, "k", version, headers);
      assert.deepEqual([refused.status, refused.code], [403, "AccessDenied"]);
    }
    assert.equal((await scene.client.send("DELETE", `${scene.bucket}/k`)).status, 204);
    assert.equal((await scene.client.send("GET", `${scene.bucket}/k`, { query: { versionId: version } })).text, "1");
  });

  contract(suite, "an overwrite of a locked version is a new version", [], async (plain) => {
    const scene = await locked(plain);
    const version = await putVersion(scene, "k", "1", lock("GOVERNANCE", FAR));
    await putVersion(scene, "k", "22");
    assert.equal((await head(scene, "k")).headers.get("x-amz-object-lock-mode"), null);
    assert.equal((await scene.client.send("GET", `${scene.bucket}/k`, { query: { versionId: version } })).text, "1");
  });

  contract(suite, "GOVERNANCE yields to the bypass", [], async (plain) => {
    const scene = await locked(plain);
    const version = await putVersion(scene, "k", "1", lock("GOVERNANCE", FAR));
    assert.equal((await remove(scene, "k", version)).status, 403);
    assert.equal((await remove(scene, "k", version, BYPASS)).status, 204);
  });

  contract(suite, "a legal hold stands until it is taken away", [], async (plain) => {
    const scene = await locked(plain);
    const version = await putVersion(scene, "k", "1");
    assert.equal((await hold(scene, "k", "ON")).status, 200);
    assert.equal((await head(scene, "k")).headers.get("x-amz-object-lock-legal-hold"), "ON");
    const told = await scene.client.send("GET", `${scene.bucket}/k`, { query: { "legal-hold": "" } });
    assert.equal(first(told.text, "Status"), "ON");
    assert.equal((await remove(scene, "k", version)).status, 403);
    assert.equal((await hold(scene, "k", "OFF")).status, 200);
    assert.equal((await remove(scene, "k", version)).status, 204);
  });

  contract(suite, "a legal hold does not yield to the bypass", [], async (plain) => {
    const scene = await locked(plain);
    const version = await putVersion(scene, "k", "1");
    await hold(scene, "k", "ON");
    assert.equal((await remove(scene, "k", version, BYPASS)).status, 403);
  });

  contract(suite, "retention is set later, and told", ["get-retention"], async (plain) => {
    const scene = await locked(plain);
    await putVersion(scene, "k", "1");
    const until = inDays(FAR);
    assert.equal((await retain(scene, "k", "GOVERNANCE", until)).status, 200);
    const told = await scene.client.send("GET", `${scene.bucket}/k`, { query: { retention: "" } });
    assert.deepEqual([first(told.text, "Mode"), Date.parse(first(told.text, "RetainUntilDate")!)], ["GOVERNANCE", Date.parse(until)]);
  });

  contract(suite, "retention set later protects", [], async (plain) => {
    const scene = await locked(plain);
    const version = await putVersion(scene, "k", "1");
    assert.equal((await retain(scene, "k", "COMPLIANCE", inDays(FAR))).status, 200);
    assert.equal((await remove(scene, "k", version)).status, 403);
  });

  contract(suite, "retention is made longer, never shorter", ["retention-shorter"], async (plain) => {
    const scene = await locked(plain);
    await putVersion(scene, "k", "1", lock("COMPLIANCE", FAR));
    assert.equal((await retain(scene, "k", "COMPLIANCE", inDays(FAR + 1))).status, 200);
    for (const [mode, days] of [
      ["COMPLIANCE", 30],
      ["GOVERNANCE", FAR + 2],
    ] as const) {
      const refused = await retain(scene, "k", mode, inDays(days), BYPASS);
      assert.deepEqual([refused.status, refused.code], [403, "AccessDenied"]);
    }
    await putVersion(scene, "g", "1", lock("GOVERNANCE", FAR));
    assert.equal((await retain(scene, "g", "GOVERNANCE", inDays(30))).status, 403);
    assert.equal((await retain(scene, "g", "GOVERNANCE", inDays(30), BYPASS)).status, 200);
  });

  contract(suite, "the bucket's default retention falls on every new version", [], async (plain) => {
    const scene = await locked(plain);
    assert.equal((await configure(scene, DEFAULT_RULE)).status, 200);
    const told = (await scene.client.send("GET", scene.bucket, { query: { "object-lock": "" } })).text;
    assert.deepEqual([first(told, "Mode"), first(told, "Days")], ["GOVERNANCE", "36500"]);
    const version = await putVersion(scene, "after", "1");
    assert.equal((await head(scene, "after")).headers.get("x-amz-object-lock-mode"), "GOVERNANCE");
    assert.equal((await remove(scene, "after", version)).status, 403);
  });

  contract(suite, "the bucket's default retention falls on copies too", ["default-retention-copy"], async (plain) => {
    const scene = await locked(plain);
    await putVersion(scene, "before", "1");
    await configure(scene, DEFAULT_RULE);
    assert.equal((await head(scene, "before")).headers.get("x-amz-object-lock-mode"), null);
    const headers = { "x-amz-copy-source": `/${scene.bucket}/before` };
    assert.equal((await scene.client.send("PUT", `${scene.bucket}/copied`, { headers })).status, 200);
    assert.equal((await head(scene, "copied")).headers.get("x-amz-object-lock-mode"), "GOVERNANCE");
  });

  contract(suite, "a copy does not inherit retention", [], async (plain) => {
    const scene = await locked(plain);
    await putVersion(scene, "k", "1", lock("COMPLIANCE", FAR));
    const headers = { "x-amz-copy-source": `/${scene.bucket}/k`, "x-amz-storage-class": "GLACIER_IR" };
    assert.equal((await scene.client.send("PUT", `${scene.bucket}/k`, { headers })).status, 200);
    assert.equal((await head(scene, "k")).headers.get("x-amz-object-lock-mode"), null);
  });

  contract(suite, "what is to be locked needs a digest of its body", ["lock-digest-code"], async (plain) => {
    const { client, bucket } = await locked(plain);
    const answer = await client.send("PUT", `${bucket}/k`, { body: "1", headers: lock("GOVERNANCE", 30) });
    assert.deepEqual([answer.status, answer.code], [400, "InvalidRequest"]);
  });

  contract(suite, "no lock without Object Lock", [], async (scene) => {
    await setVersioning(scene, "Enabled");
    await putVersion(scene, "k", "1");
    for (const answer of [await retain(scene, "k", "GOVERNANCE", inDays(30)), await hold(scene, "k", "ON")]) {
      assert.deepEqual([answer.status, answer.code], [400, "InvalidRequest"]);
    }
  });

  contract(suite, "with Object Lock versioning stays", ["locked-suspend"], async (plain) => {
    const answer = await setVersioning(await locked(plain), "Suspended");
    assert.deepEqual([answer.status, answer.code], [409, "InvalidBucketState"]);
  });
}
