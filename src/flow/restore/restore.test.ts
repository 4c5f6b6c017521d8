import assert from "node:assert/strict";
import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { utf8 } from "../../base/bytes.ts";
import { compilePatterns } from "../../source/pattern.ts";
import { excluding, including } from "./filter.ts";
import { DEFAULTS, made, read, run, SIMPLE, target, useFolders } from "./restore-testing.ts";
import { restoreTree } from "./restore.ts";

useFolders();

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
