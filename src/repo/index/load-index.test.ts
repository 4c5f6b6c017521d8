import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { asId, type BlobId, type IndexId, type PackId } from "../../base/id.ts";
import { type IndexedPack, encodeIndex } from "../../format/index-codec.ts";
import { pathOf } from "../../format/file-kind.ts";
import { openCache } from "../cache.ts";
import type { OpenedRepository } from "../opened-repository.ts";
import { type MemoryRepository, memoryRepository } from "../testing.ts";

/** So many files that an image pays. */
const FILES = 60;
const IMAGE = "firnline-index";

const hex = (n: number): string => n.toString(16).padStart(64, "0");
const blobId = (n: number): BlobId => asId<"blob">(hex(n));
const packId = (n: number): PackId => asId<"pack">(hex(1_000_000 + n));

function packOf(n: number): IndexedPack {
  const blob = (k: number, offset: number) => ({ id: blobId(n * 10 + k), offset, length: 100 + n, uncompressedLength: k * n });
  return {
    id: packId(n),
    blobs: [
      { type: "data", ...blob(1, 0) },
      { type: "tree", ...blob(2, 100 + n) },
    ],
  };
}

interface Cached extends MemoryRepository {
  readonly image: string;
  readonly files: IndexId[];
  addFile(n: number, pack?: IndexedPack): Promise<IndexId>;
  /** Opens it as another process would, loads the index, and waits until what is kept of it is kept. */
  load(reload?: boolean): Promise<OpenedRepository>;
}

