import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../base/bytes.ts";
import { type ChangeOptions, isUnchanged, type KnownFile } from "./change.ts";
import type { FileStat } from "./source-stat.ts";
import { memoryFs } from "./testing.ts";

const before: KnownFile = { type: "file", size: 1n, mtimeNs: 2n, ctimeNs: 3n, inode: 4n };
const now: FileStat = { ...memoryFs({ "/f": {} }).lstat(utf8("/f")), size: 1n, mtimeNs: 2n, ctimeNs: 3n, inode: 4n, deviceId: 99n };

const rows: readonly [what: string, known: Partial<KnownFile>, options: ChangeOptions, unchanged: boolean][] = [
  ["everything equal", {}, {}, true],
  ["size", { size: 9n }, { ignoreInode: true }, false],
  ["mtime", { mtimeNs: 9n }, { ignoreInode: true }, false],
  ["ctime", { ctimeNs: 9n }, {}, false],
  ["ctime, ignored", { ctimeNs: 9n }, { ignoreCtime: true }, true],
  ["inode", { inode: 9n }, {}, false],
  ["inode, only ctime ignored", { inode: 9n }, { ignoreCtime: true }, false],
  ["inode, ignored", { inode: 9n }, { ignoreInode: true }, true],
  ["ctime, inode ignored", { ctimeNs: 9n }, { ignoreInode: true }, true],
  ["it was a symlink", { type: "symlink" }, {}, false],
];

for (const [what, known, options, unchanged] of rows) {
  test(`${what}: ${unchanged ? "taken over" : "read again"}`, () => {
    assert.equal(isUnchanged(now, { ...before, ...known }, options), unchanged);
  });
}

test("only regular files are taken over", () => {
  assert.equal(isUnchanged({ ...now, type: "fifo" }, { ...before, type: "fifo" }), false);
});
