import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { type Bytes, textLossy, utf8 } from "../../base/bytes.ts";
import type { Event } from "../../base/event.ts";
import type { BlobId, PackId } from "../../base/id.ts";
import { pathOf } from "../../format/file-kind.ts";
import { createBlobWriter } from "../../repo/packer.ts";
import { memoryRepository, type MemoryRepository, type MemoryRepositoryOptions, putBlob } from "../../repo/testing.ts";
import { compilePatterns } from "../../source/pattern.ts";
import { type Entries, fakeBlobId, makeSnapshot, plainNode, storeEntries } from "../testing.ts";
import { EVERYTHING, excluding, including } from "./filter.ts";
import { restoreTree, type RestoreRunOptions } from "./restore.ts";

let place: string;
beforeEach(() => (place = mkdtempSync(join(tmpdir(), "firn-restore-"))));
afterEach(() => rmSync(place, { recursive: true, force: true }));

const DEFAULTS: Omit<RestoreRunOptions, "target"> = {
  filter: EVERYTHING,
  overwrite: "always",
  delete: false,
  sparse: false,
  verify: false,
  ownershipByName: false,
  xattrs: { kind: "all" },
  dryRun: false,
};

interface Told {
  readonly report: Awaited<ReturnType<typeof restoreTree>>;
  readonly events: readonly Event[];
  /** `action path` of every item. */
  readonly items: readonly string[];
  /** Paths of what failed. */
  readonly failed: readonly string[];
}

async function run(made: MemoryRepository, tree: BlobId, options: Partial<RestoreRunOptions> = {}): Promise<Told> {
  const repo = await made.reopen();
  await repo.loadIndex();
  const events: Event[] = [];
  const deps = { signal: new AbortController().signal, emit: (event: Event) => void events.push(event), workers: 0 };
  const report = await restoreTree(repo, tree, { ...DEFAULTS, target: utf8(target()), ...options }, deps);
  const items = events.flatMap((event) => (event.kind === "item-done" ? [`${event.item.action} ${textLossy(event.item.path)}`] : []));
  const failed = events.flatMap((event) => (event.kind === "error" ? [shown(event.item)] : []));
  return { report, events, items: items.sort(), failed: failed.sort() };
}

function shown(item: Bytes | string): string {
  return typeof item === "string" ? item : textLossy(item);
}

function target(): string {
  return join(place, "target");
}

function read(path: string): string {
  return readFileSync(join(target(), path), "utf8");
}

const SIMPLE: Entries = {
  dir: { entries: { one: { parts: ["first ", "second"] }, two: { parts: ["two"] } } },
  empty: { parts: [] },
  link: { node: { type: "symlink", linkTarget: utf8("dir/one") } },
};

async function made(entries: Entries, options: MemoryRepositoryOptions = {}): Promise<{ repo: MemoryRepository; tree: BlobId }> {
  const repo = await memoryRepository(options);
  return { repo, tree: (await makeSnapshot(repo.repo, entries)).tree };
}

