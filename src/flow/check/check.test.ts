import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { type Bytes, utf8 } from "../../base/bytes.ts";
import type { PackId } from "../../base/id.ts";
import { testWorld } from "../../base/testing.ts";
import { pathOf } from "../../format/file-kind.ts";
import { createBlobWriter } from "../../repo/packer.ts";
import { memoryRepository, type MemoryRepository, putBlob } from "../../repo/testing.ts";
import { type Entries, fakeBlobId, makeSnapshot, plainNode, storeSnapshot } from "../testing.ts";
import { check, type CheckOptions } from "./check.ts";
import type { Finding } from "./finding.ts";
import { judgePack } from "./pack-verdict.ts";
import { choosePacks, parseSubset } from "./subset.ts";

const FILES: Entries = {
  a: { parts: ["alpha", "beta"] },
  sub: { entries: { b: { parts: ["beta"] }, c: { parts: ["gamma"] } } },
};

async function made(): Promise<MemoryRepository> {
  const repo = await memoryRepository();
  await makeSnapshot(repo.repo, FILES);
  return repo;
}

async function run(made: MemoryRepository, options: Partial<CheckOptions> = {}) {
  const repo = await made.reopen();
  const findings: Finding[] = [];
  const deps = {
    signal: new AbortController().signal,
    emit: () => undefined,
    onFinding: (found: Finding) => void findings.push(found),
    workers: 0,
  };
  const report = await check(repo, { read: { kind: "all" }, wants: undefined, ...options }, deps);
  return { report, errors: linesOf(findings, "error"), notices: linesOf(findings, "notice") };
}

function linesOf(findings: readonly Finding[], level: Finding["level"]): string[] {
  return findings
    .filter((finding) => finding.level === level)
    .map(({ object, check: failed }) => `${object}: ${failed}`)
    .sort();
}

function only(made: MemoryRepository, prefix: string): string {
  const [key, ...others] = [...made.store.objects.keys()].filter((name) => name.startsWith(prefix));
  assert.ok(key !== undefined && others.length === 0, `one file in ${prefix}`);
  return key;
}

function alter(made: MemoryRepository, key: string, change: (body: Uint8Array) => Uint8Array): void {
  const stored = made.store.objects.get(key)!;
  made.store.objects.set(key, { ...stored, body: change(Uint8Array.from(stored.body)) });
}

function flip(made: MemoryRepository, key: string, at = 40): void {
  alter(made, key, (body) => {
    body[at]! ^= 4;
    return body;
  });
}

function dataPack(made: MemoryRepository): PackId {
  return [...made.repo.index.packs()].find((pack) => !made.repo.index.isTreePack(pack))!;
}

test("a sound repository has no findings", async () => {
  const { report, errors, notices } = await run(await made());
  assert.deepEqual([errors, notices], [[], []]);
  assert.deepEqual([report.packs, report.packsRead, report.snapshots], [2, 2, 1]);
});

