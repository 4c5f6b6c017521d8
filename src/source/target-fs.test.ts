import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { type Bytes, textLossy, utf8 } from "../base/bytes.ts";
import { PosixError } from "./posix/posix-error.ts";
import { closeFile, readInto } from "./posix/read-file.ts";
import { inspect } from "./posix/inspect.ts";
import { setXattr } from "./posix/xattr.ts";
import { type Anchors, checkedAnchors, descriptorAnchors } from "./target-anchor.ts";
import { openTarget, type TargetFs } from "./target-fs.ts";
import type { TargetMetadata } from "./target-metadata.ts";
import { HostileNameError, TARGET_ROOT } from "./target-path.ts";
import { linuxOnly, rootOnly, TARGET_METADATA } from "./testing.ts";

/** Every way to reach directories has to keep the same promises. */
const ways: readonly [name: string, anchors: (root: Bytes) => Anchors, skip: string | false][] = [
  ["by descriptors", descriptorAnchors, linuxOnly],
  ["by looking at each component", checkedAnchors, false],
];

for (const [name, anchors, skip] of ways) {
  describe(`a restore's target, reached ${name}`, { skip }, () => {
    let base = "";
    let target: TargetFs;
    const p = (path: string): Bytes => utf8(path);
    const disk = (path: string): string => join(base, "target", path);

    beforeEach(() => {
      base = mkdtempSync(join(tmpdir(), "firn-target-"));
      mkdirSync(join(base, "outside"));
      writeFileSync(join(base, "outside/precious"), "untouched");
      target = openTarget(utf8(join(base, "target")), { anchors });
    });
    afterEach(() => {
      target.close();
      rmSync(base, { recursive: true, force: true });
    });

    function outsideIsUntouched(): void {
      assert.deepEqual(readdirSync(base).toSorted(), ["outside", "target"]);
      assert.deepEqual(readdirSync(join(base, "outside")), ["precious"]);
      assert.equal(readFileSync(join(base, "outside/precious"), "utf8"), "untouched");
      assert.equal(statSync(join(base, "outside/precious")).nlink, 1);
    }

    function write(path: string, text: string, options: { sparse?: boolean; replaceTree?: boolean; fresh?: boolean } = {}): void {
      const file = target.createFile(p(path), { size: text.length, ...options });
      target.writeAt(file, utf8(text), 0);
      target.closeFile(file);
    }

    test("directories are made private, each that is missing", () => {
      assert.equal(target.ensureDirectory(p("a/b/c")), true);
      assert.equal(target.ensureDirectory(p("a/b/c")), false);
      for (const each of ["a", "a/b", "a/b/c"]) assert.equal(statSync(disk(each)).mode & 0o7777, 0o700);
    });

    test("what stands where a directory should be is removed, a symlink not followed", () => {
      writeFileSync(disk("file"), "");
      symlinkSync("../outside", disk("link"));
      target.ensureDirectory(p("file/x"));
      target.ensureDirectory(p("link/x"));
      write("link/x/y", "inside");
      assert.equal(readFileSync(disk("link/x/y"), "utf8"), "inside");
      outsideIsUntouched();
    });

    test("nothing is reached through a symlink, whatever the call", () => {
      symlinkSync("../outside", disk("link"));
      const through = p("link/precious");
      const calls: (() => unknown)[] = [
        () => target.createFile(through, { size: 0 }),
        () => target.openFile(through),
        () => target.list(p("link")),
        () => target.readLink(through),
        () => target.symlink(p("link/new"), p("x")),
        () => target.link(p("link/precious"), p("stolen")),
        () => target.setMetadata(through, TARGET_METADATA, { asRoot: true }),
        () => target.makeSpecial(p("link/fifo"), "fifo", 0n),
      ];
      for (const call of calls)
        assert.throws(call, (error: unknown) => error instanceof PosixError && error.code === "ENOTDIR", String(call));
      assert.equal(target.lstat(through), undefined);
      assert.equal(target.openToRead(through), undefined);
      assert.equal(target.remove(through), false);
      target.removeTree(p("link"));
      assert.equal(existsSync(disk("link")), false);
      outsideIsUntouched();
    });

    test("a file in place of a symlink is new, and mode and times do not reach through one", () => {
      symlinkSync("../outside/precious", disk("f"));
      write("f", "new");
      assert.equal(readFileSync(disk("f"), "utf8"), "new");
      symlinkSync("../outside/precious", disk("g"));
      assert.throws(() => target.setMetadata(p("g"), TARGET_METADATA, { asRoot: true }), {
        code: "EINVAL",
        message: /is a symlink now, expected a file/,
      });
      assert.notEqual(statSync(join(base, "outside/precious")).mtimeMs, 1_234_567_890_123);
      outsideIsUntouched();
    });

    test("a hard link to something outside is cut before writing", () => {
      linkSync(join(base, "outside/precious"), disk("f"));
      write("f", "new");
      assert.equal(readFileSync(disk("f"), "utf8"), "new");
      outsideIsUntouched();
    });

    test("hostile paths are refused at the last gate too", () => {
      for (const path of ["..", "../outside/x", "a/../../outside/x", "/etc/passwd", "a//b", "./a", "a\0b", "a/"]) {
        assert.throws(() => target.ensureDirectory(p(path)), HostileNameError, path);
        assert.throws(() => target.createFile(p(path), { size: 0 }), HostileNameError, path);
      }
      outsideIsUntouched();
    });

    test("an existing file is reused, cut to size and made writable", () => {
      writeFileSync(disk("f"), "0123456789");
      const inode = statSync(disk("f")).ino;
      chmodSync(disk("f"), 0o400);
      const file = target.createFile(p("f"), { size: 4 });
      target.writeAt(file, utf8("ab"), 1);
      target.closeFile(file);
      assert.equal(readFileSync(disk("f"), "utf8"), "0ab3");
      assert.equal(statSync(disk("f")).ino, inode);
    });

    test("blobs may come in any order; openFile goes on where createFile began", () => {
      const file = target.createFile(p("f"), { size: 6 });
      target.writeAt(file, utf8("def"), 3);
      target.closeFile(file);
      const again = target.openFile(p("f"));
      target.writeAt(again, utf8("abc"), 0);
      target.closeFile(again);
      const read = target.openToRead(p("f"));
      assert.ok(read !== undefined);
      const room = Buffer.alloc(10);
      assert.equal(readInto(read.fd, room), 6);
      closeFile(read.fd);
      assert.equal(room.subarray(0, 6).toString(), "abcdef");
    });

    test("a sparse file has its size and no blocks; a large one gets room but not size", () => {
      target.closeFile(target.createFile(p("sparse"), { size: 8 << 20, sparse: true }));
      assert.deepEqual([statSync(disk("sparse")).size, statSync(disk("sparse")).blocks], [8 << 20, 0]);
      target.closeFile(target.createFile(p("large"), { size: 2 << 20 }));
      assert.equal(statSync(disk("large")).size, 0);
    });

    test("a full directory gives way to a file only when that is allowed", () => {
      mkdirSync(disk("d/e"), { recursive: true });
      writeFileSync(disk("d/e/f"), "");
      assert.throws(() => write("d", "x"), { code: "ENOTEMPTY", message: new RegExp(`${disk("d")}: directory not empty`) });
      write("d", "x", { replaceTree: true });
      assert.equal(readFileSync(disk("d"), "utf8"), "x");
      mkdirSync(disk("empty"));
      write("empty", "y");
      assert.equal(readFileSync(disk("empty"), "utf8"), "y");
    });

    test("symlinks, hard links and fifos replace what was there", { skip: linuxOnly }, () => {
      write("f", "x");
      for (const each of ["l", "h", "p"]) writeFileSync(disk(each), "old");
      target.symlink(p("l"), Buffer.from([0xff, 0xfe]));
      target.link(p("f"), p("h"));
      target.makeSpecial(p("p"), "fifo", 0n);
      assert.deepEqual(Buffer.from(target.readLink(p("l"))), Buffer.from([0xff, 0xfe]));
      assert.equal(statSync(disk("h")).ino, statSync(disk("f")).ino);
      assert.equal(target.lstat(p("p"))?.type, "fifo");
      target.link(p("l"), p("l2"));
      assert.equal(target.lstat(p("l2"))?.type, "symlink");
    });

    test("removing a tree tells each path, inner ones first, and frees its name", () => {
      target.ensureDirectory(p("t/a/b"));
      write("t/a/b/f", "x");
      chmodSync(disk("t/a"), 0o000);
      const told: string[] = [];
      target.removeTree(p("t"), (path, stat) => told.push(`${textLossy(path)} ${stat.type}`));
      assert.deepEqual(told, ["t/a/b/f file", "t/a/b dir", "t/a dir", "t dir"]);
      assert.equal(target.lstat(p("t")), undefined);
      target.ensureDirectory(p("t/a"));
      write("t/a/f", "again");
      assert.equal(readFileSync(disk("t/a/f"), "utf8"), "again");
    });

    test("more directories than stay open at once", () => {
      const deep = Array.from({ length: 90 }, (_, i) => `d${i}`).join("/");
      target.ensureDirectory(p(deep));
      write(`${deep}/f`, "deep");
      const deep2 = deep.replaceAll("d", "e");
      target.ensureDirectory(p(deep2));
      for (let i = 0; i < 70; i++) target.ensureDirectory(p(`v${i}/x`));
      target.link(p(`${deep}/f`), p(`${deep2}/f`));
      assert.equal(statSync(disk(`${deep2}/f`)).ino, statSync(disk(`${deep}/f`)).ino);
      for (let i = 0; i < 90; i++) target.ensureDirectory(p(`w${i}/x`));
      write("w0/x/f", "wide");
      assert.equal(readFileSync(disk(`${deep}/f`), "utf8"), "deep");
      assert.equal(readFileSync(disk("w0/x/f"), "utf8"), "wide");
    });

    test("metadata: times, mode and attributes, unexpected ones removed", { skip: linuxOnly }, () => {
      write("f", "x");
      setXattr(utf8(disk("f")), utf8("user.old"), utf8("1"));
      setXattr(utf8(disk("f")), utf8("user.kept"), utf8("1"));
      const xattrs = [
        { name: utf8("user.new"), value: Buffer.from([0, 255]) },
        { name: utf8("user.unwanted"), value: utf8("2") },
      ];
      const selectXattr = (attribute: Bytes): boolean => !["user.kept", "user.unwanted"].includes(textLossy(attribute));
      target.setMetadata(p("f"), { ...TARGET_METADATA, permissions: 0o4711, xattrs }, { asRoot: true, selectXattr });
      const found = inspect(utf8(disk("f")));
      assert.deepEqual([found.stMode & 0o7777, found.mtimeNs, found.atimeNs], [0o4711, TARGET_METADATA.mtimeNs, TARGET_METADATA.atimeNs]);
      assert.deepEqual(found.xattrs.map((each) => textLossy(each.name)).toSorted(), ["user.kept", "user.new"]);
    });

    test("a file still open gets the same metadata as one named by its path", { skip: linuxOnly }, () => {
      const xattrs = [{ name: utf8("user.new"), value: utf8("1") }];
      const metadata: TargetMetadata = { ...TARGET_METADATA, permissions: 0o4711, xattrs };
      write("named", "x");
      setXattr(utf8(disk("named")), utf8("user.old"), utf8("1"));
      target.setMetadata(p("named"), metadata, { asRoot: true });
      const file = target.createFile(p("open"), { size: 1, fresh: true });
      target.writeAt(file, utf8("x"), 0);
      setXattr(utf8(disk("open")), utf8("user.old"), utf8("1"));
      target.finishFile(file, metadata, { asRoot: true });
      const [named, open] = ["named", "open"].map((each) => inspect(utf8(disk(each))));
      assert.deepEqual({ ...open, name: "", inode: 0n, ctimeNs: 0n }, { ...named, name: "", inode: 0n, ctimeNs: 0n });
      assert.throws(() => target.writeAt(file, utf8("late"), 0), { code: "EBADF", message: /target\/open/ });
    });

    test("metadata that cannot be set is told about the file's path, and the file is closed", { skip: linuxOnly }, () => {
      const file = target.createFile(p("f"), { size: 0, fresh: true });
      const xattrs = [{ name: utf8("user.bad\0name"), value: utf8("1") }];
      assert.throws(() => target.finishFile(file, { ...TARGET_METADATA, permissions: 0o640, xattrs }, { asRoot: true }), {
        code: "EINVAL",
        message: /target\/f/,
      });
      assert.equal(statSync(disk("f")).mode & 0o7777, 0o640);
      assert.throws(() => target.closeFile(file), { code: "EBADF" });
    });

    test("a fresh file replaces whatever is there after all, and nothing else", () => {
      write("here", "a longer text");
      symlinkSync("../outside/precious", disk("link"));
      linkSync(join(base, "outside/precious"), disk("hard"));
      mkdirSync(disk("dir"));
      mkdirSync(disk("full"));
      writeFileSync(disk("full/x"), "");
      for (const each of ["here", "link", "hard", "dir"]) write(each, "new", { fresh: true });
      for (const each of ["here", "link", "hard", "dir"]) assert.equal(readFileSync(disk(each), "utf8"), "new");
      assert.throws(() => target.createFile(p("full"), { size: 0, fresh: true }), { code: "ENOTEMPTY" });
      outsideIsUntouched();
    });

    test("a directory that was entered last and then removed is not entered again by what took its place", () => {
      target.ensureDirectory(p("d"));
      write("d/x", "1", { fresh: true });
      target.removeTree(p("d"));
      target.symlink(p("d"), p("../outside"));
      assert.throws(() => target.createFile(p("d/precious"), { size: 0, fresh: true }), { code: "ENOTDIR" });
      assert.throws(() => target.openFile(p("d/precious")), { code: "ENOTDIR" });
      outsideIsUntouched();
    });

    test("names are checked in a directory that was entered already, too", () => {
      target.ensureDirectory(p("d"));
      write("d/x", "1");
      for (const bad of ["d/..", "d/.", "d/", "d/a\0", "d/../x", "/x", "d//x"]) {
        write("d/x", "1");
        assert.throws(() => target.createFile(p(bad), { size: 0, fresh: true }), HostileNameError, bad);
      }
    });

    test("a symlink gets times of its own and the root of the target metadata too", { skip: linuxOnly }, () => {
      target.symlink(p("l"), p("../outside/precious"));
      target.setMetadata(p("l"), { ...TARGET_METADATA, type: "symlink", permissions: 0o777 }, { asRoot: true });
      assert.equal(target.lstat(p("l"))?.mtimeNs, TARGET_METADATA.mtimeNs);
      target.setMetadata(TARGET_ROOT, { ...TARGET_METADATA, type: "dir", permissions: 0o750 }, { asRoot: true });
      assert.equal(statSync(disk("")).mode & 0o7777, 0o750);
      outsideIsUntouched();
    });

    test("owners by number and by name; setuid survives the change of owner", { skip: rootOnly || linuxOnly }, () => {
      write("f", "x");
      target.setMetadata(p("f"), { ...TARGET_METADATA, uid: 4242, gid: 4343, permissions: 0o6755 }, { asRoot: true });
      const found = target.lstat(p("f"));
      assert.deepEqual([found?.uid, found?.gid, (found?.stMode ?? 0) & 0o7777], [4242, 4343, 0o6755]);
      target.setMetadata(
        p("f"),
        { ...TARGET_METADATA, uid: 4242, user: "daemon", group: "no such group" },
        { asRoot: true, ownershipByName: true },
      );
      assert.deepEqual([target.lstat(p("f"))?.uid, target.lstat(p("f"))?.gid], [statSync("/etc").uid + 1, 0]);
    });

    test("a failing step does not keep the others from being tried", { skip: linuxOnly }, () => {
      write("f", "x");
      const xattrs = [
        { name: utf8("nonsense.a"), value: utf8("1") },
        { name: utf8("user.bad\0name"), value: utf8("1") },
      ];
      assert.throws(() => target.setMetadata(p("f"), { ...TARGET_METADATA, permissions: 0o640, xattrs }, { asRoot: true }), {
        code: "EINVAL",
      });
      assert.deepEqual([statSync(disk("f")).mode & 0o7777, target.lstat(p("f"))?.mtimeNs], [0o640, TARGET_METADATA.mtimeNs]);
    });
  });
}