async function cachedRepository(t: TestContext, files = FILES): Promise<Cached> {
  const folder = await mkdtemp(join(tmpdir(), "firn-image-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const made = await memoryRepository();
  const cache = openCache(folder, made.world);
  const names: IndexId[] = [];
  const addFile = async (n: number, pack = packOf(n)): Promise<IndexId> => {
    const id = await made.repo.saveUnpacked<"index">("index", encodeIndex([pack]));
    names.push(id);
    return id;
  };
  for (let n = 0; n < files; n++) await addFile(n);
  return {
    ...made,
    image: join(folder, made.repo.config.id, IMAGE),
    files: names,
    addFile,
    async load(reload = false) {
      const repo = await made.reopen({ cache });
      await repo.loadIndex({ reload });
      await repo.close();
      return repo;
    },
  };
}

function told(repo: OpenedRepository): string[] {
  return [...repo.index.entries()]
    .map((entry) => JSON.stringify({ ...entry, files: repo.index.filesOf(entry.pack), tree: repo.index.isTreePack(entry.pack) }))
    .sort();
}

/** What the index files say, without any image. */
async function truth(made: Cached): Promise<string[]> {
  const repo = await made.reopen();
  await repo.loadIndex();
  return told(repo);
}

async function imageOf(made: Cached): Promise<Buffer | undefined> {
  return readFile(made.image).catch(() => undefined);
}

test("an index comes back from its image, files and all, and lookups find everything", async (t) => {
  const made = await cachedRepository(t);
  await made.load();
  const image = await imageOf(made);
  assert.ok(image !== undefined);
  let reads = 0;
  const again = await made.reopen({ cache: openCache(join(made.image, "../.."), made.world) });
  again.loadUnpacked = () => {
    reads++;
    throw new Error("no index file is read");
  };
  await again.loadIndex();
  assert.equal(reads, 0);
  assert.deepEqual(told(again), await truth(made));
  for (let n = 0; n < FILES; n++) {
    assert.equal(again.index.lookup("tree", blobId(n * 10 + 2))[0]?.offset, 100 + n);
    assert.equal(again.index.has("data", blobId(n * 10 + 2)), false);
  }
});

test("new files are read beside the image; one that is gone makes it worthless", async (t) => {
  const made = await cachedRepository(t);
  await made.load();
  const first = await imageOf(made);
  await made.addFile(FILES);
  assert.deepEqual(told(await made.load()), await truth(made));
  assert.deepEqual(await imageOf(made), first, "not written anew for one file");
  await made.repo.removeFile("index", made.files[3]!);
  const after = await made.load();
  assert.equal(after.index.has("data", blobId(31)), false);
  assert.deepEqual(told(after), await truth(made));
  assert.notDeepEqual(await imageOf(made), first);
});

test("many new files are taken into the image", async (t) => {
  const made = await cachedRepository(t);
  await made.load();
  for (let n = FILES; n < 2 * FILES; n++) await made.addFile(n);
  assert.deepEqual(told(await made.load()), await truth(made));
  const image = await imageOf(made);
  const again = await made.load();
  assert.deepEqual(told(again), await truth(made));
  assert.deepEqual(
    again.index.share().segments.map(({ entries }) => entries),
    [4 * FILES],
  );
  assert.deepEqual(await imageOf(made), image);
});

test("whoever decides what may be deleted reads the files, whatever the image says", async (t) => {
  const made = await cachedRepository(t);
  await made.load();
  made.store.objects.delete(pathOf("index", made.files[5]!));
  made.store.objects.set(pathOf("index", made.files[5]!), made.store.objects.get(pathOf("index", made.files[6]!))!);
  assert.equal((await made.load()).index.has("data", blobId(51)), true);
  await rm(join(made.image, "../index"), { recursive: true });
  await assert.rejects(made.load(true), { code: "corrupt" });
});

test("an image that is cut short, damaged anywhere or sealed with another key is passed over and replaced", async (t) => {
  const made = await cachedRepository(t);
  await made.load();
  const expected = await truth(made);
  const image = (await imageOf(made))!;
  const other = await cachedRepository(t);
  await other.load();
  const damaged: Buffer[] = [
    Buffer.alloc(0),
    Buffer.alloc(3),
    Buffer.alloc(4, 0xff),
    (await imageOf(other))!,
    Buffer.concat([image, image]),
  ];
  for (let k = 1; k < 12; k++) damaged.push(image.subarray(0, Math.floor((image.length * k) / 12)));
  for (let k = 0; k < 40; k++) {
    const flipped = Buffer.from(image);
    flipped[Math.floor(((image.length - 1) * k) / 39)]! ^= 1;
    damaged.push(flipped);
  }
  for (const bytes of damaged) {
    await writeFile(made.image, bytes);
    assert.deepEqual(told(await made.load()), expected);
  }
  assert.deepEqual(told(await made.load()), expected);
  assert.deepEqual(
    (await readdir(join(made.image, ".."))).filter((name) => name.startsWith(IMAGE)),
    [IMAGE],
  );
});

test("pieces of an older image do not fit into a newer one", async (t) => {
  const made = await cachedRepository(t);
  await made.load();
  const before = (await imageOf(made))!;
  await made.repo.removeFile("index", made.files.pop()!);
  await made.addFile(FILES + 1);
  await made.load();
  const after = (await imageOf(made))!;
  // The columns are as long as they were, so the first piece of the one would open in the other.
  await writeFile(made.image, Buffer.concat([before.subarray(0, 2000), after.subarray(2000)]));
  assert.deepEqual(told(await made.load()), await truth(made));
});

test("contradictions, gaps and packs in two files are no image's business", async (t) => {
  const made = await cachedRepository(t);
  const [data, tree] = packOf(7).blobs;
  await made.addFile(0, { id: packId(7), blobs: [data!, { ...tree!, offset: 900 }] });
  const repo = await made.load();
  assert.deepEqual([...repo.index.differing], [packId(7)]);
  assert.equal(await imageOf(made), undefined);
});

test("few small files are not worth an image", async (t) => {
  const made = await cachedRepository(t, 10);
  await made.load();
  assert.equal(await imageOf(made), undefined);
});

test("what a killed process left of an image is removed in time", async (t) => {
  const made = await cachedRepository(t);
  await made.load();
  const left = `${made.image}-0123456789abcdef`;
  await writeFile(left, "half");
  await made.world.clock.advance(0);
  await rm(made.image);
  await made.load();
  assert.ok((await readdir(join(made.image, ".."))).includes(IMAGE));
  made.world.clock.set(Date.now() + 2 * 60 * 60_000);
  await rm(made.image);
  await made.load();
  assert.deepEqual(
    (await readdir(join(made.image, ".."))).filter((name) => name.startsWith(IMAGE)),
    [IMAGE],
  );
});
