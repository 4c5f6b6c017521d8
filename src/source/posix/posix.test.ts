import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Worker } from "node:worker_threads";
import { type Bytes, utf8 } from "../../base/bytes.ts";
import { capabilities } from "./capabilities.ts";
import { readDirectory } from "./directory.ts";
import { describe, inspect } from "./inspect.ts";
import { makeDirectories, makeSpecial } from "./make.ts";
import { groupId, groupName, userId, userName } from "./names.ts";
import { isErrno, PosixError } from "./posix-error.ts";
import { closeFile, openForRead, readHead, readInto } from "./read-file.ts";
import { setTimes } from "./set-metadata.ts";
import { lstat, lstatIfThere, stat } from "./stat.ts";
import { getXattr, listXattrs, readXattrs, removeXattr, setXattr } from "./xattr.ts";

let dir = "";
before(() => (dir = mkdtempSync(join(tmpdir(), "firn-posix-"))));
after(() => rmSync(dir, { recursive: true, force: true }));

const at = (name: string): Bytes => utf8(join(dir, name));
const linuxOnly = capabilities.xattrs ? false : "needs the C library's calls, bound on Linux only";
const rootOnly = process.getuid?.() === 0 ? false : "needs root";

test("stat agrees with the system's own stat command", { skip: linuxOnly }, () => {
  writeFileSync(join(dir, "plain"), "12345", { mode: 0o640 });
  setTimes(at("plain"), 1n, 1_234_567_890_123_456_789n);
  const found = lstat(at("plain"));
  const told = execFileSync("stat", ["-c", "%f %i %d %h %s %u %g %Y", join(dir, "plain")], { encoding: "utf8" });
  const [mode, ...numbers] = told.trim().split(" ");
  assert.equal(found.stMode, Number.parseInt(mode ?? "", 16));
  assert.deepEqual(numbers.map(BigInt), [
    found.inode,
    found.deviceId,
    found.links,
    found.size,
    BigInt(found.uid),
    BigInt(found.gid),
    found.mtimeNs / 1_000_000_000n,
  ]);
  assert.equal(found.mtimeNs, 1_234_567_890_123_456_789n);
});

test("times before 1970 and far ahead keep their nanoseconds", { skip: linuxOnly }, () => {
  writeFileSync(join(dir, "times"), "");
  for (const ns of [-1n, -1_500_000_001n, 0n, 2n ** 33n * 1_000_000_000n + 7n]) {
    setTimes(at("times"), ns, ns);
    assert.deepEqual([lstat(at("times")).mtimeNs, lstat(at("times")).atimeNs], [ns, ns]);
  }
});

test("names come back as bytes, sorted bytewise", () => {
  mkdirSync(join(dir, "names"));
  const names = [Buffer.from([0xff]), Buffer.from("é"), Buffer.from("Z"), Buffer.from("a\nb"), Buffer.from("a")];
  for (const name of names) writeFileSync(Buffer.concat([Buffer.from(join(dir, "names/")), name]), "");
  const expected = names.toSorted((a, b) => Buffer.compare(a, b)).map((name) => name.toString("hex"));
  assert.deepEqual(
    readDirectory(at("names")).map((name) => Buffer.from(name).toString("hex")),
    expected,
  );
});

test("attributes: set, listed, read, emptied, removed; large and binary ones too", { skip: linuxOnly }, () => {
  writeFileSync(join(dir, "attrs"), "");
  const large = Buffer.alloc(3000, 0xfe);
  setXattr(at("attrs"), utf8("user.large"), large);
  setXattr(at("attrs"), utf8("user.empty"), Buffer.alloc(0));
  setXattr(at("attrs"), Buffer.from([...utf8("user."), 0xff]), utf8("x"));
  const found = readXattrs(at("attrs"), assert.fail);
  const byName = new Map(found.map(({ name, value }) => [Buffer.from(name).toString("latin1"), Buffer.from(value).toString("hex")]));
  assert.deepEqual(Object.fromEntries(byName), { "user.large": large.toString("hex"), "user.empty": "", "user.\u00ff": "78" });
  removeXattr(at("attrs"), utf8("user.large"));
  assert.equal(listXattrs(at("attrs")).length, 2);
  // Gone meanwhile, or a file system that keeps none: no value, no error.
  assert.equal(getXattr(at("attrs"), utf8("user.large")).length, 0);
});