describe("a restore into an empty place", () => {
  test("gives back contents, links, modes and times", async () => {
    const { repo, tree } = await made(SIMPLE);
    const { report, items } = await run(repo, tree);
    assert.deepEqual(items, ["restored /dir", "restored /dir/one", "restored /dir/two", "restored /empty", "restored /link"]);
    assert.deepEqual([read("dir/one"), read("dir/two"), read("empty")], ["first second", "two", ""]);
    assert.equal(lstatSync(join(target(), "dir"), { bigint: true }).mtimeNs, 1_700_000_000_123_456_789n);
    assert.equal(lstatSync(join(target(), "dir/one"), { bigint: true }).mtimeNs, 1_700_000_000_123_456_789n);
    assert.equal(statSync(join(target(), "link")).size, 12);
    assert.deepEqual([report.errors, report.restoredItems, report.restoredBytes], [0, 5, 15]);
  });

  test("dry: says the same and makes nothing", async () => {
    const { repo, tree } = await made(SIMPLE);
    const { report, items } = await run(repo, tree, { dryRun: true });
    assert.equal(items.length, 5);
    assert.deepEqual([report.restoredItems, report.restoredBytes], [5, 15]);
    assert.equal(existsSync(target()), false);
  });

  test("writes a blob that many files share to each of them", async () => {
    const entries = Object.fromEntries(Array.from({ length: 150 }, (_, at) => [`f${at}`, { parts: ["same", `own ${at}`, "same"] }]));
    const { repo, tree } = await made(entries);
    const { report } = await run(repo, tree, { verify: true });
    assert.deepEqual([report.errors, report.verifiedFiles], [0, 150]);
    assert.equal(read("f77"), "sameown 77same");
  });

  test("hard links share one inode; equal numbers with other content do not", async () => {
    const node = { inode: 7n, deviceId: 9n, links: 3n };
    const { repo, tree } = await made({
      a: { parts: ["linked"], node },
      b: { parts: ["linked"], node },
      c: { parts: ["made up"], node },
    });
    await run(repo, tree);
    const inode = (name: string): number => statSync(join(target(), name)).ino;
    assert.equal(inode("a"), inode("b"));
    assert.notEqual(inode("a"), inode("c"));
    assert.equal(read("c"), "made up");
  });

  test("sparse leaves holes, and the content is the same", async () => {
    const { repo, tree } = await made({ holes: { parts: [new Uint8Array(524_288), "end"] }, small: { parts: [new Uint8Array(10)] } });
    await run(repo, tree, { sparse: true, verify: true });
    const stat = statSync(join(target(), "holes"));
    assert.equal(stat.size, 524_291);
    assert.ok(stat.blocks * 512 < 100_000, `${stat.blocks} blocks`);
    assert.deepEqual(readFileSync(join(target(), "holes")), Buffer.concat([Buffer.alloc(524_288), Buffer.from("end")]));
    assert.deepEqual(readFileSync(join(target(), "small")), Buffer.alloc(10));
  });
});

