import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { seededRandom } from "../../src/base/testing.ts";
import { firn, type FirnFinished } from "../firn.ts";
import { BUCKET, type WatchedIcebox, watchedIcebox } from "../icebox.ts";
import { restic, withoutPeer } from "../peers.ts";
import { keysAt, makeRepository, type Place, storeAt } from "../scratch.ts";
import { compareTrees } from "../tree-compare.ts";

/** One line of what happened, one of what to do next. */
const ONE_ERROR = /^firn: [^\n]+\n {6}[^\n]+\n$/;

describe("S3 that refuses, stumbles or says what nobody knows", { skip: withoutPeer("restic") }, () => {
  const base = mkdtempSync(join(tmpdir(), "firn-bad-s3-"));
  const source = join(base, "source");
  let ice: WatchedIcebox;
  let made = 0;

  before(async () => {
    mkdirSync(source);
    const random = seededRandom("bad s3");
    for (let i = 0; i < 10; i++) writeFileSync(join(source, `file ${i}`), random(1_000_000));
    ice = await watchedIcebox({ extraClasses: ["PERMAFROST"] });
  });
  after(async () => {
    await ice[Symbol.asyncDispose]();
    rmSync(base, { recursive: true, force: true });
  });

  async function fresh(): Promise<Place> {
    const place = ice.place(`repo-${++made}`);
    await makeRepository(place);
    return place;
  }
  const failing = (args: readonly string[], place: Place, env: Record<string, string> = {}): Promise<FirnFinished> =>
    firn(args, { ...place, env: { ...place.env, ...env }, anyStatus: true });

  test("wrong keys, a bucket that is not there, no credentials", async () => {
    const place = await fresh();
    for (const [repo, env, hint] of [
      [place.repo, { AWS_SECRET_ACCESS_KEY: "wrong" }, /check AWS_SECRET_ACCESS_KEY/],
      [place.repo, { AWS_ACCESS_KEY_ID: "nobody" }, /check AWS_ACCESS_KEY_ID/],
      [place.repo.replace(`/${BUCKET}/`, "/no-such-bucket/"), {}, /bucket/],
      [place.repo, { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "", HOME: base, AWS_EC2_METADATA_DISABLED: "true" }, /credentials/],
    ] as const) {
      const done = await failing(["snapshots"], { ...place, repo }, env);
      assert.ok(done.status === 1 || done.status === 10, `${done.status}: ${done.stderr}`);
      assert.match(done.stderr, ONE_ERROR);
      assert.match(done.stderr, hint);
      assert.doesNotMatch(done.stderr, /icebox-secret/);
    }
    const empty = await failing(["snapshots"], ice.place("nothing-here"));
    assert.equal(empty.status, 10);
    assert.match(empty.stderr, ONE_ERROR);
  });

  test("writing is denied: exit code 1, the lock removed, nothing lost", async () => {
    const place = await fresh();
    ice.box.faults.add({ kind: "access-denied", match: { op: "PutObject", keyPrefix: `${place.repo.split("/").at(-1)}/data/` } });
    const done = await failing(["backup", source], place);
    ice.box.faults.clear();
    assert.equal(done.status, 1);
    assert.match(done.stderr, /^firn: [^\n]*AccessDenied[^\n]*\n {6}[^\n]*policy[^\n]*\n$/m);
    assert.deepEqual(await keysAt(place, "locks/"), []);
    await restic(["check"], place);
  });

  test("throttling, errors and dropped connections are sat out", async () => {
    const place = await fresh();
    for (const [i, fault] of (["throttle", "error500", "drop", "drop"] as const).entries()) {
      ice.box.faults.add({ kind: fault, probability: 0.12, count: 4, seed: i + 5, ...(i === 3 ? { at: "request" } : {}) });
    }
    await firn(["backup", source, "--pack-size", "4"], place);
    const target = join(base, "stumbling");
    await firn(["restore", `latest:${source}`, "--target", target], place);
    const hits = ice.box.faults.list().reduce((sum, { hits: count }) => sum + count, 0);
    ice.box.faults.clear();
    assert.ok(hits >= 5, `${hits} faults`);
    assert.deepEqual(compareTrees(source, target), []);
    assert.deepEqual(await keysAt(place, "locks/"), []);
    await restic(["check", "--read-data"], place);
  });

  test("a clock that is off is named", async () => {
    const server = createServer((_request, response) => {
      response.writeHead(403, { "content-type": "application/xml", date: "Mon, 01 Jan 2046 00:00:00 GMT" });
      response.end(
        "<Error><Code>RequestTimeTooSkewed</Code><Message>The difference between the request time and the current time is too large.</Message></Error>",
      );
    });
    await new Promise<void>((listening) => void server.listen(0, "127.0.0.1", listening));
    const { port } = server.address() as AddressInfo;
    const place = { ...ice.place("skewed"), repo: `s3:http://127.0.0.1:${port}/bucket` };
    const done = await failing(["snapshots"], place);
    server.close();
    server.closeAllConnections();
    assert.equal(done.status, 1);
    assert.match(done.stderr, ONE_ERROR);
    assert.match(done.stderr, /clock/);
  });

  test("a storage class that nobody knows: nothing fails but the proof that all is within reach", async () => {
    const place = await fresh();
    await firn(["backup", source, "--pack-size", "4"], place);
    const store = await storeAt(place);
    const packs = await keysAt(place, "data/");
    for (const key of packs.slice(0, 2)) {
      const { size } = (await store.head(key))!;
      await store.changeClass(key, "PERMAFROST", { encryption: { kind: "aes256" }, size });
    }
    await store.close();
    const status = await firn(["tier", "status"], place);
    assert.match(status.stdout, /PERMAFROST/);
    const verify = await failing(["tier", "verify"], place);
    assert.equal(verify.status, 1, verify.stdout);
    assert.match(verify.stdout + verify.stderr, /file \d .*answers nobody knows when/);
    assert.equal((await failing(["tier", "plan"], place)).status, 0);
    await firn(["check"], place);
    await firn(["backup", source], place);
    const target = join(base, "permafrost");
    await firn(["restore", `latest:${source}`, "--target", target], place);
    assert.deepEqual(compareTrees(source, target), []);
    await restic(["check", "--read-data"], place);
  });
});
