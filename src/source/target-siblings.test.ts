import assert from "node:assert/strict";
import { chmodSync, chownSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { utf8 } from "../base/bytes.ts";
import { openTarget, type TargetFs } from "./target-fs.ts";
import type { TargetMetadata } from "./target-metadata.ts";
import { linuxOnly, rootOnly, TARGET_METADATA } from "./testing.ts";

const TIMES = { atime: 1_600_000_000, atimeNs: 987_654_321, mtime: -5, mtimeNs: 123_456_789 };
const asRoot = process.getuid?.() === 0;

/** New files whose sibling has been made before them go a shorter way; what comes out must be the same. */
describe("siblings of a new file", { skip: linuxOnly }, () => {
  let base = "";
  let target: TargetFs;
  const own: TargetMetadata = { ...TARGET_METADATA, type: "file", uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, xattrs: [] };

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), "firn-siblings-"));
    target = openTarget(utf8(join(base, "target")));
    target.ensureDirectory(utf8("d"));
  });
  afterEach(() => {
    target.close();
    rmSync(base, { recursive: true, force: true });
  });

  function first(name: string, metadata = own): void {
    const file = target.createFile(utf8(`d/${name}`), { size: 1, fresh: true, metadata });
    target.writeAt(file, utf8("1"), 0);
    target.finishFile(file, metadata, { asRoot });
  }

  /** Two, because the first one made with its permissions shows that they are kept. */
  function settle(metadata = own): void {
    first("first", metadata);
    first("second", metadata);
  }

  const sibling = (name: string, metadata = own): boolean => target.writeLikeSiblings(utf8(`d/${name}`), utf8("content"), metadata, TIMES);
  const stat = (name: string) => lstatSync(join(base, "target/d", name), { bigint: true });

  test("get content, permissions and times to the nanosecond, also before 1970", () => {
    settle();
    assert.equal(sibling("third"), true);
    const { mode, mtimeNs, atimeNs } = stat("third");
    assert.equal(readFileSync(join(base, "target/d/third"), "utf8"), "content");
    assert.deepEqual([Number(mode) & 0o7777, mtimeNs, atimeNs], [own.permissions, -4_876_543_211n, 1_600_000_000_987_654_321n]);
  });

  test("are not made before somebody looked, nor with other permissions than were seen to be kept", () => {
    assert.equal(sibling("too early"), false);
    settle();
    for (const permissions of [0o4755, 0o400, 0o000, own.permissions ^ 0o010])
      assert.equal(sibling("other", { ...own, permissions }), false);
    assert.equal(sibling("labelled", { ...own, xattrs: [{ name: utf8("user.x"), value: utf8("y") }] }), false);
    assert.equal(sibling("given away", { ...own, uid: own.uid + 1 }), false);
  });

  test("have the permissions they should have under any umask", () => {
    const before = process.umask(0o077);
    try {
      const wanted = { ...own, permissions: 0o664 };
      for (const name of ["1", "2", "3", "4"]) {
        first(name, wanted);
        if (!sibling(`${name}b`, wanted)) first(`${name}b`, wanted);
        assert.deepEqual(
          [stat(name), stat(`${name}b`)].map(({ mode }) => Number(mode) & 0o7777),
          [0o664, 0o664],
        );
      }
    } finally {
      process.umask(before);
    }
  });

  test("are never written through or over what is there", () => {
    settle();
    writeFileSync(join(base, "precious"), "untouched");
    symlinkSync(join(base, "precious"), join(base, "target/d/link"));
    writeFileSync(join(base, "target/d/there"), "there");
    assert.deepEqual([sibling("link"), sibling("there")], [false, false]);
    assert.deepEqual(
      [readFileSync(join(base, "precious"), "utf8"), readFileSync(join(base, "target/d/there"), "utf8")],
      ["untouched", "there"],
    );
    assert.throws(() => sibling("../escape"), /invalid name/);
    assert.throws(() => sibling(".."), /invalid name/);
  });

  test("in a directory that hands down its group get their own", { skip: rootOnly }, () => {
    chownSync(join(base, "target/d"), 0, 12_345);
    chmodSync(join(base, "target/d"), 0o2755);
    const wanted = { ...own, uid: 0, gid: 0 };
    for (const name of ["1", "2", "3"]) if (!sibling(name, wanted)) first(name, wanted);
    assert.deepEqual(
      ["1", "2", "3"].map((name) => [stat(name).gid, Number(stat(name).mode) & 0o7777]),
      ["1", "2", "3"].map(() => [0n, own.permissions]),
    );
  });

  test("are looked for in each directory anew", () => {
    settle();
    mkdirSync(join(base, "target/e"));
    assert.equal(target.writeLikeSiblings(utf8("e/alone"), utf8("x"), own, TIMES), false);
  });
});