describe("damage is named by file and failed check", () => {
  test("a flipped bit in a pack shows only when data is read", async () => {
    const repo = await made();
    const pack = dataPack(repo);
    flip(repo, pathOf("data", pack), 5);
    assert.deepEqual((await run(repo, { read: undefined })).errors, []);
    const { errors, report } = await run(repo);
    assert.equal(errors.length, 2);
    assert.match(errors[0]!, new RegExp(`^${pathOf("data", pack)}: at offset 0: data blob .*authentication failed`));
    assert.match(errors[1]!, /the SHA-256 of its \d+ bytes is [0-9a-f]{64}, not its name/);
    assert.deepEqual(report.brokenPacks, [pack]);
  });

  test("a truncated pack shows by its size", async () => {
    const repo = await made();
    const pack = dataPack(repo);
    alter(repo, pathOf("data", pack), (body) => body.subarray(0, body.length - 1));
    const { errors } = await run(repo, { read: undefined });
    assert.equal(errors.length, 1);
    assert.match(errors[0]!, /: unexpected size: \d+ bytes instead of \d+$/);
  });

  test("a missing pack", async () => {
    const repo = await made();
    const pack = dataPack(repo);
    repo.store.objects.delete(pathOf("data", pack));
    const { errors, report } = await run(repo);
    assert.deepEqual(errors, [`${pathOf("data", pack)}: does not exist, though the index lists it`]);
    assert.ok(report.suggestRepairIndex);
  });

  test("an index file with a flipped bit, and everything it alone listed", async () => {
    const repo = await made();
    const index = only(repo, "index/");
    flip(repo, index);
    const { errors, notices, report } = await run(repo);
    assert.match(errors[0]!, new RegExp(`^${index}: the SHA-256 of its \\d+ bytes is not its name$`));
    assert.match(errors[1]!, /^snapshot [0-9a-f]{8}:\/: its tree [0-9a-f]{8} cannot be read: /);
    assert.equal(errors.length, 2);
    assert.equal(notices.filter((line) => line.includes("is in no index file")).length, 2);
    assert.ok(report.suggestRepairIndex);
  });

  test("a snapshot with a flipped bit, while the others are checked", async () => {
    const repo = await made();
    const snapshot = only(repo, "snapshots/");
    await makeSnapshot(repo.repo, { lost: { node: { type: "file", content: [fakeBlobId("a")] } } });
    flip(repo, snapshot);
    const { errors, report } = await run(repo);
    assert.equal(errors.length, 2);
    assert.ok(errors.some((line) => line.startsWith(`${snapshot}: `)));
    assert.ok(errors.some((line) => line.endsWith(":/lost: blob 0 of the file, aaaaaaaa, is in no index")));
    assert.equal(report.snapshots, 1);
  });

  test("a damaged key beside the one that opens the repository", async () => {
    const repo = await made();
    const key = only(repo, "keys/");
    const name = `keys/${"7".repeat(64)}`;
    repo.store.objects.set(name, repo.store.objects.get(key)!);
    const { errors } = await run(repo);
    assert.deepEqual(errors, [`${name}: the SHA-256 of its ${repo.store.objects.get(key)!.body.length} bytes is not its name`]);
  });

  test("every kind of wrong node, each with its path", async () => {
    const repo = await memoryRepository();
    await makeSnapshot(repo.repo, {
      hollow: { node: { type: "file", content: null } },
      "no subtree": { node: { type: "dir" } },
      nowhere: { node: plainNode("dir", "nowhere", { subtree: fakeBlobId("b") }) },
      null: { node: { type: "file", content: [fakeBlobId("0")] } },
      odd: { node: { type: "irregular" } },
      strange: { node: { type: "strange" as "irregular", genericAttributes: '{"windows.file_attributes":32}' } },
      void: { node: plainNode("dir", "void", { subtree: fakeBlobId("0") }) },
    });
    const { errors } = await run(repo);
    const said = errors.map((line) => line.replace(/^snapshot [0-9a-f]{8}:/, ""));
    assert.deepEqual(said.slice(0, 2), ["/hollow: a file without a list of contents", "/no subtree: a directory without a subtree"]);
    assert.match(said[2]!, /^\/nowhere: its tree bbbbbbbb cannot be read: /);
    assert.deepEqual(said.slice(3), [
      "/null: blob 0 of the file has a null id",
      '/odd: a node of the invalid type "irregular"',
      '/strange: a node of the invalid type "strange"',
      "/void: a directory whose subtree id is null",
    ]);
  });

  test("all of it at once", async () => {
    const repo = await made();
    const [key] = [...repo.store.objects.keys()].filter((name) => name.startsWith("snapshots/"));
    await makeSnapshot(repo.repo, { more: { parts: ["more"] } });
    const pack = dataPack(repo);
    flip(repo, key!);
    repo.store.objects.delete(pathOf("data", pack));
    flip(repo, pathOf("data", [...repo.repo.index.packs()].filter((id) => !repo.repo.index.isTreePack(id)).at(-1)!), 3);
    const { errors } = await run(repo);
    assert.equal(errors.length, 4, errors.join("\n"));
  });
});

