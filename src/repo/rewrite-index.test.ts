import assert from "node:assert/strict";
import { test } from "node:test";
import { asId, type IndexId, type PackId } from "../base/id.ts";
import { sha256Hex } from "../kernel/hash.ts";
import { utf8 } from "../base/bytes.ts";
import type { PackedBlob } from "../format/blob.ts";
import { decodeIndex, encodeIndex } from "../format/index-codec.ts";
import { INDEX_FULL_BLOBS } from "../base/limits.ts";
import { StoreError } from "../store/store-error.ts";
import { rewriteIndex } from "./rewrite-index.ts";
import { memoryRepository } from "./testing.ts";
import type { Repository } from "./repository.ts";

const packId = (name: string): PackId => asId<"pack">(sha256Hex(utf8(`pack ${name}`)));

function pack(name: string, blobs: number): { id: PackId; blobs: PackedBlob[] } {
  return {
    id: packId(name),
    blobs: Array.from({ length: blobs }, (_, k) => ({
      type: "data",
      id: asId<"blob">(sha256Hex(utf8(`${name} ${k}`))),
      offset: k * 50,
      length: 50,
      uncompressedLength: 0,
    })),
  };
}

async function packsPerFile(repo: Repository): Promise<Map<string, PackId[]>> {
  const files = new Map<string, PackId[]>();
  for await (const { id } of repo.list<"index">("index")) {
    files.set(
      id,
      decodeIndex(await repo.loadUnpacked("index", id), id).map((entry) => entry.id),
    );
  }
  return files;
}

test("small files are merged, full and untouched ones stay, dropped packs go", async () => {
  const { repo } = await memoryRepository();
  const full = await repo.saveUnpacked<"index">("index", encodeIndex([pack("big", INDEX_FULL_BLOBS)]));
  const small: IndexId[] = [];
  for (const name of ["a", "b", "c"])
    small.push(await repo.saveUnpacked<"index">("index", encodeIndex([pack(name, 2), pack(`${name}2`, 2)])));
  small.push(await repo.saveUnpacked<"index">("index", encodeIndex([pack("a", 2)])));
  await repo.loadIndex();
  const result = await rewriteIndex(repo, { dropPacks: new Set([packId("b"), packId("c2")]), addPacks: [pack("new", 3)] });
  assert.equal(result.kept, 1);
  assert.deepEqual([...result.removed].sort(), small.sort());
  const files = await packsPerFile(repo);
  assert.equal(files.size, 2);
  assert.deepEqual(files.get(full), [packId("big")]);
  const [merged] = result.written;
  assert.deepEqual([...files.get(merged!)!].sort(), ["a", "a2", "b2", "c", "new"].map(packId).sort());
  assert.equal(repo.index.hasPack(packId("b")), false, "the loaded index follows");
  assert.equal(repo.index.hasPack(packId("new")), true);
});

test("a full file that lists a dropped pack is rewritten", async () => {
  const { repo } = await memoryRepository();
  await repo.saveUnpacked("index", encodeIndex([pack("big", INDEX_FULL_BLOBS), pack("x", 1)]));
  await repo.loadIndex();
  await rewriteIndex(repo, { dropPacks: new Set([packId("x")]) });
  assert.deepEqual([...(await packsPerFile(repo)).values()], [[packId("big")]]);
});

test("what two files say differently of a pack is kept as it is: damage is not for a rewrite to settle", async () => {
  const { repo } = await memoryRepository();
  await repo.saveUnpacked("index", encodeIndex([pack("a", 2)]));
  await repo.saveUnpacked("index", encodeIndex([{ ...pack("other", 2), id: packId("a") }]));
  await repo.loadIndex();
  assert.deepEqual([...repo.index.differing], [packId("a")]);
  await rewriteIndex(repo, { dropPacks: new Set() });
  assert.deepEqual([...repo.index.differing], [packId("a")]);
  assert.equal(repo.index.size, 4);
});

test("killed after any write or delete, every remaining pack is still listed", async () => {
  for (let survive = 0; ; survive++) {
    let left = Infinity;
    const spend = (): void => {
      if (left-- <= 0) throw new StoreError({ code: "network", message: "killed" });
    };
    const { repo } = await memoryRepository({
      wrap: (store) => ({
        ...store,
        put: async (...args) => {
          spend();
          await store.put(...args);
        },
        delete: async (...args) => {
          spend();
          await store.delete(...args);
        },
      }),
    });
    for (const name of ["a", "b", "c", "gone"]) await repo.saveUnpacked("index", encodeIndex([pack(name, 2)]));
    await repo.loadIndex();
    left = survive;
    const finished = await rewriteIndex(repo, { dropPacks: new Set([packId("gone")]) }).then(
      () => true,
      () => false,
    );
    left = Infinity;
    await repo.loadIndex({ reload: true });
    for (const name of ["a", "b", "c"]) assert.ok(repo.index.hasPack(packId(name)), `${name} after ${survive} steps`);
    assert.equal(repo.index.differing.size, 0);
    if (finished) return;
  }
});

test("a lock lost half way stops the deletes: not one old index file goes after that", async () => {
  for (const [stopOn, allowed] of [
    ["put", 0],
    ["delete", 1],
  ] as const) {
    const lost = new AbortController();
    let armed = false;
    let deletes = 0;
    const { repo } = await memoryRepository({
      wrap: (store) => ({
        ...store,
        put: async (key, body, options) => {
          await store.put(key, body, options);
          if (armed && stopOn === "put") lost.abort(new Error("lock lost"));
        },
        delete: async (key, options) => {
          deletes++;
          await store.delete(key, options);
          if (armed && stopOn === "delete") lost.abort(new Error("lock lost"));
        },
      }),
    });
    for (const name of ["a", "b", "c", "d"]) await repo.saveUnpacked("index", encodeIndex([pack(name, 2)]));
    await repo.loadIndex();
    armed = true;
    await assert.rejects(rewriteIndex(repo, { dropPacks: new Set([packId("a")]), signal: lost.signal }), /lock lost/);
    assert.equal(deletes, allowed, `lost after a ${stopOn}`);
  }
});