describe("what is there already", () => {
  test("is recognised blob by blob, and only what differs is fetched", async () => {
    const { repo, tree } = await made(SIMPLE);
    await run(repo, tree);
    writeFileSync(join(target(), "dir/one"), "first SECOND and more");
    const { report, items } = await run(repo, tree);
    assert.deepEqual(items, ["restored /dir", "restored /link", "unchanged /dir/two", "unchanged /empty", "updated /dir/one"]);
    assert.equal(read("dir/one"), "first second");
    assert.deepEqual([report.totals.skippedItems, report.totals.skippedBytes, report.restoredBytes], [2, 3, 12]);
    assert.ok(report.totals.packBytes < 60, `${report.totals.packBytes} bytes for one blob of six`);
  });

  test("that is only too long is cut", async () => {
    const { repo, tree } = await made(SIMPLE);
    await run(repo, tree);
    writeFileSync(join(target(), "dir/two"), "two and a half");
    writeFileSync(join(target(), "empty"), "not empty");
    const { report } = await run(repo, tree);
    assert.deepEqual([read("dir/two"), read("empty"), report.totals.packBytes], ["two", "", 0]);
    assert.equal(lstatSync(join(target(), "dir/two"), { bigint: true }).mtimeNs, 1_700_000_000_123_456_789n);
  });

  test("--overwrite never leaves it alone, and restores what is missing", async () => {
    const { repo, tree } = await made(SIMPLE);
    await run(repo, tree);
    writeFileSync(join(target(), "dir/one"), "mine");
    rmSync(join(target(), "dir/two"));
    const { items } = await run(repo, tree, { overwrite: "never" });
    assert.deepEqual([read("dir/one"), read("dir/two")], ["mine", "two"]);
    assert.deepEqual(items, ["restored /dir", "restored /dir/two", "unchanged /dir/one", "unchanged /empty", "unchanged /link"]);
  });

  test("--overwrite if-newer compares modification times", async () => {
    const { repo, tree } = await made(SIMPLE);
    await run(repo, tree);
    writeFileSync(join(target(), "dir/one"), "newer");
    writeFileSync(join(target(), "dir/two"), "older");
    utimesSync(join(target(), "dir/two"), 1, 1);
    await run(repo, tree, { overwrite: "if-newer" });
    assert.deepEqual([read("dir/one"), read("dir/two")], ["newer", "two"]);
  });

  test("--overwrite if-changed trusts size and time", async () => {
    const { repo, tree } = await made(SIMPLE);
    await run(repo, tree);
    const two = join(target(), "dir/two");
    const { mtimeNs } = lstatSync(two, { bigint: true });
    writeFileSync(two, "TWO");
    const { setTimes } = await import("../../source/posix/set-metadata.ts");
    setTimes(utf8(two), mtimeNs, mtimeNs);
    await run(repo, tree, { overwrite: "if-changed" });
    assert.equal(read("dir/two"), "TWO");
    await run(repo, tree);
    assert.equal(read("dir/two"), "two");
  });

  test("a file with another name is replaced, not written into", async () => {
    const { repo, tree } = await made(SIMPLE);
    mkdirSync(join(target(), "dir"), { recursive: true });
    writeFileSync(join(place, "precious"), "first but precious");
    linkSync(join(place, "precious"), join(target(), "dir/one"));
    const { report } = await run(repo, tree);
    assert.equal(report.errors, 0);
    assert.deepEqual([read("dir/one"), readFileSync(join(place, "precious"), "utf8")], ["first second", "first but precious"]);
  });

  test("no holes are left in a file that had other bytes there", async () => {
    const { repo, tree } = await made({ zeros: { parts: [new Uint8Array(16_384)] } });
    mkdirSync(target());
    writeFileSync(join(target(), "zeros"), Buffer.alloc(16_384, 1));
    await run(repo, tree, { sparse: true });
    assert.deepEqual(readFileSync(join(target(), "zeros")), Buffer.alloc(16_384));
  });

  test("--delete removes what the snapshot lacks, but not what the filter keeps out", async () => {
    const { repo, tree } = await made(SIMPLE);
    mkdirSync(join(target(), "dir/extra/deep"), { recursive: true });
    writeFileSync(join(target(), "dir/extra/deep/file"), "");
    mkdirSync(join(target(), "dir/half"));
    writeFileSync(join(target(), "dir/half/keep.log"), "");
    writeFileSync(join(target(), "dir/half/drop"), "");
    writeFileSync(join(target(), "other"), "");
    const filter = excluding([compilePatterns(["*.log"])]);
    const { items, report } = await run(repo, tree, { delete: true, filter });
    assert.deepEqual(readdirSync(target()).sort(), ["dir", "empty", "link"]);
    assert.deepEqual(readdirSync(join(target(), "dir")).sort(), ["half", "one", "two"]);
    assert.deepEqual(readdirSync(join(target(), "dir/half")), ["keep.log"]);
    const deleted = items.filter((item) => item.startsWith("deleted"));
    assert.deepEqual(deleted, [
      "deleted /dir/extra",
      "deleted /dir/extra/deep",
      "deleted /dir/extra/deep/file",
      "deleted /dir/half/drop",
      "deleted /other",
    ]);
    assert.equal(report.deletedItems, 5);
  });
});

describe("filters", () => {
  test("--include restores what matches with the directories above it", async () => {
    const { repo, tree } = await made(SIMPLE);
    const { items } = await run(repo, tree, { filter: including([compilePatterns(["/dir/one"])]) });
    assert.deepEqual(items, ["restored /dir", "restored /dir/one"]);
    assert.deepEqual(readdirSync(target()), ["dir"]);
  });

  test("--exclude leaves a directory out with all below it", async () => {
    const { repo, tree } = await made(SIMPLE);
    const { items } = await run(repo, tree, { filter: excluding([compilePatterns(["dir"])]) });
    assert.deepEqual(items, ["restored /empty", "restored /link"]);
  });
});

