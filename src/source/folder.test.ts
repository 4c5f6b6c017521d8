import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { type Bytes, textLossy, utf8 } from "../base/bytes.ts";
import { seededRandom } from "../base/testing.ts";
import type { Folder, FolderReader } from "./folder.ts";
import { ROOT } from "./path.ts";
import { walkCalls } from "./posix/libc.ts";
import { makeSpecial } from "./posix/make.ts";
import { nativeFolders } from "./posix/native-folder.ts";
import { plainFolders } from "./posix/plain-folder.ts";
import { lstat } from "./posix/stat.ts";
import { setXattr } from "./posix/xattr.ts";
import { posixFs } from "./source-fs.ts";
import { StatFields } from "./stat-fields.ts";
import { linuxOnly, rootOnly } from "./testing.ts";

const base = mkdtempSync(join(tmpdir(), "firn-folder-"));
after(() => rmSync(base, { recursive: true, force: true }));

function namesIn(folder: Folder): Buffer[] {
  return Array.from({ length: folder.count }, (_, i) => Buffer.from(folder.nameOf(i)));
}

function indexOf(folder: Folder, name: string): number {
  return namesIn(folder).findIndex((each) => each.equals(Buffer.from(name)));
}

const IMPLEMENTATIONS: readonly [string, (() => FolderReader) | undefined][] = [
  ["by the C library", walkCalls === undefined ? undefined : () => nativeFolders(walkCalls!)],
  ["by node:fs", () => plainFolders(posixFs)],
];

