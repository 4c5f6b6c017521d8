import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import * as fc from "fast-check";
import { type Bytes, textLossy, utf8 } from "../base/bytes.ts";
import { PosixError } from "./posix/posix-error.ts";
import { checkedAnchors, descriptorAnchors } from "./target-anchor.ts";
import { openTarget } from "./target-fs.ts";
import { childPath, HostileNameError, TARGET_ROOT } from "./target-path.ts";
import { linuxOnly, propertyRuns, rootOnly, TARGET_METADATA } from "./testing.ts";

function outsideIsUntouched(base: string): void {
  assert.deepEqual(readdirSync(base).toSorted(), ["outside", "target"]);
  assert.deepEqual(readdirSync(join(base, "outside")), ["precious"]);
  assert.equal(readFileSync(join(base, "outside/precious"), "utf8"), "untouched");
  assert.equal(statSync(join(base, "outside/precious")).nlink, 1);
}

for (const [label, anchors, skip] of [
  ["by descriptors", descriptorAnchors, linuxOnly],
  ["by looking at each component", checkedAnchors, false],
] as const) {
  test(`whatever a hostile tree holds, nothing outside changes (${label})`, { skip }, () => {
    const base = mkdtempSync(join(tmpdir(), "firn-hostile-"));
    mkdirSync(join(base, "outside"));
    writeFileSync(join(base, "outside/precious"), "untouched");
    using target = openTarget(utf8(join(base, "target")), { anchors });
    const name = fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom("a", "b", "precious") },
      fc.constantFrom("..", ".", "", "/", "../outside", "a/b"),
    );
    const path = fc.array(name, { minLength: 1, maxLength: 2 });
    const linkTo = fc.constantFrom("../outside", "../outside/precious", "..", "a");
    const step = fc.record({
      kind: fc.constantFrom("dir", "file", "fresh", "link", "hard", "meta", "tree", "fifo"),
      path,
      other: path,
      linkTo,
    });
    const join2 = (names: readonly string[]): Bytes => names.reduce((dir, each) => childPath(dir, utf8(each)), TARGET_ROOT);
    const act: Record<string, (at: Bytes, other: () => Bytes, to: string) => void> = {
      dir: (at) => void target.ensureDirectory(at),
      file: (at) => {
        const file = target.createFile(at, { size: 3, replaceTree: true });
        target.writeAt(file, utf8("bad"), 0);
        target.closeFile(file);
      },
      fresh: (at) => {
        const file = target.createFile(at, { size: 3, fresh: true });
        target.writeAt(file, utf8("bad"), 0);
        target.finishFile(file, { ...TARGET_METADATA, type: "file" }, { asRoot: true });
      },
      link: (at, _other, to) => target.symlink(at, utf8(to)),
      hard: (at, other) => target.link(other(), at),
      meta: (at) => target.setMetadata(at, { ...TARGET_METADATA, type: target.lstat(at)?.type ?? "file" }, { asRoot: true }),
      tree: (at) => target.removeTree(at),
      fifo: (at) => target.makeSpecial(at, "fifo", 0n),
    };
    const mode = statSync(join(base, "outside")).mode;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        for (const each of steps) {
          try {
            act[each.kind]?.(join2(each.path), () => join2(each.other), each.linkTo);
          } catch (error) {
            assert.ok(error instanceof PosixError || error instanceof HostileNameError, String(error));
          }
        }
        outsideIsUntouched(base);
        assert.equal(statSync(join(base, "outside")).mode, mode);
        for (const entry of target.list(TARGET_ROOT)) target.removeTree(entry);
      }),
      propertyRuns(120),
    );
    rmSync(base, { recursive: true, force: true });
  });
}

test("a dry run makes nothing, not even the target", () => {
  const base = mkdtempSync(join(tmpdir(), "firn-target-"));
  const target = openTarget(utf8(join(base, "no/such")), { create: false });
  assert.equal(target.lstat(utf8("a")), undefined);
  assert.throws(() => target.list(TARGET_ROOT), { code: "ENOENT" });
  target.close();
  assert.deepEqual(readdirSync(base), []);
  rmSync(base, { recursive: true });
});

test("names of snapshots that could lead out are refused", () => {
  for (const name of ["", ".", "..", "a/b", "/", "a\0"]) assert.throws(() => childPath(TARGET_ROOT, utf8(name)), HostileNameError, name);
  for (const name of ["...", "..a", ".a", "a\\b", "\n", "\u{1f600}"])
    assert.equal(textLossy(childPath(utf8("d"), utf8(name))), `d/${name}`);
});

test("without root, giving files away is refused by the system and tolerated", { skip: rootOnly || linuxOnly }, () => {
  const base = mkdtempSync(join(tmpdir(), "firn-target-"));
  chmodSync(base, 0o777);
  const here = (file: string): string => JSON.stringify(new URL(file, import.meta.url).href);
  const code = `
    const { openTarget } = await import(${here("target-fs.ts")});
    const target = openTarget(Buffer.from(process.argv[1]));
    const f = Buffer.from("f");
    target.closeFile(target.createFile(f, { size: 0 }));
    const xattrs = [{ name: Buffer.from("trusted.no"), value: f }, { name: Buffer.from("user.yes"), value: f }];
    const metadata = { type: "file", permissions: 0o444, uid: 0, gid: 0, user: "", group: "", mtimeNs: 7n, atimeNs: 7n, xattrs };
    target.setMetadata(f, metadata, { asRoot: false });
    const stat = target.lstat(f);
    let refused = "";
    try { target.setMetadata(f, metadata, { asRoot: true }); } catch (error) { refused = error.code; }
    target.setMetadata(f, { ...metadata, permissions: 0o400 }, { asRoot: false });
    target.ensureDirectory(Buffer.from("d"));
    target.setMetadata(Buffer.from("d"), { ...metadata, type: "dir", permissions: 0, xattrs: [] }, { asRoot: false });
    target.close();
    using again = openTarget(Buffer.from(process.argv[1]));
    again.ensureDirectory(Buffer.from("d"));
    again.ensureDirectory(Buffer.from("d/e"));
    again.removeTree(Buffer.from("d"));
    console.log(JSON.stringify([stat.uid, (stat.stMode & 0o7777).toString(8), String(stat.mtimeNs), refused]));`;
  const run = spawnSync(process.execPath, ["--input-type=module", "-e", code, join(base, "t")], {
    uid: 65534,
    gid: 65534,
    encoding: "utf8",
  });
  assert.equal(run.status, 0, run.stderr);
  assert.deepEqual(JSON.parse(run.stdout), [65534, "444", "7", "EPERM"]);
  rmSync(base, { recursive: true });
});