test("attributes of a symlink are its own, errors name the path", { skip: linuxOnly }, () => {
  writeFileSync(join(dir, "pointee"), "");
  setXattr(at("pointee"), utf8("user.a"), utf8("1"));
  symlinkSync("pointee", join(dir, "pointer"));
  assert.deepEqual(listXattrs(at("pointer")), []);
  assert.throws(() => listXattrs(at("nothing")), { code: "ENOENT", message: /llistxattr .*nothing: no such file/ });
});

test("inspect tells all about a symlink and follows it only when asked", () => {
  mkdirSync(join(dir, "real"), { mode: 0o751 });
  const target = Buffer.from([0x72, 0x65, 0x61, 0x6c]);
  symlinkSync(target, join(dir, "way"));
  const link = inspect(at("way"));
  assert.equal(link.type, "symlink");
  assert.deepEqual(Buffer.from(link.linkTarget), target);
  assert.equal(Buffer.from(link.name).toString(), "way");
  const followed = inspect(at("way"), { follow: true });
  assert.deepEqual([followed.type, followed.stMode & 0o777, followed.linkTarget.length], ["dir", 0o751, 0]);
});

test("a link target that is no UTF-8 is read as it is", () => {
  const target = Buffer.from([0xff, 0xfe, 0x2f]);
  symlinkSync(target, join(dir, "odd"));
  assert.deepEqual(Buffer.from(describe(at("odd"), lstat(at("odd"))).linkTarget), target);
});

test("special files are made and described", { skip: linuxOnly || rootOnly }, () => {
  makeSpecial(at("fifo"), "fifo", 0n);
  makeSpecial(at("null"), "chardev", 0x103n);
  makeSpecial(at("disk"), "dev", 0x801n);
  const facts = ["fifo", "null", "disk"].map((name) => lstat(at(name))).map(({ type, device }) => [type, device]);
  assert.deepEqual(facts, [
    ["fifo", 0n],
    ["chardev", 0x103n],
    ["dev", 0x801n],
  ]);
});

test("opening a fifo, a symlink or a directory as a file fails at once", { skip: linuxOnly }, () => {
  makeSpecial(at("pipe"), "fifo", 0n);
  symlinkSync("pipe", join(dir, "to-pipe"));
  assert.throws(() => openForRead(at("pipe")), { code: "EINVAL", message: /changed type/ });
  assert.throws(() => openForRead(at("to-pipe")), { code: "ELOOP" });
  assert.throws(() => openForRead(utf8(dir)), { code: "EINVAL" });
});

test("reading in pieces ends with 0", () => {
  writeFileSync(join(dir, "read"), "abcdefgh");
  const { fd, stat: found } = openForRead(at("read"));
  const room = Buffer.alloc(5);
  assert.deepEqual([found.size, readInto(fd, room), readInto(fd, room), readInto(fd, room)], [8n, 5, 3, 0]);
  assert.equal(readInto(fd, room, 6), 2);
  closeFile(fd);
  assert.equal(Buffer.from(readHead(at("read"), 3)).toString(), "abc");
  assert.equal(readHead(at("read"), 30).length, 8);
});

test("what is not there", () => {
  assert.equal(lstatIfThere(at("missing")), undefined);
  for (const call of [() => lstat(at("missing")), () => stat(at("missing")), () => readDirectory(at("missing"))]) {
    assert.throws(
      call,
      (error: unknown) => isErrno(error, "ENOENT") && error instanceof PosixError && Buffer.from(error.path).equals(at("missing")),
    );
  }
});

