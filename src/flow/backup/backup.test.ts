import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type Bytes, concatBytes, textLossy, utf8 } from "../../base/bytes.ts";
import type { Event } from "../../base/event.ts";
import { InterruptedError } from "../../base/interrupted.ts";
import type { BlobId } from "../../base/id.ts";
import { seededRandom } from "../../base/testing.ts";
import type { Node } from "../../format/node.ts";
import { decodeTree, encodeTree } from "../../format/tree.ts";
import { createBlobWriter } from "../../repo/packer.ts";
import { memoryRepository, putBlob } from "../../repo/testing.ts";
import type { Repository } from "../../repo/repository.ts";
import { PosixError } from "../../source/posix/posix-error.ts";
import { posixFs } from "../../source/source-fs.ts";
import { jobFor, saved, sourceFolder, takeBackup } from "./backup-testing.ts";
import { runBackup } from "./run.ts";

/** Every entry of a snapshot by its path, directories with a slash at the end. */
async function listing(repo: Repository, tree: BlobId, prefix = ""): Promise<Map<string, Node>> {
  const found = new Map<string, Node>();
  for (const node of decodeTree(await repo.loadBlob({ type: "tree", id: tree }), "tree")) {
    const path = `${prefix}/${textLossy(node.name)}`;
    found.set(node.type === "dir" ? `${path}/` : path, node);
    if (node.subtree === undefined) continue;
    for (const [below, child] of await listing(repo, node.subtree, path)) found.set(below, child);
  }
  return found;
}

async function contentOf(repo: Repository, node: Node | undefined): Promise<Bytes> {
  const parts = (node?.content ?? []).map((id) => repo.loadBlob({ type: "data", id }));
  return concatBytes(await Promise.all(parts));
}

async function fileText(repo: Repository, tree: BlobId, path: string): Promise<string> {
  return textLossy(await contentOf(repo, (await listing(repo, tree)).get(path)));
}

test("a tree is saved whole, and again without anything new", async (t) => {
  const folder = sourceFolder(t);
  mkdirSync(join(folder, "a/b"), { recursive: true });
  writeFileSync(join(folder, "a/b/file"), "content");
  writeFileSync(join(folder, "a/empty"), "");
  const large = seededRandom("large")(3_000_000);
  writeFileSync(join(folder, "large"), large);
  symlinkSync("a/b/file", join(folder, "link"));
  const { repo } = await memoryRepository();
  const first = await takeBackup(repo, [folder]);
  const { summary } = first.report;
  assert.deepEqual([summary.filesNew, summary.totalFilesProcessed, summary.totalBytesProcessed], [3, 3, 3_000_007]);
  const all = await listing(repo, saved(first).tree);
  assert.equal(await fileText(repo, saved(first).tree, `${folder}/a/b/file`), "content");
  assert.deepEqual(all.get(`${folder}/a/empty`)?.content, []);
  assert.equal(textLossy(all.get(`${folder}/link`)!.linkTarget), "a/b/file");
  assert.equal(all.get(`${folder}/link`)?.content, null);
  assert.ok(Buffer.from(await contentOf(repo, all.get(`${folder}/large`))).equals(large));

  const again = await takeBackup(repo, [folder], { parent: saved(first) });
  assert.equal(again.report.summary.filesUnmodified, 3);
  assert.equal(again.report.summary.dataBlobs, 0);
  assert.equal(again.events.filter((event) => event.kind === "item-start").length, 0, "no file is opened");
  assert.equal(saved(again).parent, saved(first).id);
});

test("only what changed is read; names that moved are new", async (t) => {
  const folder = sourceFolder(t);
  for (const name of ["same", "grown", "touched", "moved"]) writeFileSync(join(folder, name), name);
  const { repo } = await memoryRepository();
  const first = await takeBackup(repo, [folder]);
  appendFileSync(join(folder, "grown"), " more");
  utimesSync(join(folder, "touched"), 1, 1);
  renameSync(join(folder, "moved"), join(folder, "elsewhere"));
  const { report } = await takeBackup(repo, [folder], { parent: saved(first) });
  const { filesNew, filesChanged, filesUnmodified, dataBlobs } = report.summary;
  assert.deepEqual([filesNew, filesChanged, filesUnmodified, dataBlobs], [1, 2, 1, 1]);
});

