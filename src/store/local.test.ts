import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm, stat, symlink, writeFile, mkdir, chmod } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { utf8 } from "../base/bytes.ts";
import { testWorld } from "../base/testing.ts";
import { describeStore } from "./conformance.ts";
import { openLocal } from "./local.ts";
import { localError } from "./local/error.ts";
import { isStoreError } from "./store-error.ts";

const world = testWorld();

async function folder(t: { after(clean: () => Promise<void>): void }): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "firn-local-"));
  t.after(() => rm(root, { recursive: true, force: true }));
  return root;
}

describeStore("local", { classes: false }, async () => {
  const root = await mkdtemp(join(tmpdir(), "firn-local-"));
  return { store: openLocal(join(root, "repo"), world), close: () => rm(root, { recursive: true, force: true }) };
});

test("create lays out restic's folders, private ones", async (t) => {
  const root = await folder(t);
  await openLocal(join(root, "new/repo"), world).create();
  assert.deepEqual((await readdir(join(root, "new/repo"))).sort(), ["data", "index", "keys", "locks", "snapshots"]);
  assert.equal((await readdir(join(root, "new/repo/data"))).length, 256);
  assert.equal((await stat(join(root, "new/repo/data/7f"))).mode & 0o777, 0o700);
});

test("files become read-only, and readable for the group when config is", async (t) => {
  const root = await folder(t);
  const store = openLocal(root, world);
  await store.put("config", utf8("{}"));
  assert.equal((await stat(join(root, "config"))).mode & 0o777, 0o400);
  await chmod(join(root, "config"), 0o440);
  const shared = openLocal(root, world);
  await shared.put("data/ab/x", utf8("x"));
  assert.equal((await stat(join(root, "data/ab/x"))).mode & 0o777, 0o440);
  assert.equal((await stat(join(root, "data/ab"))).mode & 0o070, 0o070 & ~process.umask());
});

test("what a killed write left behind is not listed and hinders nobody", async (t) => {
  const root = await folder(t);
  const store = openLocal(root, world);
  await store.put("locks/a", utf8("a"));
  await writeFile(join(root, "locks", "b-tmp-0123456789abcdef"), "half");
  assert.deepEqual(
    (await Array.fromAsync(store.list("locks/"))).map(({ key }) => key),
    ["locks/a"],
  );
  await store.put("locks/b", utf8("b"));
  assert.equal((await store.get("locks/b")).length, 1);
});

test("a failed write leaves no temporary file", async (t) => {
  const root = await folder(t);
  const store = openLocal(root, world);
  await mkdir(join(root, "keys/taken/full"), { recursive: true });
  await assert.rejects(store.put("keys/taken", utf8("x")));
  assert.deepEqual(await readdir(join(root, "keys")), ["taken"]);
});

test("a full disk is no-space and leaves nothing half written", { skip: process.platform === "win32" && "needs ulimit" }, async (t) => {
  const root = await folder(t);
  // A limit on the size of files fails a write half way, as a full disk does.
  const script = `
    const { openLocal } = await import(${JSON.stringify(import.meta.resolve("./local.ts"))});
    const store = openLocal(${JSON.stringify(root)}, { random: (n) => new Uint8Array(n) });
    await store.put("keys/small", new Uint8Array(10));
    await store.put("keys/large", new Uint8Array(5_000_000)).then(() => console.log("stored"), (error) => console.log(error.code, error.hint));`;
  const shell = spawnSync("sh", [
    "-c",
    'ulimit -f 2000; trap "" XFSZ; exec "$@"',
    "sh",
    process.execPath,
    "--input-type=module",
    "-e",
    script,
  ]);
  assert.match(shell.stdout.toString(), /^no-space free some space/, shell.stderr.toString());
  assert.deepEqual(await readdir(join(root, "keys")), ["small"]);
});

test("system errors get the store's words", () => {
  const words = { ENOSPC: "no-space", EDQUOT: "no-space", EACCES: "access-denied", EROFS: "read-only", EIO: "server", ELOOP: "invalid" };
  for (const [errno, meaning] of Object.entries(words)) {
    const error = localError(Object.assign(new Error(`${errno}: reason, open '/r/a'`), { code: errno }), "open", "/r/a", "a");
    assert.equal(error.code, meaning);
    assert.equal(error.message, "cannot open /r/a: reason");
  }
});

test("a repository that vanished (an unmounted disk) is not written to", async (t) => {
  const root = join(await folder(t), "gone");
  await assert.rejects(openLocal(root, world).put("locks/a", utf8("a")), (error) => isStoreError(error, "no-such-bucket"));
});

test("no key leads out of the folder", async (t) => {
  const store = openLocal(await folder(t), world);
  for (const key of ["", "../x", "data/../../x", "/etc/passwd", "a//b", "a/./b", "a\0b"]) {
    await assert.rejects(store.put(key, utf8("x")), (error) => isStoreError(error, "invalid"), key);
    await assert.rejects(store.get(key), (error) => isStoreError(error, "invalid"), key);
  }
});

test("data on another disk behind a symlink is found", async (t) => {
  const root = await folder(t);
  const elsewhere = await folder(t);
  await symlink(elsewhere, join(root, "data"));
  const store = openLocal(root, world);
  await store.put("data/ab/x", utf8("x"));
  assert.deepEqual(
    (await Array.fromAsync(store.list("data/"))).map(({ key }) => key),
    ["data/ab/x"],
  );
});
