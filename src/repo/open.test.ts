import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bytes, utf8 } from "../base/bytes.ts";
import { EXIT } from "../base/error.ts";
import { testWorld } from "../base/testing.ts";
import { memoryStore } from "../store/memory.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { StoreError } from "../store/store-error.ts";
import { createRepository } from "./create.ts";
import { listKeys, removeKey, saveKey } from "./keys.ts";
import { openRepository } from "./open.ts";
import { memoryRepository, TEST_KDF } from "./testing.ts";

const world = testWorld();
const password = (text: string) => async (): Promise<Bytes> => utf8(text);

test("no repository: exit code 10, and the password is not asked for", async () => {
  const store = memoryStore({ clock: world.clock });
  await assert.rejects(openRepository(store, { world, password: () => assert.fail("asked for a password") }), {
    code: "no-repository",
    exitCode: EXIT.noRepository,
  });
});

test("a wrong password: exit code 12", async () => {
  const { store } = await memoryRepository();
  await assert.rejects(openRepository(store, { world, password: password("tset") }), {
    code: "wrong-password",
    exitCode: EXIT.wrongPassword,
  });
});

test("any of several passwords opens it; a hint says which key comes first", async () => {
  const { repo, store } = await memoryRepository();
  const second = await saveKey(store, world, repo.key, { password: utf8("second"), kdf: TEST_KDF });
  const opened = await openRepository(store, { world, password: password("second") });
  assert.equal(opened.keyId, second);
  assert.equal(opened.config.id, repo.config.id);
  const reads: string[] = [];
  const watched: ObjectStore = {
    ...store,
    get: (key, options) => {
      reads.push(key);
      return store.get(key, options);
    },
  };
  await openRepository(watched, { world, password: password("second"), keyHint: second.slice(0, 10) });
  assert.deepEqual(reads, ["config", `keys/${second}`]);
  await assert.rejects(removeKey(store, second, second), { code: "key-in-use" });
  await removeKey(store, second, repo.keyId);
  await assert.rejects(openRepository(store, { world, password: password("second") }), { code: "wrong-password" });
});

test("twenty keys are tried and no more", async () => {
  const { repo, store } = await memoryRepository();
  for (let k = 0; k < 25; k++) await saveKey(store, world, repo.key, { password: utf8(`p${k}`), kdf: TEST_KDF });
  await assert.rejects(openRepository(store, { world, password: password("none of them") }), /none of the 20 keys/);
});

for (const [what, damage] of [
  ["truncated", (body: Bytes): Bytes => body.slice(0, -5)],
  ["bit-flipped", (body: Bytes): Bytes => body.map((byte, at) => (at === 40 ? byte ^ 1 : byte))],
  ["empty", (): Bytes => new Uint8Array(0)],
] as const) {
  test(`a ${what} config is named, with the check that failed`, async () => {
    const { store } = await memoryRepository();
    const config = store.objects.get("config")!;
    store.objects.set("config", { ...config, body: damage(config.body) });
    await assert.rejects(openRepository(store, { world, password: password("test") }), { code: "corrupt", object: "config" });
  });

  test(`a ${what} key is named, with the check that failed`, async () => {
    const { store } = await memoryRepository();
    const [id] = await listKeys(store);
    const key = store.objects.get(`keys/${id}`)!;
    store.objects.set(`keys/${id}`, { ...key, body: damage(key.body) });
    await assert.rejects(openRepository(store, { world, password: password("test") }), {
      code: "corrupt",
      object: `keys/${id}`,
      check: /SHA-256/,
    });
  });
}

test("init refuses a place that holds a config, a key or a snapshot, and changes nothing", async () => {
  for (const key of ["config", `keys/${"a".repeat(64)}`, `snapshots/${"b".repeat(64)}`]) {
    const store = memoryStore({ clock: world.clock });
    await store.put(key, utf8("x"));
    await assert.rejects(createRepository(store, { world, version: 2, password: password("p"), kdf: TEST_KDF }), {
      code: "repository-exists",
      exitCode: EXIT.error,
    });
    assert.deepEqual([...store.objects.keys()], [key]);
  }
});

test("init writes the config last: killed before, there is no repository", async () => {
  const store = memoryStore({ clock: world.clock });
  const failing: ObjectStore = {
    ...store,
    put: async (key, body, options) => {
      if (key === "config") throw new StoreError({ code: "network", message: "gone" });
      await store.put(key, body, options);
    },
  };
  await assert.rejects(createRepository(failing, { world, version: 2, password: password("p"), kdf: TEST_KDF }), { code: "network" });
  await assert.rejects(openRepository(store, { world, password: password("p") }), { code: "no-repository" });
});
