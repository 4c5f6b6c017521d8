import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { EXIT } from "../base/error.ts";
import { type Bytes, utf8 } from "../base/bytes.ts";
import { testWorld } from "../base/testing.ts";
import { createRepository } from "../repo/create.ts";
import { writeLock } from "../repo/lock-files.ts";
import { openRepository } from "../repo/open.ts";
import type { OpenedRepository } from "../repo/opened-repository.ts";
import { createBlobWriter } from "../repo/packer.ts";
import { putBlob, TEST_KDF } from "../repo/testing.ts";
import { openStore } from "../store/open-store.ts";
import type { Access } from "./access.ts";
import type { Caller } from "./open-repository.ts";
import { withRepository } from "./with-repository.ts";

const base = mkdtempSync(join(tmpdir(), "firn-with-"));
after(() => rmSync(base, { recursive: true, force: true }));
/** Its clock stands still: locks settle when somebody confirms them. */
const world = testWorld({ manual: true, env: { HOME: base, RESTIC_PASSWORD: "test" } });
const password = async (): Promise<Bytes> => utf8("test");
let folder = "";
let other: OpenedRepository;

beforeEach(async () => {
  folder = mkdtempSync(join(base, "repo-"));
  const store = await openStore(folder, {}, world);
  await createRepository(store, { world, version: 2, password, kdf: TEST_KDF });
  other = await openRepository(store, { world: testWorld({ seed: "other" }), password });
  const writer = createBlobWriter(other);
  await putBlob(other, writer, "data", utf8("a blob"));
  await writer.flush();
});

function reading<T>(run: (repo: OpenedRepository) => Promise<T>): Promise<T> {
  const caller: Caller = { world, signal: new AbortController().signal, askPassword: async () => undefined };
  const access = {
    repo: folder,
    useCache: false,
    useLock: true,
    retryLockMs: 0,
    backendOptions: {},
    extraVerify: true,
  } as unknown as Access;
  const configured = { repository: undefined, passwordFile: undefined, passwordCommand: undefined };
  return withRepository(access, caller, { lock: "exclusive", mayGoWithout: true, configured }, run);
}

const locks = (): string[] => readdirSync(join(folder, "locks"));

test("who only reads begins while the exclusive lock settles, and what it found counts when nobody was there", async () => {
  const found = await reading(async (repo) => {
    assert.equal(locks().length, 1);
    await repo.loadIndex();
    return repo.index.size;
  });
  assert.equal(found, 1);
  assert.deepEqual(locks(), []);
});

test("somebody who locked at the same moment ends it", async () => {
  await assert.rejects(
    reading(async (repo) => {
      await repo.loadIndex();
      await writeLock(other, false);
    }),
    { code: "locked", exitCode: EXIT.locked },
  );
  assert.equal(locks().length, 1, "only the other one's");
});

test("a prune that began before and was done before anybody could see it ends it", async () => {
  await assert.rejects(
    reading(async (repo) => {
      await repo.loadIndex();
      await other.loadIndex();
      for (const file of other.index.files) await other.removeFile("index", file);
    }),
    { code: "repository-changed", exitCode: EXIT.locked },
  );
  assert.deepEqual(locks(), []);
});