test("an archived copy, or one thawed for a while, is no copy to rely on", async (t) => {
  const folder = sourceFolder(t);
  writeFileSync(join(folder, "file"), "lies in the ice");
  const { repo, store, reopen } = await memoryRepository();
  const first = await takeBackup(repo, [folder]);
  const [node] = (await listing(repo, saved(first).tree))
    .values()
    .filter((each) => each.type === "file")
    .toArray();
  const id = node!.content![0]!;
  const pack = repo.index.lookup("data", id)[0]!.pack;
  const key = `data/${pack.slice(0, 2)}/${pack}`;
  const { size } = (await store.head(key))!;
  await store.changeClass(key, "DEEP_ARCHIVE", { encryption: { kind: "default" }, size });

  const frozen = await takeBackup(await reopen(), [folder], { parent: saved(first) });
  assert.deepEqual([frozen.report.rereadFiles, frozen.report.summary.dataBlobs, frozen.report.errors], [1, 1, 0]);
  assert.equal((await reopen()).index.size, 0);
  const after = await reopen();
  await after.loadIndex();
  assert.equal(after.index.lookup("data", id).length, 2);

  // Now a hot copy exists: nothing is read, nothing is stored.
  const calm = await takeBackup(await reopen(), [folder], { parent: saved(frozen) });
  assert.deepEqual([calm.report.rereadFiles, calm.report.summary.dataBlobs, calm.report.summary.filesUnmodified], [0, 0, 1]);

  // Thaw the first, lose the second: a temporary copy does not count either.
  const [, second] = after.index
    .lookup("data", id)
    .map((copy) => copy.pack)
    .sort((a) => (a === pack ? -1 : 1));
  const other = `data/${second!.slice(0, 2)}/${second}`;
  await store.changeClass(other, "GLACIER", { encryption: { kind: "default" }, size: (await store.head(other))!.size });
  await store.restore(other, { days: 3, tier: "Standard" });
  await repo.world.clock.sleep(2 * 86_400_000);
  assert.equal((await store.head(other))?.restore?.ongoing, false);
  const thawed = await takeBackup(await reopen(), [folder], { parent: saved(calm) });
  assert.deepEqual([thawed.report.rereadFiles, thawed.report.summary.dataBlobs], [1, 1]);
});

test("a blob that is in no index is reported and stored again", async (t) => {
  const folder = sourceFolder(t);
  writeFileSync(join(folder, "file"), "lost");
  const { repo, store, reopen } = await memoryRepository();
  const first = await takeBackup(repo, [folder]);
  const pack = repo.index.lookup("data", (await listing(repo, saved(first).tree)).get(`${folder}/file`)!.content![0]!)[0]!.pack;
  // As after `repair index` without that pack: trees are known, the data are not.
  await store.delete(`data/${pack.slice(0, 2)}/${pack}`);
  for (const key of [...store.objects.keys()].filter((name) => name.startsWith("index/"))) await store.delete(key);
  const poorer = await reopen();
  await poorer.loadIndex();
  for (const known of repo.index.packs()) if (known !== pack) poorer.index.addPack(known, repo.index.blobsOf(known));
  const second = await takeBackup(poorer, [folder], { parent: saved(first) });
  assert.match(second.errors.join(), /parts of .*file not found in the repository index/);
  assert.deepEqual([second.report.errors, second.report.summary.dataBlobs], [1, 1]);
});

test("a parent that knows a file but not its content does not pass that on: the file is read", async (t) => {
  const folder = sourceFolder(t);
  writeFileSync(join(folder, "file"), "content");
  const { repo } = await memoryRepository();
  const first = await takeBackup(repo, [folder]);
  const writer = createBlobWriter(repo);
  const forgetContent = async (tree: BlobId): Promise<BlobId> => {
    const nodes: Node[] = [];
    for (const node of decodeTree(await repo.loadBlob({ type: "tree", id: tree }), "tree")) {
      nodes.push({ ...node, content: null, subtree: node.subtree === undefined ? undefined : await forgetContent(node.subtree) });
    }
    return putBlob(repo, writer, "tree", encodeTree(nodes));
  };
  const parent = { ...saved(first), tree: await forgetContent(saved(first).tree) };
  await writer.flush();
  const second = await takeBackup(repo, [folder], { parent });
  assert.equal(await fileText(repo, saved(second).tree, join(folder, "file")), "content");
});

