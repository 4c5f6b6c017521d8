import assert from "node:assert/strict";
import { test } from "node:test";
import type { PackId } from "../../base/id.ts";
import { type Bytes, utf8 } from "../../base/bytes.ts";
import { silent } from "../../base/event.ts";
import { seededRandom, testWorld } from "../../base/testing.ts";
import { findUsedBlobs } from "../../flow/used-blobs.ts";
import { packSizeOf } from "../../format/pack-header.ts";
import { encodeSnapshot } from "../../format/snapshot-codec.ts";
import type { StoredSnapshot } from "../../format/snapshot.ts";
import { sampleNode } from "../../format/testing.ts";
import { encodeTree } from "../../format/tree.ts";
import { pathOf } from "../../format/file-kind.ts";
import { planPrune, type PrunePlan } from "../../plan/prune/plan-prune.ts";
import { DEFAULT_PRUNE, type PruneOptions } from "../../plan/prune/prune-options.ts";
import { createBlobWriter } from "../../repo/packer.ts";
import type { Repository } from "../../repo/repository.ts";
import { type MemoryRepository, memoryRepository, type MemoryRepositoryOptions, putBlob } from "../../repo/testing.ts";
import type { MemoryStore } from "../../store/memory.ts";
import type { ObjectStore } from "../../store/object-store.ts";
import { StoreError } from "../../store/store-error.ts";
import { withRetry } from "../../store/wrap/retry.ts";
import { executePrune } from "./prune.ts";

/** Packs of about 20 kB, so that a small history fills many. */
const SMALL = { packSizeMib: 0.02, extraVerify: false };
const STRICT: PruneOptions = { ...DEFAULT_PRUNE, maxUnused: { kind: "bytes", bytes: 0 }, smallPackBytes: 1 };

async function plan(repo: Repository, options: PruneOptions = STRICT): Promise<PrunePlan> {
  await repo.loadIndex({ reload: true });
  const used = await findUsedBlobs(
    repo,
    (await repo.loadSnapshots()).map(({ tree }) => tree),
  );
  const listed = await repo.packStates({ refresh: true });
  return planPrune(
    {
      version: repo.config.version,
      packSize: repo.packSize,
      index: repo.index,
      listed,
      isUsed: (type, id) => used.has(type, id),
    },
    options,
  );
}

async function prune(repo: Repository, options: PruneOptions = STRICT): Promise<void> {
  await executePrune(repo, await plan(repo, options), { signal: new AbortController().signal, emit: silent });
}

/** Ten nightly snapshots of thirty files, nine of which change every night, at random; all but the four newest are forgotten. */
async function history(options: MemoryRepositoryOptions = {}): Promise<MemoryRepository> {
  const made = await memoryRepository({ ...SMALL, ...options });
  const random = seededRandom("history");
  const files = Array.from({ length: 30 }, () => random(3000));
  for (let night = 0; night < 10; night++) {
    for (let i = 0; i < 9; i++) files[random(1)[0]! % 30] = random(3000);
    await snapshot(made.repo, files, night);
  }
  const snapshots = await made.repo.loadSnapshots();
  for (const { id } of snapshots.slice(0, -4)) await made.repo.removeFile("snapshots", id);
  return made;
}

async function snapshot(repo: Repository, files: readonly Bytes[], night: number): Promise<void> {
  const writer = createBlobWriter(repo);
  const nodes = [];
  for (const [i, file] of files.entries()) {
    const content = [await putBlob(repo, writer, "data", file)];
    nodes.push(sampleNode({ name: utf8(`f${String(i).padStart(2, "0")}`), size: BigInt(file.length), content }));
  }
  const tree = await putBlob(repo, writer, "tree", encodeTree(nodes));
  await writer.flush();
  const stored = { tree, time: { ns: BigInt(night) * 86_400_000_000_000n, offset: 0 }, paths: ["/f"], hostname: "h", username: "u" };
  await repo.saveUnpacked("snapshots", encodeSnapshot({ ...BLANK, ...stored }));
}

const BLANK: Omit<StoredSnapshot, "id" | "tree" | "time" | "paths" | "hostname" | "username"> = {
  parent: undefined,
  uid: 0,
  gid: 0,
  excludes: [],
  tags: [],
  original: undefined,
  programVersion: "",
  summary: undefined,
};

/** What `check --read-data` demands: every indexed pack is there in its size, every blob some snapshot needs can be read. */
async function assertSound({ reopen, store }: MemoryRepository): Promise<void> {
  const repo = await reopen();
  await repo.loadIndex();
  for (const pack of repo.index.packs()) {
    assert.equal(store.objects.get(pathOf("data", pack))?.body.length, packSizeOf(repo.index.blobsOf(pack)), `pack ${pack}`);
  }
  const snapshots = await repo.loadSnapshots();
  assert.equal(snapshots.length, 4);
  const used = await findUsedBlobs(
    repo,
    snapshots.map(({ tree }) => tree),
  );
  for (const id of used.of("data")) await repo.loadBlob({ type: "data", id });
}

async function assertTidy(made: MemoryRepository): Promise<void> {
  await assertSound(made);
  const next = await plan(await made.reopen());
  assert.deepEqual([next.unreferenced, next.remove, next.repack, next.forget], [[], [], [], []]);
  assert.equal(next.stats.blobs.unused + next.stats.blobs.duplicate, 0);
}

test("what no snapshot needs is gone, what is needed is still there", async () => {
  for (const version of [1, 2] as const) {
    const made = await history({ version });
    const before = made.store.objects.size;
    const first = await plan(made.repo);
    assert.ok(first.repack.length > 0 && first.remove.length > 0, "a case worth testing");
    await prune(made.repo);
    assert.ok(made.store.objects.size < before);
    await assertTidy(made);
  }
});

