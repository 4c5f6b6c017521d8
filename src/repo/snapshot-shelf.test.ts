import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathOf } from "../format/file-kind.ts";
import type { SnapshotId } from "../base/id.ts";
import { encodeSnapshot } from "../format/snapshot-codec.ts";
import type { StoredSnapshot } from "../format/snapshot.ts";
import { type Cache, openCache } from "./cache.ts";
import type { OpenedRepository } from "./opened-repository.ts";
import { openShelf, sealShelf } from "./snapshot-shelf.ts";
import { memoryRepository } from "./testing.ts";

async function addSnapshot(repo: OpenedRepository, n: number): Promise<SnapshotId> {
  const text = `{"time":"2026-01-0${1 + (n % 9)}T00:00:${10 + n}Z","tree":"${"ab".repeat(32)}","paths":["/${n}"],"hostname":"h"}`;
  return repo.saveUnpacked<"snapshot">("snapshots", new TextEncoder().encode(text));
}

const named = (snapshots: readonly StoredSnapshot[]): string[] =>
  snapshots.map((one) => `${one.id} ${one.paths[0]} ${encodeSnapshot(one).length}`);

test("snapshots come from the shelf, those that are not on it from their files, those that are gone from nowhere", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "firn-shelf-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const made = await memoryRepository();
  const shelf = join(folder, made.repo.config.id, "firnline-snapshots");
  const ids: SnapshotId[] = [];
  for (let n = 0; n < 30; n++) ids.push(await addSnapshot(made.repo, n));
  const read: string[] = [];
  const load = async (fromShelf: boolean): Promise<string[]> => {
    read.length = 0;
    const base = openCache(folder, made.world);
    const forRepository = async (id: string): Promise<Cache | undefined> => {
      const cache = (await base.forRepository(id))!;
      const readFile = cache.read.bind(cache);
      cache.read = (kind, file, range) => {
        if (kind === "snapshots") read.push(file);
        return readFile(kind, file, range);
      };
      return cache;
    };
    const repo = await made.reopen({ cache: { ...base, forRepository } });
    const snapshots = await repo.loadSnapshots({ fromShelf });
    await repo.close();
    return named(snapshots);
  };
  const truth = async (): Promise<string[]> => named(await made.repo.loadSnapshots());

  assert.deepEqual(await load(true), await truth());
  assert.equal(read.length, 30);
  assert.deepEqual(await load(true), await truth());
  assert.deepEqual(read, [], "all from the shelf");
  assert.deepEqual(await load(false), await truth());
  assert.equal(read.length, 30, "none from the shelf unless asked for");

  const late = await addSnapshot(made.repo, 31);
  await made.repo.removeFile("snapshots", ids[4]!);
  assert.deepEqual(await load(true), await truth());
  assert.deepEqual(read, [late]);

  const bytes = await readFile(shelf);
  for (const broken of [
    bytes.subarray(0, 9),
    bytes.subarray(0, -1),
    Buffer.alloc(0),
    bytes.map((byte, at) => (at === 500 ? byte ^ 1 : byte)),
  ]) {
    await writeFile(shelf, broken);
    assert.deepEqual(await load(true), await truth());
    assert.equal(read.length, 30, "a broken shelf is empty, and filled anew");
    assert.deepEqual(await load(true), await truth());
    assert.deepEqual(read, []);
  }
  made.store.objects.delete(pathOf("snapshots", late));
  assert.deepEqual(await load(true), await truth());
});

test("a shelf opens with its key only", async () => {
  const { repo, world } = await memoryRepository();
  const other = await memoryRepository({ worldOptions: { seed: "other" } });
  const texts = new Map([["cd".repeat(32) as SnapshotId, new TextEncoder().encode("{}")]]);
  const box = sealShelf(texts, repo.key, (length) => world.random(length));
  assert.deepEqual(
    [...openShelf(box, repo.key)].map(([id, text]) => [id, Buffer.from(text).toString()]),
    [["cd".repeat(32), "{}"]],
  );
  assert.equal(openShelf(box, other.repo.key).size, 0);
});
