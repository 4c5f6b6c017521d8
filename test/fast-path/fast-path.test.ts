import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { systemWorld } from "../../src/app/system-world.ts";
import { seededRandom } from "../../src/base/testing.ts";
import { utf8 } from "../../src/base/bytes.ts";
import { createRepository } from "../../src/repo/create.ts";
import { openLocal } from "../../src/store/local.ts";
import { firn, startFirn } from "../firn.ts";
import { makeChunkScene, makeNodeScene, makeRandomScene } from "./scenes.ts";
import { SlowChunker } from "./slow-chunks.ts";
import { readRepository, type SlowRepository } from "./slow-repository.ts";
import { slowBackup, type SlowBackup, type Zone } from "./slow-tree.ts";

// What the program stores, read and computed anew by the letter of the format: every cut, every id, every box, every byte of every tree.

const seed = process.env["FIRN_TEST_SEED"] ?? "7";
const runs = Number(process.env["FIRN_TEST_RUNS"] ?? 1);
const password = "slow";
const PACK_MIB = 4;
const skip = process.platform !== "linux" && "the reference knows only Linux";
/** No summer time, and half an hour. */
const zone: Zone = { name: "Asia/Kolkata", minutes: 330 };

interface Scene {
  readonly folder: string;
  readonly source: string;
  readonly repo: string;
  readonly random: (length: number) => Uint8Array;
}

async function scene(t: TestContext, name: string, version: 1 | 2 = 2): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), "firn-fast-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [source, repo] = [join(folder, "source"), join(folder, "repo")];
  mkdirSync(source);
  const world = systemWorld();
  await createRepository(openLocal(repo, world), { world, version, password: async () => utf8(password), kdf: { N: 2, r: 1, p: 1 } });
  return { folder, source, repo, random: seededRandom(`${name} ${seed}`) };
}

async function backup({ folder, repo }: Scene, ...args: string[]): Promise<void> {
  await firn(["backup", "source", "--pack-size", String(PACK_MIB), ...args], { repo, password, cwd: folder, env: { TZ: zone.name } });
}

/** The repository holds exactly what the backups must have stored, each thing once. */
function compare(repository: SlowRepository, backups: readonly SlowBackup[]): void {
  const ids = (type: string): string[] =>
    repository.blobs
      .filter((blob) => blob.type === type)
      .map(({ id }) => id)
      .toSorted();
  const texts = new Map(repository.blobs.map(({ id, plaintext }) => [id, plaintext]));
  assert.deepEqual(
    repository.snapshots.map(({ tree }) => tree),
    backups.map(({ root }) => root),
    difference(backups, texts),
  );
  assert.deepEqual(ids("tree"), union(backups.map(({ trees }) => trees.keys())));
  assert.deepEqual(ids("data"), union(backups.map(({ chunks }) => chunks.keys())));
  for (const { trees, chunks } of backups) {
    for (const [id, text] of trees) assert.equal(texts.get(id)!.toString(), text);
    for (const [id, { bytes }] of chunks) assert.equal(Buffer.compare(texts.get(id)!, bytes), 0);
  }
}

function union(lists: readonly Iterable<string>[]): string[] {
  return [...new Set(lists.flatMap((list) => [...list]))].toSorted();
}

/** The first tree that should be there and is not: an id alone explains nothing. */
function difference(backups: readonly SlowBackup[], stored: ReadonlyMap<string, Buffer>): string {
  const missing = backups.flatMap(({ trees }) => [...trees]).find(([id]) => !stored.has(id));
  const others = [...stored.values()].filter((bytes) => bytes.toString("latin1", 0, 9) === '{"nodes":').map(String);
  return `missing: ${missing?.[1].slice(0, 2000)}\nstored trees:\n${others.map((text) => text.slice(0, 2000)).join("")}`;
}

function read({ repo }: Scene): SlowRepository {
  return readRepository(repo, password, PACK_MIB * 1024 * 1024);
}

for (const [name, make] of [
  ["chunks at every edge", makeChunkScene],
  ["nodes of every kind", makeNodeScene],
] as const) {
  test(`${name}: all as the reference has it`, { skip }, async (t) => {
    const place = await scene(t, name);
    make(place.source, place.random);
    await backup(place);
    const repository = read(place);
    compare(repository, [slowBackup(place.folder, "source", new SlowChunker(repository.polynomial), zone)]);
  });
}

for (let run = 0; run < 2 * runs; run++) {
  const version = run % 2 === 0 ? 2 : 1;
  const compression = ["auto", "max", "off"][run % 3]!;
  test(
    `random tree ${run} (seed ${seed}, version ${version}, compression ${compression}): all as the reference has it, also after changes`,
    { skip },
    async (t) => {
      const place = await scene(t, `random ${run}`, version);
      makeRandomScene(place.source, place.random);
      await backup(place, "--compression", compression);
      const chunker = new SlowChunker(read(place).polynomial);
      const first = slowBackup(place.folder, "source", chunker, zone);
      compare(read(place), [first]);
      // One file in front, one changed at its end, one folder more; all else is taken from the parent.
      writeFileSync(join(place.source, "0 new"), place.random(700_000));
      mkdirSync(join(place.source, "folder new"));
      makeRandomScene(join(place.source, "folder new"), place.random);
      appendFileSync(join(place.source, "0 changed"), place.random(10));
      await backup(place, "--compression", compression);
      const second = slowBackup(place.folder, "source", chunker, zone);
      compare(read(place), [first, second]);
      await backup(place, "--compression", compression);
      compare(read(place), [first, second, second]);
    },
  );
}

test("files that grow and shrink while they are read are stored as some state they were in", { skip }, async (t) => {
  const place = await scene(t, "growing");
  const growing = Array.from({ length: 6 }, (_, i) => join(place.source, `growing ${i}`));
  for (const path of growing) writeFileSync(path, place.random(600_000));
  const shrinking = join(place.source, "shrinking");
  writeFileSync(shrinking, new Uint8Array(30 << 20).fill(1));
  for (let i = 0; i < 400; i++) writeFileSync(join(place.source, `more ${i}`), place.random(20_000));
  const { finished } = startFirn(["backup", "source", "--pack-size", String(PACK_MIB)], { repo: place.repo, password, cwd: place.folder });
  let size = 30 << 20;
  const timer = setInterval(() => {
    for (const path of growing) appendFileSync(path, place.random(40_000));
    if (size > 10 << 20) truncateSync(shrinking, (size -= 1 << 20));
  }, 3);
  const { status, stderr } = await finished;
  clearInterval(timer);
  assert.equal(status, 0, stderr);
  const repository = read(place);
  const chunker = new SlowChunker(repository.polynomial);
  const blobs = new Map(repository.blobs.map(({ id, plaintext }) => [id, plaintext]));
  const [root] = JSON.parse(blobs.get(repository.snapshots[0]!.tree)!.toString()).nodes;
  const nodes: { name: string; size: number; content: string[] }[] = JSON.parse(blobs.get(root.subtree)!.toString()).nodes;
  for (const { name, size, content } of nodes) {
    const bytes = Buffer.concat(content.map((id) => blobs.get(id)!));
    assert.equal(bytes.length, size, name);
    assert.deepEqual(
      chunker.chunks(bytes).map(({ id }) => id),
      content,
      name,
    );
    const now = readFileSync(join(place.source, name));
    const common = Math.min(now.length, size);
    assert.equal(Buffer.compare(bytes.subarray(0, common), now.subarray(0, common)), 0, name);
    assert.ok(
      bytes.subarray(common).every((byte) => byte === 1),
      name,
    );
  }
});