describe("a hostile snapshot", () => {
  const escape = { parts: ["escaped"] };

  for (const name of ["..", ".", "../outside", "/etc/outside", "a/b", "nul\0byte", ""]) {
    test(`cannot use the name ${JSON.stringify(name)}`, async () => {
      const { repo, tree } = await made({ good: { parts: ["good"] }, [name]: escape });
      const { report } = await run(repo, tree);
      assert.equal(report.errors, 1);
      assert.deepEqual(readdirSync(place), ["target"]);
      assert.deepEqual(readdirSync(target()), ["good"]);
    });
  }

  test("cannot leave the target through a directory called ..", async () => {
    const { repo, tree } = await made({ "..": { entries: { outside: escape } }, good: { parts: ["good"] } });
    const { report } = await run(repo, tree);
    assert.equal(report.errors, 1);
    assert.deepEqual(readdirSync(place), ["target"]);
  });

  test("cannot plant a symlink and write through it", async () => {
    const repo = await memoryRepository();
    const outside = join(place, "outside");
    mkdirSync(outside);
    const writer = createBlobWriter(repo.repo);
    const subtree = await storeEntries(repo.repo, writer, { planted: escape });
    // Two nodes of one name, which no honest program writes: a link out of the target, then a directory.
    const { encodeNode } = await import("../../format/tree.ts");
    const nodes = [plainNode("symlink", "x", { linkTarget: utf8(outside) }), plainNode("dir", "x", { subtree })];
    const tree = await putBlob(repo.repo, writer, "tree", utf8(`{"nodes":[${nodes.map(encodeNode).join(",")}]}\n`));
    await writer.flush();
    const { report } = await run(repo, tree);
    assert.equal(report.errors, 1);
    assert.deepEqual(readdirSync(outside), []);
  });

  test("does not write through a symlink that was in the target before", async () => {
    const { repo, tree } = await made(SIMPLE);
    const outside = join(place, "outside");
    mkdirSync(outside);
    mkdirSync(target());
    symlinkSync(outside, join(target(), "dir"));
    writeFileSync(join(place, "precious"), "precious");
    symlinkSync(join(place, "precious"), join(target(), "empty"));
    const { report } = await run(repo, tree);
    assert.equal(report.errors, 0);
    assert.deepEqual(readdirSync(outside), []);
    assert.equal(readFileSync(join(place, "precious"), "utf8"), "precious");
    assert.equal(read("dir/one"), "first second");
  });

  test("makes --delete delete nothing", async () => {
    const { repo, tree } = await made({ "..": escape, good: { parts: ["good"] } });
    mkdirSync(target());
    writeFileSync(join(target(), "extra"), "");
    const { events } = await run(repo, tree, { delete: true });
    assert.ok(existsSync(join(target(), "extra")));
    assert.ok(events.some((event) => event.kind === "warning" && event.message.includes("nothing was deleted")));
  });

  test("with an unknown type or a file without contents costs only that entry", async () => {
    const { repo, tree } = await made({
      good: { parts: ["good"] },
      odd: { node: { type: "irregular" } },
      hollow: { node: { type: "file", content: null } },
      socket: { node: { type: "socket" } },
      lost: { node: { type: "dir" } },
    });
    const { failed } = await run(repo, tree);
    assert.deepEqual(failed, ["/hollow", "/lost", "/odd"]);
    assert.deepEqual(readdirSync(target()), ["good"]);
  });
});

