import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { asId, type BlobId } from "../../src/base/id.ts";
import { testWorld } from "../../src/base/testing.ts";
import { decodeHeader, encodeHeader, packSizeOf, parseTrailer } from "../../src/format/pack-header.ts";
import { pathOf } from "../../src/format/file-kind.ts";
import { decodeIndex, encodeIndex } from "../../src/format/index-codec.ts";
import { decodeSnapshot, encodeSnapshot } from "../../src/format/snapshot-codec.ts";
import { decodeTree, encodeTree } from "../../src/format/tree.ts";
import { openBox } from "../../src/kernel/box.ts";
import { sha256Hex } from "../../src/kernel/hash.ts";
import { openRepository } from "../../src/repo/open.ts";
import type { Repository } from "../../src/repo/repository.ts";
import { openLocal } from "../../src/store/local.ts";
import { makeNastyTree } from "../nasty-tree.ts";
import { requirePeer, restic } from "../peers.ts";

for (const version of [1, 2] as const) {
  test(`every tree, snapshot, index and header restic writes (version ${version}) is written back byte for byte`, async (t) => {
    if (requirePeer(t, "restic") === undefined) return;
    const folder = await mkdtemp(join(tmpdir(), "firn-format-"));
    try {
      const source = join(folder, "source");
      const repo = join(folder, "repo");
      mkdirSync(source);
      makeNastyTree(source);
      const run = { repo, password: "x" };
      await restic(["init", "--repository-version", String(version)], run);
      await restic(["backup", "--tag", "a,<b>", "--exclude", "*.&o", source], { ...run, env: { TZ: "Asia/Kathmandu" } });
      await restic(["backup", "--with-atime", "--host", 'h"', source], { ...run, env: { TZ: "America/St_Johns" } });
      const world = testWorld();
      const opened = await openRepository(openLocal(repo, world), { world, password: async () => Buffer.from("x") });
      assert.equal(opened.config.version, version);
      await opened.loadIndex();
      await everySnapshot(opened);
      await everyIndex(opened);
      await everyHeader(opened);
      await everyTree(opened);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}

async function everySnapshot(repo: Repository): Promise<void> {
  for await (const { id } of repo.list<"snapshot">("snapshots")) {
    const json = Buffer.from(await repo.loadUnpacked("snapshots", id));
    assert.equal(Buffer.from(encodeSnapshot(decodeSnapshot(json, id))).toString(), json.toString());
  }
}

async function everyIndex(repo: Repository): Promise<void> {
  for await (const { id } of repo.list("index")) {
    const json = Buffer.from(await repo.loadUnpacked("index", id));
    assert.equal(Buffer.from(encodeIndex(decodeIndex(json, id, repo.config.version))).toString(), json.toString());
  }
}

async function everyHeader(repo: Repository): Promise<void> {
  for (const pack of repo.index.packs()) {
    const bytes = await repo.store.get(pathOf("data", pack));
    const blobs = repo.index.blobsOf(pack);
    assert.equal(bytes.length, packSizeOf(blobs));
    const length = parseTrailer(bytes.subarray(-4), bytes.length);
    const header = Buffer.from(openBox(repo.key, bytes.subarray(bytes.length - 4 - length, -4)));
    assert.deepEqual(decodeHeader(header, repo.config.version), blobs);
    assert.deepEqual(Buffer.from(encodeHeader(blobs)), header);
  }
}

/** Only text that was no UTF-8 and has no raw form beside it cannot come back: restic too writes `\ufffd` where it reads U+FFFD. */
async function everyTree(repo: Repository): Promise<void> {
  let trees = 0;
  for (const { type, id } of repo.index.entries()) {
    if (type !== "tree") continue;
    trees++;
    const bytes = Buffer.from(await repo.loadBlob({ type, id: asId<"blob">(id) satisfies BlobId }));
    const again = Buffer.from(encodeTree(decodeTree(bytes, id)));
    const lossy = bytes.toString("latin1").replace(/(?<="name":"user\.[^"]*)\\ufffd/g, Buffer.from("\ufffd").toString("latin1"));
    if (lossy === bytes.toString("latin1")) assert.equal(sha256Hex(again), id);
    else assert.equal(again.toString("latin1"), lossy);
  }
  assert.ok(trees > 3);
}