test("users and groups by id and by name", () => {
  const user = execFileSync("id", ["-un"], { encoding: "utf8" }).trim();
  const group = execFileSync("id", ["-gn"], { encoding: "utf8" }).trim();
  assert.equal(userName(process.getuid?.() ?? -1), user);
  assert.equal(groupName(process.getgid?.() ?? -1), group);
  assert.deepEqual([userId(user), groupId(group)], [process.getuid?.(), process.getgid?.()]);
  assert.deepEqual([userName(3_999_999_999), groupName(3_999_999_999)], ["", ""]);
  assert.deepEqual([userId("no such user"), groupId(""), userId("a\0b")], [undefined, undefined, undefined]);
});

test("works in a worker thread, errno included", { skip: linuxOnly }, async () => {
  const xattr = new URL("xattr.ts", import.meta.url).href;
  const code = `const { parentPort } = require("node:worker_threads");
    import(${JSON.stringify(xattr)}).then(({ listXattrs }) => {
      const codes = [];
      for (const path of ["/no/such/entry", "/etc/passwd/x"]) {
        try { listXattrs(Buffer.from(path)); codes.push("none"); } catch (error) { codes.push(error.code); }
      }
      parentPort.postMessage(codes);
    });`;
  const worker = new Worker(code, { eval: true });
  const codes = await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
  await worker.terminate();
  assert.deepEqual(codes, ["ENOENT", "ENOTDIR"]);
});

test("without the C library's calls only nanoseconds, attributes and special files are lost", { skip: linuxOnly }, () => {
  writeFileSync(join(dir, "poor"), "");
  setXattr(at("poor"), utf8("user.a"), utf8("1"));
  const here = (file: string): string => JSON.stringify(new URL(file, import.meta.url).href);
  const code = `
    const { capabilities } = await import(${here("capabilities.ts")});
    const { inspect } = await import(${here("inspect.ts")});
    const { setTimes } = await import(${here("set-metadata.ts")});
    const { makeSpecial } = await import(${here("make.ts")});
    const { userId } = await import(${here("names.ts")});
    const path = Buffer.from(process.argv[1]);
    setTimes(path, 1_500_000_000_250_000_000n, 1_500_000_000_250_000_000n);
    let refused = "";
    try { makeSpecial(path, "fifo", 0n); } catch (error) { refused = error.code; }
    const { mtimeNs, xattrs, user } = inspect(path);
    const near = mtimeNs - 1_500_000_000_250_000_000n;
    console.log(JSON.stringify([Object.values(capabilities), near > -1000n && near < 1000n, xattrs, user, userId("daemon"), refused]));`;
  // The permission model denies foreign functions unless they are allowed.
  const flags = ["--permission", "--allow-fs-read=*", "--allow-fs-write=*", "--input-type=module", "-e", code, join(dir, "poor")];
  const told = execFileSync(process.execPath, flags, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  const expected = [[false, false, false, false], true, [], userName(process.getuid?.() ?? 0), userId("daemon"), "ENOTSUP"];
  assert.deepEqual(JSON.parse(told), expected);
});

test("folders are made step by step: what is there is taken, what cannot be is said", { timeout: 10_000 }, () => {
  const base = mkdtempSync(join(tmpdir(), "firn-directories-"));
  try {
    makeDirectories(utf8(join(base, "a/b/c/")));
    makeDirectories(utf8(join(base, "a/b")));
    symlinkSync("a", join(base, "link"));
    makeDirectories(utf8(join(base, "link/d/e")));
    for (const path of ["a/d/e", "a/b/c"]) assert.equal(lstat(utf8(join(base, path))).type, "dir");
    writeFileSync(join(base, "file"), "");
    assert.throws(() => makeDirectories(utf8(join(base, "file/x"))), { code: "ENOTDIR" });
    assert.throws(() => makeDirectories(utf8(join(base, "file"))), { code: "EEXIST" });
    if (process.platform === "linux") assert.throws(() => makeDirectories(utf8("/proc/nowhere/x")), { code: "ENOENT" });
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
});