for (const [how, make] of IMPLEMENTATIONS) {
  describe(`a directory ${how}`, { skip: make === undefined ? "not bound here" : false }, () => {
    const reader = make?.() ?? plainFolders(posixFs);
    const folder = (name: string): { path: Bytes; text: string } => {
      const text = mkdtempSync(join(base, `${name}-`));
      return { path: utf8(text), text };
    };

    test("names are bytes in tree order, a prefix first, however many", () => {
      const { path, text } = folder("names");
      const random = seededRandom("names");
      const wanted = [Buffer.from([0xff, 0x01]), Buffer.from([0xff]), Buffer.from("a\nb"), Buffer.from("a"), Buffer.from("n".repeat(255))];
      for (let i = 0; i < 3000; i++)
        wanted.push(Buffer.from(`${"same beginning ".repeat(i % 4)}${Buffer.from(random(1 + (i % 9))).toString("hex")}-${i}`));
      for (const name of wanted) writeFileSync(Buffer.concat([path, Buffer.from("/"), name]), "");
      const listed = reader.open(path);
      assert.deepEqual(
        namesIn(listed),
        wanted.toSorted((a, b) => Buffer.compare(a, b)),
      );
      assert.equal(textLossy(listed.pathOf(indexOf(listed, "a"))), join(text, "a"));
      listed.close();
      // The same memory again, for few names.
      const few = folder("few");
      writeFileSync(join(few.text, "only"), "");
      const second = reader.open(few.path);
      assert.deepEqual(namesIn(second).map(String), ["only"]);
      second.close();
    });

    test("stats agree with lstat in every field, for every type there is", () => {
      const { path, text } = folder("stats");
      writeFileSync(join(text, "file"), "12345", { mode: 0o4640 });
      mkdirSync(join(text, "dir"));
      symlinkSync(Buffer.from([0x77, 0xfe]), join(text, "link"));
      if (linuxOnly === false && rootOnly === false) {
        makeSpecial(utf8(join(text, "device")), "chardev", 0x12345678n);
        makeSpecial(utf8(join(text, "fifo")), "fifo", 0n);
      }
      const listed = reader.open(path);
      const fields = new StatFields();
      for (let i = 0; i < listed.count; i++) {
        assert.equal(listed.stat(i, fields), true);
        const expected = lstat(listed.pathOf(i));
        assert.deepEqual({ ...fields.toFileStat(), atimeNs: 0n }, { ...expected, atimeNs: 0n });
        assert.equal(fields.size, Number(expected.size));
      }
      assert.deepEqual(Buffer.from(listed.readLink(indexOf(listed, "link"))), Buffer.from([0x77, 0xfe]));
      assert.throws(() => listed.readLink(indexOf(listed, "file")), { code: "EINVAL", message: /^readlink .*file: invalid argument/ });
      listed.close();
    });

    test("what vanishes after it was listed is absent, not an error", () => {
      const { path, text } = folder("gone");
      writeFileSync(join(text, "file"), "");
      const listed = reader.open(path);
      rmSync(join(text, "file"));
      assert.equal(listed.stat(0, new StatFields()), false);
      assert.throws(() => listed.readLink(0), { code: "ENOENT" });
      listed.close();
    });

    test("attributes are those of the entry itself", { skip: linuxOnly }, () => {
      const { path, text } = folder("attributes");
      writeFileSync(join(text, "with"), "");
      setXattr(utf8(join(text, "with")), utf8("user.a"), utf8("1"));
      symlinkSync("with", join(text, "to"));
      const listed = reader.open(path);
      const found = listed.xattrs(indexOf(listed, "with"), assert.fail);
      assert.deepEqual(
        found.map(({ name, value }) => [textLossy(name), textLossy(value)]),
        [["user.a", "1"]],
      );
      assert.deepEqual(listed.xattrs(indexOf(listed, "to"), assert.fail), []);
      rmSync(join(text, "with"));
      assert.throws(() => listed.xattrs(indexOf(listed, "with"), assert.fail), { code: "ENOENT", message: /^llistxattr .*with: / });
      listed.close();
    });

    test("directories inside each other, many deep, and back", () => {
      const { path, text } = folder("deep");
      const depth = 70;
      mkdirSync(join(text, ...Array<string>(depth).fill("d")), { recursive: true });
      const open: Folder[] = [];
      let at = path;
      for (let level = 0; level <= depth; level++) {
        writeFileSync(Buffer.concat([at, Buffer.from("/z")]), String(level));
        const listed = reader.open(at);
        open.push(listed);
        at = listed.pathOf(0);
      }
      const fields = new StatFields();
      for (const listed of open.reverse()) {
        assert.equal(listed.stat(listed.count - 1, fields), true);
        assert.equal(fields.toFileStat().inode, lstat(listed.pathOf(listed.count - 1)).inode);
        listed.close();
      }
      // One that is gone on the way back has no entries left, and that is all.
      const chain: Folder[] = [];
      for (let next = path; chain.length <= depth; next = chain.at(-1)!.pathOf(0)) chain.push(reader.open(next));
      rmSync(join(text, "d"), { recursive: true });
      for (const listed of chain.slice(1).reverse()) {
        assert.equal(listed.stat(0, fields), false);
        listed.close();
      }
      chain[0]!.close();
    });

    test("the root's entries have paths without a double slash", () => {
      const listed = reader.open(ROOT);
      const etc = indexOf(listed, "etc");
      assert.equal(textLossy(listed.pathOf(etc)), "/etc");
      assert.equal(listed.stat(etc, new StatFields()), true);
      assert.deepEqual(listed.xattrs(etc, assert.fail), []);
      listed.close();
    });

    test("what cannot be listed says so with its path", () => {
      const { path, text } = folder("errors");
      writeFileSync(join(text, "file"), "");
      assert.throws(() => reader.open(utf8(join(text, "file"))), { code: "ENOTDIR", message: /^open .*file: not a directory/ });
      assert.throws(() => reader.open(utf8(join(text, "nothing"))), { code: "ENOENT" });
      const listed = reader.open(path);
      assert.equal(listed.count, 1);
      listed.close();
      if (rootOnly === false) return;
      mkdirSync(join(text, "closed"), { mode: 0 });
      assert.throws(() => reader.open(utf8(join(text, "closed"))), { code: "EACCES", message: /^open .*closed: permission denied/ });
      chmodSync(join(text, "closed"), 0o700);
    });

    test("a path longer than the system takes is refused by name", () => {
      const { path } = folder("long");
      const long = Buffer.concat([path, Buffer.from(`/${"x".repeat(250)}`.repeat(17))]);
      assert.throws(() => reader.open(long), { code: "ENAMETOOLONG" });
    });
  });
}
