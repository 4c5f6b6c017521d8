import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { FirnError } from "../base/error.ts";
import { testWorld } from "../base/testing.ts";
import { openStore } from "./open-store.ts";

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