test("a pack nobody refers to is worth a notice, no error", async () => {
  const repo = await made();
  const body = utf8("left over");
  repo.store.objects.set(pathOf("data", "9".repeat(64)), { ...repo.store.objects.get("config")!, body });
  const { errors, notices } = await run(repo);
  assert.deepEqual([errors.length, notices.length], [0, 1]);
});

test("archived packs are not read, not waited for, and counted", async () => {
  const repo = await made();
  const pack = dataPack(repo);
  await repo.store.changeClass(pathOf("data", pack), "DEEP_ARCHIVE", { encryption: { kind: "default" }, size: 0 });
  const { report, errors } = await run(repo);
  assert.deepEqual(errors, []);
  assert.deepEqual(report.notRead, { packs: 1, bytes: repo.store.objects.get(pathOf("data", pack))!.body.length });
  assert.equal(report.packsRead, 1);
});

test("a snapshot filter limits trees and packs to what those snapshots use", async () => {
  const repo = await made();
  const writer = createBlobWriter(repo.repo);
  const tree = await putBlob(repo.repo, writer, "tree", utf8('{"nodes":[]}\n'));
  await writer.flush();
  const id = await storeSnapshot(repo.repo, tree, ["/other"]);
  const { report } = await run(repo, { wants: (snapshot) => snapshot.id === id });
  assert.deepEqual([report.snapshots, report.packsRead], [1, 1]);
});

test("no flipped bit in a pack goes unnoticed", async () => {
  const repo = await made();
  const pack = dataPack(repo);
  const sound: Bytes = repo.store.objects.get(pathOf("data", pack))!.body;
  const blobs = repo.repo.index.blobsOf(pack);
  assert.deepEqual(judgePack(repo.repo.key, pack, sound, blobs), []);
  const numRuns = Number(process.env["FIRN_TEST_RUNS"] ?? 1) * 60;
  fc.assert(
    fc.property(fc.nat(sound.length * 8 - 1), (bit) => {
      const bytes = Uint8Array.from(sound);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      // The hash of the whole always fails; the box or header the bit lies in must say so too.
      assert.ok(judgePack(repo.repo.key, pack, bytes, blobs).length >= 2);
    }),
    { numRuns, seed: Number(process.env["FIRN_TEST_SEED"] ?? 7) },
  );
});

describe("which packs --read-data-subset reads", () => {
  const world = testWorld();
  const packs = Array.from({ length: 200 }, (_, at) => ({ id: (at.toString(16).padStart(2, "0") + "0".repeat(62)) as PackId, size: 10 }));

  test("n/t parts are disjoint and together everything", () => {
    const parts = [1, 2, 3].map((part) => choosePacks(parseSubset(`${part}/3`), packs, world));
    assert.equal(parts.flat().length, 200);
    assert.equal(new Set(parts.flat()).size, 200);
  });

  test("a percentage and a size choose so many, at least one", () => {
    assert.equal(choosePacks(parseSubset("10%"), packs, world).length, 20);
    assert.equal(choosePacks(parseSubset("0.1%"), packs, world).length, 1);
    assert.equal(choosePacks(parseSubset("55"), packs, world).length, 5);
    assert.equal(choosePacks(parseSubset("1"), packs, world).length, 1);
    assert.notDeepEqual(choosePacks(parseSubset("10%"), packs, world), choosePacks(parseSubset("10%"), packs, world));
  });

  for (const text of ["0/3", "4/3", "1/257", "0%", "101%", "x", "", "-1", "0", "1/2/3"]) {
    test(`${JSON.stringify(text)} is refused`, () => assert.throws(() => parseSubset(text), /--read-data-subset/));
  }
});
