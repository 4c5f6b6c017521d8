import assert from "node:assert/strict";
import { linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { utf8 } from "../../base/bytes.ts";
import { setTimes } from "../../source/posix/set-metadata.ts";
import { compilePatterns } from "../../source/pattern.ts";
import { excluding } from "./filter.ts";
import { here, made, read, run, SIMPLE, target, useFolders } from "./restore-testing.ts";

useFolders();

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
    setTimes(utf8(two), mtimeNs, mtimeNs);
    await run(repo, tree, { overwrite: "if-changed" });
    assert.equal(read("dir/two"), "TWO");
    await run(repo, tree);
    assert.equal(read("dir/two"), "two");
  });

  test("a file with another name is replaced, not written into", async () => {
    const { repo, tree } = await made(SIMPLE);
    mkdirSync(join(target(), "dir"), { recursive: true });
    writeFileSync(join(here.place, "precious"), "first but precious");
    linkSync(join(here.place, "precious"), join(target(), "dir/one"));
    const { report } = await run(repo, tree);
    assert.equal(report.errors, 0);
    assert.deepEqual([read("dir/one"), readFileSync(join(here.place, "precious"), "utf8")], ["first second", "first but precious"]);
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
