import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../base/testing.ts";
import { asId, type BlobId, type PackId } from "../base/id.ts";
import { utf8 } from "../base/bytes.ts";
import { decodeHeader, packSizeOf, parseTrailer } from "../format/pack-header.ts";
import { openBox } from "../kernel/box.ts";
import { sha256Hex } from "../kernel/hash.ts";
import { StoreError } from "../store/store-error.ts";
import { createBlobWriter } from "./packer.ts";
import { memoryRepository, putBlob, sealedBlob } from "./testing.ts";

const random = seededRandom("packer");
const packsIn = (objects: ReadonlyMap<string, unknown>): string[] => [...objects.keys()].filter((key) => key.startsWith("data/"));

test("what is written is found again by another process, whatever its size", async () => {
  const { repo, store, reopen } = await memoryRepository({ packSizeMib: 4 });
  const writer = createBlobWriter(repo);
  const written = new Map<string, { type: "data" | "tree"; id: BlobId; bytes: Uint8Array }>();
  for (const [at, size] of [0, 1, 100, 500_000, 5_000_000, 3_000_000, 2_000_000, 4 * 1024 * 1024, 900_000].entries()) {
    const type = at % 3 === 2 ? "tree" : "data";
    const bytes = random(size);
    const id = await putBlob(repo, writer, type, bytes);
    written.set(`${type} ${id}`, { type, id, bytes });
  }
  await writer.flush();
  const again = await reopen();
  await again.loadIndex();
  for (const { type, id, bytes } of written.values()) {
    assert.equal(Buffer.compare(await again.loadBlob({ type, id }), bytes), 0);
    assert.equal(again.index.plaintextLength(type, id), bytes.length);
  }
  let total = 0;
  for (const key of packsIn(store.objects)) {
    const { body } = store.objects.get(key)!;
    const pack = asId<"pack">(key.slice(8));
    assert.equal(sha256Hex(body), pack);
    const headerLength = parseTrailer(body.subarray(-4), body.length);
    const header = decodeHeader(openBox(repo.key, body.subarray(-4 - headerLength, -4)));
    assert.deepEqual(header, again.index.blobsOf(pack));
    assert.equal(new Set(header.map((blob) => blob.type)).size, 1, "trees and data in different packs");
    assert.equal(body.length, packSizeOf(header));
    total += body.length - 36;
  }
  assert.equal(writer.packedBytes, total);
});

test("a blob is claimed once, also while it is on its way, and known copies count only when usable", async () => {
  const { repo } = await memoryRepository();
  const first = createBlobWriter(repo);
  const blob = sealedBlob(repo, "data", utf8("hello"));
  assert.equal(first.claim("data", blob.id), false);
  assert.equal(first.claim("data", blob.id), true);
  assert.equal(first.claim("tree", blob.id), false, "the same bytes as a tree are another blob");
  await first.add(blob);
  await first.flush();
  assert.equal(first.claim("data", blob.id), true);
  assert.equal(createBlobWriter(repo).claim("data", blob.id), true);

  const [cold] = repo.index.lookup("data", blob.id);
  const picky = createBlobWriter(repo, { usable: (pack: PackId) => pack !== cold!.pack });
  assert.equal(picky.claim("data", blob.id), false, "its only copy is of no use");
  await picky.add(sealedBlob(repo, "data", utf8("hello")));
  await picky.flush();
  assert.equal(picky.claim("data", blob.id), true, "now it has a copy of its own");
  assert.equal(repo.index.lookup("data", blob.id).length, 2);
});