/** Power fails after so many changes: nothing that comes later reaches the store. */
function mortal(inner: MemoryStore, changesLeft: { count: number }): ObjectStore {
  const live = (): void => {
    if (changesLeft.count-- <= 0) throw new Error("the power is out");
  };
  return {
    ...inner,
    put: (key, body, options) =>
      Promise.resolve()
        .then(live)
        .then(() => inner.put(key, body, options)),
    delete: (key, options) =>
      Promise.resolve()
        .then(live)
        .then(() => inner.delete(key, options)),
  };
}

test("killed after any change, the repository is sound and the next run finishes", async () => {
  const changesLeft = { count: Number.POSITIVE_INFINITY };
  const made = await history({ wrap: (store) => mortal(store, changesLeft) });
  // A pack nobody knows, as a killed backup leaves it.
  const stray = "ab".repeat(32) as PackId;
  await made.store.put(pathOf("data", stray), utf8("stray"));
  const saved = [...made.store.objects];
  let died = 0;
  for (let changes = 0; ; changes++) {
    made.store.objects.clear();
    for (const [key, object] of saved) made.store.objects.set(key, object);
    changesLeft.count = changes;
    await prune(await made.reopen()).catch(() => undefined);
    const survived = changesLeft.count >= 0;
    changesLeft.count = Number.POSITIVE_INFINITY;
    await assertSound(made);
    if (survived) break;
    died++;
    if (died % 5 === 0) {
      await prune(await made.reopen());
      await assertTidy(made);
    }
  }
  assert.ok(died > 20, `${died} places to die`);
});

test("damage in a pack to be repacked: another copy is taken, or nothing in use is removed", async () => {
  const made = await history();
  const [repack] = (await plan(made.repo)).repack.filter(({ blobs }) => blobs.some(({ type }) => type === "data"));
  const blob = repack!.blobs[0]!;
  const key = pathOf("data", repack!.pack);
  const object = made.store.objects.get(key)!;
  const body = Uint8Array.from(object.body);
  body[blob.offset + 20]! ^= 1;
  made.store.objects.set(key, { ...object, body });
  const before = [...made.store.objects.keys()].filter((name) => name.startsWith("data/"));
  await assert.rejects(prune(await made.reopen()), new RegExp(`${blob.id} cannot be copied`));
  assert.ok(
    before.every((name) => made.store.objects.has(name)),
    "every pack is still there",
  );
});

test("a blob in no pack stops the prune before anything is changed", async () => {
  const made = await history();
  const repo = await made.reopen();
  await repo.loadIndex();
  const newest = (await repo.loadSnapshots()).at(-1)!;
  const victim = repo.index.lookup("tree", newest.tree)[0]!.pack;
  const { rewriteIndex } = await import("../../repo/rewrite-index.ts");
  await rewriteIndex(repo, { dropPacks: new Set([victim]) });
  const before = [...made.store.objects.keys()];
  await assert.rejects(prune(await made.reopen()), /is not in the index; nothing was removed/);
  assert.deepEqual([...made.store.objects.keys()], before);
});

test("the ice is neither read nor rewritten; what is wholly dead in it goes", async () => {
  const asked: string[] = [];
  const watch = (store: MemoryStore): ObjectStore => ({
    ...store,
    get: (key, options) => {
      asked.push(key);
      return store.get(key, options);
    },
  });
  const made = await history({ wrap: watch });
  const first = await plan(made.repo);
  const isData = (pack: PackId): boolean => !made.repo.index.isTreePack(pack);
  const partly = first.repack
    .map(({ pack }) => pack)
    .filter(isData)
    .slice(0, 2);
  const dead = first.remove.filter(isData).slice(0, 1);
  assert.ok(partly.length === 2 && dead.length === 1, "a case worth testing");
  for (const pack of [...partly, ...dead]) {
    await made.store.changeClass(pathOf("data", pack), "DEEP_ARCHIVE", { encryption: { kind: "default" }, size: 0 });
  }
  asked.length = 0;
  const repo = await made.reopen();
  const second = await plan(repo);
  assert.deepEqual(second.coldKept.map(({ pack }) => pack).sort(), [...partly].sort());
  assert.deepEqual(
    second.coldRemoved.map(({ pack }) => pack),
    dead,
  );
  await prune(repo);
  for (const pack of partly) assert.equal(made.store.objects.get(pathOf("data", pack))?.storageClass, "DEEP_ARCHIVE");
  for (const pack of dead) assert.equal(made.store.objects.has(pathOf("data", pack)), false);
  for (const pack of [...partly, ...dead]) assert.ok(!asked.includes(pathOf("data", pack)), "not read");
});

test("a lock lost in the middle of deleting ends it at once, also where the store is being asked again", async () => {
  const lost = new AbortController();
  const world = testWorld();
  let deletes = 0;
  let armed = false;
  const made = await history({
    world,
    wrap: (store) =>
      withRetry(
        {
          ...store,
          delete: async (key, options) => {
            if (!armed || !key.startsWith("data/")) return store.delete(key, options);
            deletes++;
            lost.abort(new Error("lock lost"));
            throw new StoreError({ code: "server", message: "busy" });
          },
        },
        world,
      ),
  });
  const repo = await made.reopen();
  const what = await plan(repo);
  assert.ok(what.remove.length > repo.store.connections, "a case worth testing");
  armed = true;
  await assert.rejects(executePrune(repo, { ...what, repack: [] }, { signal: lost.signal, emit: silent }), /lock lost/);
  assert.ok(deletes <= repo.store.connections, `${deletes} deletes were sent`);
});
