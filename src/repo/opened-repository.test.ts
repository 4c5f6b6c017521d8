import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { utf8 } from "../base/bytes.ts";
import { asId, type BlobId, type SnapshotId } from "../base/id.ts";
import { timeFromMs } from "../base/time.ts";
import { testWorld } from "../base/testing.ts";
import { encodeSnapshot } from "../format/snapshot-codec.ts";
import type { Snapshot } from "../format/snapshot.ts";
import type { MemoryStore } from "../store/memory.ts";
import { openCache } from "./cache.ts";
import { StoreError } from "../store/store-error.ts";
import { createBlobWriter } from "./packer.ts";
import { rewriteIndex } from "./rewrite-index.ts";
import { memoryRepository, type MemoryRepository, type MemoryRepositoryOptions, putBlob } from "./testing.ts";

const EMPTY_TREE = utf8('{"nodes":[]}\n');

async function temporary(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "firn-cache-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

interface Filled extends MemoryRepository {
  readonly tree: BlobId;
  readonly data: BlobId;
  readonly gets: string[];
}

async function filled(options: MemoryRepositoryOptions = {}): Promise<Filled> {
  const gets: string[] = [];
  const made = await memoryRepository({
    ...options,
    wrap: (store) => ({
      ...store,
      get: (key, get) => {
        gets.push(key);
        return store.get(key, get);
      },
    }),
  });
  const writer = createBlobWriter(made.repo);
  const tree = await putBlob(made.repo, writer, "tree", EMPTY_TREE);
  const data = await putBlob(made.repo, writer, "data", utf8("some data ".repeat(50)));
  await writer.flush();
  return { ...made, tree, data, gets };
}

function keysOf(store: MemoryStore, prefix: string): string[] {
  return [...store.objects.keys()].filter((key) => key.startsWith(prefix));
}

function damage(store: MemoryStore, key: string, at: number): void {
  const object = store.objects.get(key)!;
  store.objects.set(key, {
    ...object,
    body: object.body.map((byte, k) => (k === (at < 0 ? object.body.length + at : at) ? byte ^ 4 : byte)),
  });
}

const snapshot = (tree: BlobId, ms: number): Snapshot => ({
  time: timeFromMs(ms, 0),
  parent: undefined,
  tree,
  paths: ["/x"],
  hostname: "h",
  username: "u",
  uid: 0,
  gid: 0,
  excludes: [],
  tags: [],
  original: undefined,
  programVersion: "firn test",
  summary: undefined,
});

test("a damaged index or snapshot is named; others can be read past it", async () => {
  const { repo, store, tree, reopen } = await filled();
  const bad = await repo.saveUnpacked<"snapshot">("snapshots", encodeSnapshot(snapshot(tree, 5)));
  const good = await repo.saveUnpacked<"snapshot">("snapshots", encodeSnapshot(snapshot(tree, 3)));
  damage(store, `snapshots/${bad}`, 20);
  await assert.rejects(repo.loadSnapshots(), { code: "corrupt", object: `snapshots/${bad}`, check: /SHA-256/ });
  const failed: SnapshotId[] = [];
  const rest = await repo.loadSnapshots({ onError: (id) => failed.push(id) });
  assert.deepEqual(
    rest.map(({ id }) => id),
    [good],
  );
  assert.deepEqual(failed, [bad]);
  const [index] = keysOf(store, "index/");
  damage(store, index!, -3);
  const again = await reopen();
  await assert.rejects(again.loadIndex(), { code: "corrupt", object: index });
  const told: string[] = [];
  await again.loadIndex({ onError: (id) => told.push(id) });
  assert.deepEqual(told, [index!.slice(6)]);
});

test("what another program replaces between LIST and GET is listed again; what is listed and never there is damage", async () => {
  let onGet = async (_key: string): Promise<void> => undefined;
  const made = await memoryRepository({
    wrap: (store) => ({ ...store, get: async (key, get) => onGet(key).then(() => store.get(key, get)) }),
  });
  const writer = createBlobWriter(made.repo);
  const tree = await putBlob(made.repo, writer, "tree", EMPTY_TREE);
  await writer.flush();
  const kept = await made.repo.saveUnpacked<"snapshot">("snapshots", encodeSnapshot(snapshot(tree, 1)));
  const forgotten = await made.repo.saveUnpacked<"snapshot">("snapshots", encodeSnapshot(snapshot(tree, 2)));
  const reader = await made.reopen();

  onGet = async (key) => {
    if (!key.startsWith("index/")) return;
    onGet = async () => undefined;
    await rewriteIndex(made.repo, { dropPacks: new Set() });
  };
  const damaged: string[] = [];
  await reader.loadIndex({ onError: (id) => void damaged.push(id) });
  assert.deepEqual([reader.index.has("tree", tree), damaged], [true, []]);

  onGet = async (key) => void (key.endsWith(forgotten) && made.store.objects.delete(key));
  assert.deepEqual(
    (await reader.loadSnapshots()).map(({ id }) => id),
    [kept],
  );

  onGet = async (key) => {
    if (key.endsWith(kept)) throw new StoreError({ code: "not-found", message: "gone" });
  };
  await assert.rejects(reader.loadSnapshots(), { code: "not-found" }, "or a prune would take what it holds for unused");
});

test("a file under the right name but of another key fails authentication", async () => {
  const { repo, store } = await filled();
  const foreign = await memoryRepository({ worldOptions: { seed: "foreign" } });
  const id = await foreign.repo.saveUnpacked<"snapshot">("snapshots", encodeSnapshot(snapshot(asId("0".repeat(64)), 1)));
  await store.put(`snapshots/${id}`, foreign.store.objects.get(`snapshots/${id}`)!.body);
  await assert.rejects(repo.loadSnapshot(id), { code: "corrupt", check: /authentication/ });
});

test("snapshots come oldest first", async () => {
  const { repo, tree } = await filled();
  for (const ms of [30, 10, 20]) await repo.saveUnpacked("snapshots", encodeSnapshot(snapshot(tree, ms)));
  const times = (await repo.loadSnapshots()).map(({ time }) => Number(time.ns / 1_000_000n));
  assert.deepEqual(times, [10, 20, 30]);
});

test("a damaged blob is named by pack and offset; another copy is used when there is one", async () => {
  const { repo, store, data, reopen } = await filled();
  const [copy] = repo.index.lookup("data", data);
  damage(store, `data/${copy!.pack.slice(0, 2)}/${copy!.pack}`, copy!.offset + 20);
  await assert.rejects(repo.loadBlob({ type: "data", id: data }), {
    code: "corrupt",
    object: `data/${copy!.pack.slice(0, 2)}/${copy!.pack}`,
    offset: copy!.offset,
  });
  const writer = createBlobWriter(repo, { usable: () => false });
  await putBlob(repo, writer, "data", utf8("some data ".repeat(50)));
  await writer.flush();
  const again = await reopen();
  await again.loadIndex();
  assert.equal((await again.loadBlob({ type: "data", id: data })).length, 500);
  await assert.rejects(repo.loadBlob({ type: "tree", id: data }), { code: "blob-missing" });
});

test("a readable copy is preferred to an archived one, and ice is reported as ice", async () => {
  const { repo, store, data, gets } = await filled();
  const [cold] = repo.index.lookup("data", data);
  const key = `data/${cold!.pack.slice(0, 2)}/${cold!.pack}`;
  store.objects.set(key, { ...store.objects.get(key)!, storageClass: "DEEP_ARCHIVE" });
  await assert.rejects(repo.loadBlob({ type: "data", id: data }), { code: "archived" });
  const writer = createBlobWriter(repo, { usable: () => false });
  await putBlob(repo, writer, "data", utf8("some data ".repeat(50)));
  await writer.flush();
  const states = await repo.packStates({ refresh: true });
  assert.equal(states.get(cold!.pack)?.state, "archived");
  gets.length = 0;
  await repo.loadBlob({ type: "data", id: data });
  assert.equal(gets.includes(key), false);
  assert.equal(gets.length, 1);
});

test("index, snapshots and tree packs are read from the cache the second time; data packs never are", async (t) => {
  const cache = openCache(await temporary(t), testWorld());
  const { repo, tree, data, gets, reopen } = await filled({ cache });
  const id = await repo.saveUnpacked<"snapshot">("snapshots", encodeSnapshot(snapshot(tree, 1)));
  const read = async (): Promise<string[]> => {
    const again = await reopen();
    gets.length = 0;
    await again.loadIndex();
    await again.loadSnapshot(id);
    await again.loadBlob({ type: "tree", id: tree });
    await again.loadBlob({ type: "data", id: data });
    return gets.map((key) => key.split("/")[0]!);
  };
  assert.deepEqual(await read(), ["data", "data"]);
  assert.deepEqual(await read(), ["data"]);
});

test("a broken cached file is dropped and fetched again", async (t) => {
  const folder = await temporary(t);
  const { repo, tree, gets, reopen } = await filled({ cache: openCache(folder, testWorld()) });
  await repo.loadBlob({ type: "tree", id: tree });
  const root = join(folder, repo.config.id);
  const files = (await readdir(root, { recursive: true, withFileTypes: true })).filter(
    (entry) => entry.isFile() && entry.name.length === 64,
  );
  assert.equal(files.length, 2);
  for (const file of files) {
    const path = join(file.parentPath, file.name);
    const bytes = await readFile(path);
    bytes[bytes.length >> 1]! ^= 1;
    bytes[20]! ^= 1;
    await writeFile(path, bytes);
  }
  const again = await reopen();
  gets.length = 0;
  await again.loadIndex();
  assert.equal(Buffer.from(await again.loadBlob({ type: "tree", id: tree })).toString(), '{"nodes":[]}\n');
  assert.deepEqual(gets.map((key) => key.split("/")[0]!).sort(), ["data", "index"]);
});

test("what vanished from the repository vanishes from the cache", async (t) => {
  const folder = await temporary(t);
  const { repo, tree, store, reopen } = await filled({ cache: openCache(folder, testWorld()) });
  const id = await repo.saveUnpacked<"snapshot">("snapshots", encodeSnapshot(snapshot(tree, 1)));
  await repo.loadBlob({ type: "tree", id: tree });
  for (const key of [...keysOf(store, "index/"), ...keysOf(store, "snapshots/")]) store.objects.delete(key);
  const again = await reopen();
  await again.loadIndex();
  await again.loadSnapshots();
  const left = (await readdir(join(folder, repo.config.id), { recursive: true })).filter((name) => name.length > 60);
  assert.deepEqual(left, [], `${id} is gone too`);
});

test("the cache folder is as restic has it, and old caches are cleaned up", async (t) => {
  const folder = await temporary(t);
  const world = testWorld();
  const base = openCache(folder, world);
  const [young, old] = ["a".repeat(64), "b".repeat(64)];
  await base.forRepository(young);
  await base.forRepository(old);
  assert.equal(await readFile(join(folder, young, "version"), "utf8"), "1");
  assert.match(await readFile(join(folder, "CACHEDIR.TAG"), "utf8"), /^Signature: 8a477f597d28d172789f06886806bc55\n/);
  const longAgo = new Date(world.clock.now() - 31 * 86_400_000);
  await utimes(join(folder, old), longAgo, longAgo);
  assert.deepEqual(await base.cleanUp(), [old]);
  assert.deepEqual((await readdir(folder)).sort(), ["CACHEDIR.TAG", young]);
  await writeFile(join(folder, young, "version"), "2");
  assert.equal(await base.forRepository(young), undefined, "a layout of the future is left alone");
});