test("packs are closed at the target size; what is left is merged", async () => {
  const { repo, store } = await memoryRepository({ packSizeMib: 4, compression: "off" });
  const writer = createBlobWriter(repo);
  for (let k = 0; k < 30; k++) await putBlob(repo, writer, "data", random(1_000_000));
  await writer.flush();
  const sizes = packsIn(store.objects).map((key) => store.objects.get(key)!.body.length);
  assert.ok(
    sizes.every((size) => size < 4 * 1024 * 1024 + 1_001_000),
    String(sizes),
  );
  assert.ok(sizes.filter((size) => size < 4 * 1024 * 1024).length <= 2, String(sizes));
  assert.equal([...store.objects.keys()].filter((key) => key.startsWith("index/")).length, 1);
  await putBlob(repo, writer, "data", random(10));
  await putBlob(repo, writer, "data", random(20));
  await putBlob(repo, writer, "data", random(30));
  const before = packsIn(store.objects).length;
  await writer.flush();
  assert.equal(packsIn(store.objects).length, before + 1);
});

test("at no moment does an index file name a pack that is not stored", async () => {
  const order: string[] = [];
  const { repo, world } = await memoryRepository({
    packSizeMib: 4,
    compression: "off",
    wrap: (store) => ({
      ...store,
      put: async (key, body, options) => {
        if (key.startsWith("data/")) await new Promise((resolve) => void setImmediate(resolve));
        await store.put(key, body, options);
        order.push(key);
      },
    }),
  });
  const writer = createBlobWriter(repo);
  for (let k = 0; k < 20; k++) {
    await putBlob(repo, writer, "data", random(1_000_000));
    await world.clock.advance(3 * 60_000);
  }
  await writer.flush();
  const indexes = order.filter((key) => key.startsWith("index/"));
  assert.ok(indexes.length > 1, "an index file is written every ten minutes");
  for (const key of indexes) {
    const text = Buffer.from(await repo.loadUnpacked("index", asId(key.slice(6)))).toString();
    for (const [, pack] of text.matchAll(/"id":"([0-9a-f]{64})","blobs"/g)) {
      assert.ok(order.indexOf(`data/${pack!.slice(0, 2)}/${pack}`) < order.indexOf(key), `${pack} before ${key}`);
    }
  }
});

test("a pack that cannot be stored is never forgotten about: every later call says so", async () => {
  let puts = 0;
  const { repo, store } = await memoryRepository({
    packSizeMib: 4,
    compression: "off",
    wrap: (inner) => ({
      ...inner,
      put: async (key, body, options) => {
        if (key.startsWith("data/") && ++puts === 2) throw new StoreError({ code: "no-space", message: "disk full" });
        await inner.put(key, body, options);
      },
    }),
  });
  const writer = createBlobWriter(repo);
  await assert.rejects(
    async () => {
      for (let k = 0; k < 40; k++) await putBlob(repo, writer, "data", random(1_000_000));
      await writer.flush();
    },
    { code: "no-space" },
  );
  await assert.rejects(writer.flush(), { code: "no-space" });
  await assert.rejects(putBlob(repo, writer, "data", random(9)), { code: "no-space" });
  assert.deepEqual(
    [...store.objects.keys()].filter((key) => key.startsWith("index/")),
    [],
  );
});

test("ctrl-C stops the writer", async () => {
  const { repo } = await memoryRepository();
  const controller = new AbortController();
  const writer = createBlobWriter(repo, { signal: controller.signal });
  await putBlob(repo, writer, "data", random(9));
  controller.abort(new Error("ctrl-C"));
  await assert.rejects(putBlob(repo, writer, "data", random(10)), /ctrl-C/);
  await assert.rejects(writer.flush(), /ctrl-C/);
});

test("new packs get the class that is asked for, by what they hold", async () => {
  const { repo, store } = await memoryRepository();
  const writer = createBlobWriter(repo, { storageClass: (type) => (type === "data" ? "STANDARD_IA" : undefined) });
  await putBlob(repo, writer, "data", random(9));
  await putBlob(repo, writer, "tree", utf8('{"nodes":[]}\n'));
  await writer.flush();
  const classes = packsIn(store.objects).map((key) => store.objects.get(key)!.storageClass);
  assert.deepEqual(classes.sort(), ["STANDARD", "STANDARD_IA"]);
});
