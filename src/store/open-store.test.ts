import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { utf8 } from "../base/bytes.ts";
import { FirnError } from "../base/error.ts";
import { testWorld } from "../base/testing.ts";
import { openStore } from "./open-store.ts";
import { withFaults } from "./wrap/fault.ts";
import { withMeter } from "./wrap/meter.ts";

test("a path, local:path and s3: are opened; nothing is made before it is asked for", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "firn-open-"));
  t.after(() => rm(folder, { recursive: true }));
  for (const location of [join(folder, "a:b"), `local:${folder}/a:b`]) {
    const store = await openStore(location, {}, testWorld());
    assert.equal(store.location, join(folder, "a:b"));
    assert.equal(await store.head("config"), undefined);
    await store.close();
  }
  assert.equal((await openStore("repo", {}, testWorld())).location, resolve("repo"));
  const s3 = await openStore(
    "s3:localhost:1/bucket/x",
    { backendOptions: { "s3.connections": "7" } },
    testWorld({ env: { HOME: folder } }),
  );
  assert.deepEqual([s3.location, s3.connections], ["s3:https://localhost:1/bucket/x", 7]);
  await s3.close();
});

test("files are read past the store only where no read has to be seen", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "firn-open-"));
  t.after(() => rm(folder, { recursive: true }));
  const world = testWorld();
  const store = await openStore(folder, { limitUploadKib: 1 << 20 }, world);
  await store.put("data/ab/x", utf8("what is in it"));
  assert.equal(await readFile(store.fileOf!("data/ab/x"), "utf8"), "what is in it");
  assert.throws(() => store.fileOf!("data/../../x"), /not the key of an object/);
  assert.equal((await openStore(folder, { limitDownloadKib: 1 }, world)).fileOf, undefined);
  assert.equal(withFaults(store, "seed", []).store.fileOf, undefined);
  assert.equal(withMeter(store).store.fileOf, undefined);
});

test("what this version cannot open says so, without repeating what may be secret", async () => {
  for (const location of [
    "rest:https://user:hunter2@host/",
    "sftp:user@host:/repo",
    "rclone:remote:x",
    "b2:bucket:x",
    "azure:c:/",
    "gs:b:/",
  ]) {
    await assert.rejects(
      openStore(location, {}, testWorld()),
      (error) => error instanceof FirnError && error.code === "invalid-location" && !error.message.includes("hunter2"),
      location,
    );
  }
  for (const location of ["", "local:", "s3:"]) await assert.rejects(openStore(location, {}, testWorld()), FirnError, location);
});
