import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fromHex, utf8 } from "../../base/bytes.ts";
import type { BlobId } from "../../base/id.ts";
import { OPEN_TREE_PACKS_MAX } from "../../base/limits.ts";
import { createBlobWriter } from "../../repo/packer.ts";
import { memoryRepository, putBlob } from "../../repo/testing.ts";
import { LocalTrees } from "./local-trees.ts";

/** A repository whose packs also lie in a folder, as in the cache: one tree in each. */
async function scene(t: { after(action: () => void): void }, version: 1 | 2, count: number) {
  const folder = mkdtempSync(join(tmpdir(), "firn-local-trees-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const { repo, store } = await memoryRepository({ version });
  const trees = new Map<BlobId, string>();
  for (let i = 0; i < count; i++) {
    const writer = createBlobWriter(repo);
    const text = `a tree of number ${i} `.repeat(1 + i * 40);
    trees.set(await putBlob(repo, writer, "tree", utf8(text)), text);
    await writer.flush();
  }
  for (const [key, { body }] of store.objects) {
    if (!key.startsWith("data/")) continue;
    const path = join(folder, key.slice("data/".length));
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, body);
  }
  const local = new LocalTrees({ index: repo.index.view, usable: undefined, key: repo.key, folder });
  t.after(() => local[Symbol.dispose]());
  return { folder, trees, local };
}

function read(local: LocalTrees, id: BlobId): string | undefined {
  const bytes = local.read(fromHex(id));
  return bytes === undefined ? undefined : Buffer.from(bytes).toString();
}

for (const version of [1, 2] as const) {
  test(`trees are read from packs in a folder, more packs than are kept open (repository version ${version})`, async (t) => {
    const { trees, local } = await scene(t, version, OPEN_TREE_PACKS_MAX + 4);
    for (let round = 0; round < 2; round++) for (const [id, text] of trees) assert.equal(read(local, id), text);
    assert.equal(local.read(new Uint8Array(32)), undefined);
  });
}

test("what is missing, cut off or damaged is to be had elsewhere: no error, nothing wrong given", async (t) => {
  const { folder, trees, local } = await scene(t, 2, 4);
  const packs = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.includes("/"));
  const [missing, cut, damaged] = packs.map((name) => join(folder, name));
  rmSync(missing!);
  truncateSync(cut!, 40);
  writeFileSync(damaged!, Buffer.alloc(4096, 7));
  const found = [...trees].filter(([id, text]) => read(local, id) === text);
  assert.equal(found.length, 1);
  assert.equal([...trees.keys()].filter((id) => read(local, id) === undefined).length, 3);
});