test("a parent tree that cannot be read is reported, and everything is read instead", async (t) => {
  const folder = sourceFolder(t);
  writeFileSync(join(folder, "file"), "content");
  const { repo } = await memoryRepository();
  const first = await takeBackup(repo, [folder]);
  const gone = { ...saved(first), tree: "f".repeat(64) as BlobId };
  const second = await takeBackup(repo, [folder], { parent: gone });
  assert.match(second.errors.join(), /tree f+ is not known/);
  assert.equal(second.report.summary.filesNew, 1);
  assert.equal(saved(second).tree, saved(first).tree);
});

test("what cannot be read is left out and reported; the rest is saved", async (t) => {
  const folder = sourceFolder(t);
  for (const name of ["good", "refused", "vanished", "gone"]) writeFileSync(join(folder, name), name);
  mkdirSync(join(folder, "closed"));
  const { repo } = await memoryRepository();
  const fs = {
    ...posixFs,
    lstatIfThere: (path: Bytes) => {
      const name = textLossy(path).split("/").at(-1);
      if (name === "refused") throw new PosixError("lstat", path, "EACCES", "permission denied");
      if (name === "vanished") return undefined;
      return posixFs.lstatIfThere(path);
    },
    readDirectory: (path: Bytes) => {
      if (textLossy(path).endsWith("closed")) throw new PosixError("open", path, "EACCES", "permission denied");
      return posixFs.readDirectory(path);
    },
  };
  const emit = (event: Event): void => {
    if (event.kind === "item-start" && textLossy(event.path).endsWith("gone")) rmSync(join(folder, "gone"));
  };
  const { report, errors } = await takeBackup(repo, [folder], { fs, emit });
  assert.equal(report.errors, 3);
  assert.deepEqual(errors.map((message) => message.replace(folder, "…")).sort(), [
    "lstat …/refused: permission denied",
    "open …/closed: permission denied",
    "open …/gone: no such file or directory",
  ]);
  const files = [...(await listing(repo, report.tree)).keys()].filter((path) => !path.endsWith("/"));
  assert.deepEqual(files, [`${folder}/good`]);
});

test("nothing at all is no snapshot", async () => {
  const { repo, store } = await memoryRepository();
  await assert.rejects(takeBackup(repo, ["/firn has no such file"]), { code: "empty-snapshot" });
  assert.deepEqual(
    [...store.objects.keys()].filter((key) => key.startsWith("snapshots/")),
    [],
  );
});

test("a dry run stores nothing and counts the same", async (t) => {
  const folder = sourceFolder(t);
  writeFileSync(join(folder, "file"), "content");
  const { repo, store } = await memoryRepository();
  const before = [...store.objects.keys()];
  const dry = await takeBackup(repo, [folder], { dryRun: true });
  assert.deepEqual([...store.objects.keys()], before);
  assert.equal(dry.report.snapshot, undefined);
  const real = await takeBackup(repo, [folder]);
  assert.deepEqual(
    [dry.report.summary.dataBlobs, dry.report.summary.treeBlobs, dry.report.summary.dataAdded, dry.report.tree],
    [real.report.summary.dataBlobs, real.report.summary.treeBlobs, real.report.summary.dataAdded, real.report.tree],
  );
});

test("an unchanged snapshot is skipped when asked", async (t) => {
  const folder = sourceFolder(t);
  writeFileSync(join(folder, "file"), "content");
  const { repo } = await memoryRepository();
  const first = await takeBackup(repo, [folder]);
  const same = await takeBackup(repo, [folder], { parent: saved(first), skipIfUnchanged: true });
  assert.deepEqual([same.report.skipped, same.report.snapshot], [true, undefined]);
  writeFileSync(join(folder, "file"), "changed");
  const other = await takeBackup(repo, [folder], { parent: saved(first), skipIfUnchanged: true });
  assert.equal(other.report.skipped, false);
  assert.ok(other.report.snapshot);
});

test("an interrupted backup leaves no snapshot and ends at once", async (t) => {
  const folder = sourceFolder(t);
  for (let i = 0; i < 200; i++) writeFileSync(join(folder, `f${i}`), seededRandom(`f${i}`)(5000));
  const { repo, store } = await memoryRepository();
  const stop = new AbortController();
  const job = jobFor(repo, [folder], {
    signal: stop.signal,
    emit: (event) => {
      if (event.kind === "item-start") stop.abort(new InterruptedError("SIGINT"));
    },
  });
  await assert.rejects(runBackup(repo, job), InterruptedError);
  assert.deepEqual(
    [...store.objects.keys()].filter((key) => key.startsWith("snapshots/")),
    [],
  );
});