describe("damage", () => {
  const FILES: Entries = {
    a: { parts: ["alpha alpha", "beta beta"] },
    b: { parts: ["beta beta"] },
    c: { parts: ["gamma gamma"] },
    sub: { entries: { d: { parts: ["delta delta"] } } },
  };

  function dataPack(repo: MemoryRepository, id: string): { pack: PackId; key: string; offset: number } {
    const [at] = repo.repo.index.lookup("data", id);
    assert.ok(at !== undefined);
    return { pack: at.pack, key: pathOf("data", at.pack), offset: at.offset };
  }

  function alter(repo: MemoryRepository, key: string, change: (body: Uint8Array) => Uint8Array): void {
    const stored = repo.store.objects.get(key)!;
    repo.store.objects.set(key, { ...stored, body: change(Uint8Array.from(stored.body)) });
  }

  async function idOf(text: string): Promise<string> {
    const { sha256Hex } = await import("../../kernel/hash.ts");
    return sha256Hex(utf8(text));
  }

  test("a flipped bit costs only the files of that blob, and names pack and check", async () => {
    const { repo, tree } = await made(FILES);
    const { key, offset } = dataPack(repo, await idOf("beta beta"));
    alter(repo, key, (body) => {
      body[offset + 20]! ^= 1;
      return body;
    });
    const { report, failed, events } = await run(repo, tree);
    assert.deepEqual(failed, ["/a", "/b"]);
    assert.equal(report.errors, 2);
    assert.deepEqual([read("c"), read("sub/d")], ["gamma gamma", "delta delta"]);
    const said = events.find((event) => event.kind === "error");
    assert.match(said?.kind === "error" ? said.message : "", new RegExp(`${key} at offset ${offset}: .*authentication failed`));
  });

  test("a pack cut short loses only what lay past its end", async () => {
    const { repo, tree } = await made(FILES);
    const ids = await Promise.all(["alpha alpha", "beta beta", "gamma gamma", "delta delta"].map(idOf));
    const places = ids.map((id) => ({ id, ...dataPack(repo, id) })).sort((x, y) => x.offset - y.offset);
    const last = places.at(-1)!;
    alter(repo, last.key, (body) => body.subarray(0, last.offset + 10));
    const { failed } = await run(repo, tree);
    const lost = { [ids[0]!]: ["/a"], [ids[1]!]: ["/a", "/b"], [ids[2]!]: ["/c"], [ids[3]!]: ["/sub/d"] }[last.id];
    assert.deepEqual(failed, lost);
  });

  test("a pack that is gone costs its files; the others come back", async () => {
    const { repo, tree } = await made(FILES);
    const second = await makeSnapshot(repo.repo, { ...FILES, z: { parts: ["in another pack"] } });
    repo.store.objects.delete(dataPack(repo, await idOf("gamma gamma")).key);
    const { failed } = await run(repo, second.tree);
    assert.deepEqual(failed, ["/a", "/b", "/c", "/sub/d"]);
    assert.equal(read("z"), "in another pack");
    assert.ok((await run(repo, tree)).report.errors > 0);
  });

  test("another copy of the blob is used when the first is damaged", async () => {
    const { repo, tree } = await made(FILES);
    const again = createBlobWriter(repo.repo, { usable: () => false });
    await putBlob(repo.repo, again, "data", utf8("beta beta"));
    await again.flush();
    const copies = repo.repo.index.lookup("data", await idOf("beta beta"));
    assert.equal(copies.length, 2);
    for (const copy of copies) {
      const key = pathOf("data", copy.pack);
      const whole = repo.store.objects.get(key)!;
      alter(repo, key, (body) => {
        body[copy.offset + 20]! ^= 1;
        return body;
      });
      rmSync(target(), { recursive: true, force: true });
      const { report } = await run(repo, tree, { verify: true });
      assert.deepEqual([report.errors, read("a"), read("b")], [0, "alpha alphabeta beta", "beta beta"]);
      assert.equal(lstatSync(join(target(), "a"), { bigint: true }).mtimeNs, 1_700_000_000_123_456_789n);
      repo.store.objects.set(key, whole);
    }
  });

  test("a damaged tree costs what is below it, and nothing is deleted", async () => {
    const repo = await memoryRepository();
    const lost = plainNode("dir", "sub", { subtree: fakeBlobId("e") });
    const { tree } = await makeSnapshot(repo.repo, { a: { parts: ["a"] }, sub: { node: lost } });
    mkdirSync(target());
    writeFileSync(join(target(), "extra"), "");
    const { failed } = await run(repo, tree, { delete: true });
    assert.deepEqual(failed, ["/sub"]);
    assert.deepEqual(readdirSync(target()).sort(), ["a", "extra"]);
  });

  test("a blob that no index knows costs its file", async () => {
    const repo = await memoryRepository();
    const { tree } = await makeSnapshot(repo.repo, { a: { parts: ["a"] }, b: { node: { type: "file", content: [fakeBlobId("f")] } } });
    const { failed } = await run(repo, tree);
    assert.deepEqual(failed, ["/b"]);
    assert.equal(read("a"), "a");
  });
});