test("a store that refuses a pack ends the run without a snapshot", async (t) => {
  const folder = sourceFolder(t);
  writeFileSync(join(folder, "file"), "content");
  const { repo, store } = await memoryRepository({
    wrap: (inner) => ({
      ...inner,
      put: async (key, body, options) => {
        if (key.startsWith("data/")) throw new Error("disk full");
        await inner.put(key, body, options);
      },
    }),
  });
  await assert.rejects(takeBackup(repo, [folder]), /disk full/);
  assert.deepEqual(
    [...store.objects.keys()].filter((key) => /^(snapshots|index)\//.test(key)),
    [],
  );
});

test("a run that fails or is stopped leaves nothing on its way to the store when it ends: the lock goes next", async (t) => {
  const folder = sourceFolder(t);
  for (let i = 0; i < 12; i++) writeFileSync(join(folder, `f${i}`), seededRandom(`f${i}`)(30_000));
  for (const how of ["fails", "stops"] as const) {
    const stop = new AbortController();
    const ended: string[] = [];
    let packs = 0;
    const { repo } = await memoryRepository({
      packSizeMib: 0.02,
      wrap: (inner) => ({
        ...inner,
        put: async (key, body) => {
          if (key.startsWith("data/") && ++packs === 3) {
            if (how === "fails") throw new Error("disk full");
            stop.abort(new Error("ctrl-C"));
          }
          // A store that does not notice at once that it is to stop.
          for (let turn = 0; turn < 50; turn++) await new Promise<void>((resolve) => void setImmediate(resolve));
          await inner.put(key, body, {});
          ended.push(key);
        },
      }),
    });
    await assert.rejects(takeBackup(repo, [folder], { signal: stop.signal }), /disk full|ctrl-C/);
    const before = ended.length;
    for (let turn = 0; turn < 200; turn++) await new Promise<void>((resolve) => void setImmediate(resolve));
    assert.deepEqual(ended.slice(before), [], how);
  }
});

test("packs are written with the class asked for", async (t) => {
  const folder = sourceFolder(t);
  writeFileSync(join(folder, "file"), "content");
  const { repo, store } = await memoryRepository();
  await takeBackup(repo, [folder], { storageClass: (type) => (type === "data" ? "GLACIER_IR" : undefined) });
  const classes = [...store.objects].filter(([key]) => key.startsWith("data/")).map(([, object]) => object.storageClass);
  assert.deepEqual(classes.sort(), ["GLACIER_IR", "STANDARD"]);
});

async function* pieces(...texts: readonly string[]): AsyncGenerator<Bytes> {
  for (const text of texts) yield utf8(text);
}

test("a stream is a file in folders of its own", async () => {
  const { repo } = await memoryRepository();
  const mtime = { ns: 5n, offset: 0 };
  const stream = { path: utf8("/dumps/db.sql"), chunks: pieces("create ", "table"), mtime };
  const backup = await takeBackup(repo, ["/dumps/db.sql"], { source: { kind: "stream", stream } });
  assert.equal(await fileText(repo, saved(backup).tree, "/dumps/db.sql"), "create table");
  assert.deepEqual([backup.report.summary.filesNew, backup.report.summary.dirsNew], [1, 1]);
  const empty = { path: utf8("/x"), chunks: pieces(), mtime };
  await assert.rejects(takeBackup(repo, ["/x"], { source: { kind: "stream", stream: empty } }), { code: "empty-input" });
});

test("the size recorded is what was read", async (t) => {
  const folder = sourceFolder(t);
  writeFileSync(join(folder, "log"), "short");
  const { repo } = await memoryRepository();
  const fs = {
    ...posixFs,
    lstatIfThere: (path: Bytes) => {
      const stat = posixFs.lstatIfThere(path);
      if (textLossy(path).endsWith("log") && statSync(join(folder, "log")).size === 5)
        appendFileSync(join(folder, "log"), ", and then longer");
      return stat;
    },
  };
  const { report } = await takeBackup(repo, [folder], { fs });
  const node = (await listing(repo, report.tree)).get(`${folder}/log`)!;
  assert.equal(node.size, 22n);
  assert.equal((await contentOf(repo, node)).length, 22);
});