describe("ice", () => {
  async function freeze(repo: MemoryRepository, pack: PackId, to = "DEEP_ARCHIVE"): Promise<void> {
    const key = pathOf("data", pack);
    await repo.store.changeClass(key, to, { encryption: { kind: "default" }, size: 0 });
  }

  async function halfFrozen(): Promise<{ repo: MemoryRepository; tree: BlobId; cold: PackId }> {
    const repo = await memoryRepository();
    await makeSnapshot(repo.repo, { cold: { parts: ["cold content"] } });
    const { sha256Hex } = await import("../../kernel/hash.ts");
    const cold = repo.repo.index.lookup("data", sha256Hex(utf8("cold content")))[0]!.pack;
    const node = { inode: 3n, deviceId: 3n, links: 2n };
    const { tree } = await makeSnapshot(repo.repo, {
      cold: { parts: ["cold content"], node },
      "cold too": { parts: ["cold content"], node },
      half: { parts: ["warm", "cold content"] },
      warm: { parts: ["warm"] },
    });
    await freeze(repo, cold);
    return { repo, tree, cold };
  }

  test("what is readable comes back at once, the rest is a value in the report", async () => {
    const { repo, tree, cold } = await halfFrozen();
    const { report } = await run(repo, tree);
    assert.equal(report.errors, 0);
    assert.deepEqual(readdirSync(target()), ["warm"]);
    assert.deepEqual(report.missing?.files.map(({ path }) => textLossy(path)).sort(), ["/cold", "/cold too", "/half"]);
    const [pack, ...others] = report.missing?.packs ?? [];
    assert.deepEqual(others, []);
    assert.deepEqual([pack?.id, pack?.storageClass, pack?.state], [cold, "DEEP_ARCHIVE", "archived"]);
    assert.ok(pack !== undefined && pack.needed > 0 && pack.needed < pack.size);
  });

  test("run again after the thaw it continues; a copy that ends within the hour is not relied on", async () => {
    const { repo, tree, cold } = await halfFrozen();
    await run(repo, tree);
    await repo.store.restore(pathOf("data", cold), { days: 1, tier: "Bulk" });
    assert.equal((await run(repo, tree)).report.missing?.packs[0]?.state, "thawing");
    await repo.world.clock.advance(48 * 3_600_000);
    const until = (await repo.store.head(pathOf("data", cold)))?.restore?.expiry ?? 0;
    const { report, items } = await run(repo, tree);
    assert.equal(report.missing, undefined);
    assert.deepEqual(items, ["restored /cold", "restored /cold too", "restored /half", "unchanged /warm"]);
    rmSync(target(), { recursive: true });
    repo.world.clock.set(until - 59 * 60_000);
    assert.equal((await run(repo, tree)).report.missing?.packs[0]?.state, "thawed");
  });

  test("a hot copy is read rather than a frozen one", async () => {
    const { repo, tree } = await halfFrozen();
    const again = createBlobWriter(repo.repo, { usable: () => false });
    await putBlob(repo.repo, again, "data", utf8("cold content"));
    await again.flush();
    const { report } = await run(repo, tree, { verify: true });
    assert.deepEqual([report.errors, report.missing, read("half")], [0, undefined, "warmcold content"]);
  });

  test("a class LIST cannot vouch for is tried; when it turns out to be archived the files are missing, not half there", async () => {
    const repo = await memoryRepository({
      wrap: (store) => ({
        ...store,
        get: async (key, options) => {
          const { StoreError } = await import("../../store/store-error.ts");
          if (store.objects.get(key)?.storageClass === "INTELLIGENT_TIERING") {
            throw new StoreError({ code: "archived", message: `${key} is archived`, key });
          }
          return store.get(key, options);
        },
      }),
    });
    const { tree } = await makeSnapshot(repo.repo, { a: { parts: ["a"] }, b: { parts: ["b"] } });
    const { sha256Hex } = await import("../../kernel/hash.ts");
    await freeze(repo, repo.repo.index.lookup("data", sha256Hex(utf8("a")))[0]!.pack, "INTELLIGENT_TIERING");
    const { report } = await run(repo, tree);
    assert.equal(report.errors, 0);
    assert.equal(report.missing?.packs[0]?.storageClass, "INTELLIGENT_TIERING");
    assert.equal(report.missing?.files.length, 2);
    assert.deepEqual(readdirSync(target()), []);
  });
});

test("an abort ends the run with its reason", async () => {
  const { repo, tree } = await made(SIMPLE);
  const controller = new AbortController();
  controller.abort(new Error("enough"));
  const opened = await repo.reopen();
  await opened.loadIndex();
  const deps = { signal: controller.signal, emit: () => undefined, workers: 0 };
  await assert.rejects(restoreTree(opened, tree, { ...DEFAULTS, target: utf8(target()) }, deps), /enough/);
});

test("a directory without rights gets its files and then its mode", async () => {
  const { repo, tree } = await made({ locked: { entries: { f: { parts: ["inside"] } }, node: { mode: 0o20000000500 } } });
  await run(repo, tree);
  assert.equal(statSync(join(target(), "locked")).mode & 0o777, 0o500);
  await run(repo, tree);
  assert.equal(read("locked/f"), "inside");
  chmodSync(join(target(), "locked"), 0o700);
});
