import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, test } from "node:test";
import { type Bytes, textLossy, toHex, utf8 } from "../../base/bytes.ts";
import { asId, type BlobId } from "../../base/id.ts";
import { seededRandom } from "../../base/testing.ts";
import type { Node } from "../../format/node.ts";
import { decodeTree, encodeTree } from "../../format/tree.ts";
import { sha256Hex } from "../../kernel/hash.ts";
import { makeSpecial } from "../../source/posix/make.ts";
import { setXattr } from "../../source/posix/xattr.ts";
import { posixFs } from "../../source/source-fs.ts";
import { linuxOnly, rootOnly } from "../../source/testing.ts";
import { BlobBag, refuse, referenceTree, type WalkOutcome, type WalkScene, walkWith } from "./walk-testing.ts";

const base = mkdtempSync(join(tmpdir(), "firn-walk-"));
after(() => rmSync(base, { recursive: true, force: true }));

type Dice = (below: number) => number;

function diceOf(seed: string): Dice {
  const random = seededRandom(seed);
  return (below) => random(1)[0]! % below;
}

/** Names of all kinds, files of all kinds, directories to some depth. */
function grow(path: Buffer, dice: Dice, depth: number): void {
  const names = ["a", "b", "z", 'q"uote', "new\nline", "<&>", "é", "\u00a0", "\u{1f600}", "back\\slash"].map((name) => Buffer.from(name));
  names.push(Buffer.from([0xff, 0xfe]), Buffer.from([0x61, 0x80]));
  for (const name of names) {
    const at = Buffer.concat([path, Buffer.from("/"), name]);
    const kind = dice(10);
    if (kind < 4) writeFileSync(at, seededRandom(`${dice(7)}`)([0, 1, 20, 700, 3000][dice(5)]!));
    else if (kind === 4) symlinkSync(Buffer.from([0x74, 0xfe, ...name]), at);
    else if (kind === 5 && rootOnly === false) makeSpecial(at, "fifo", 0n);
    else if (kind > 5 && depth > 0) {
      mkdirSync(at);
      grow(at, dice, depth - 1);
    }
    if (kind === 0 && linuxOnly === false) setXattr(at, utf8("user.<x>"), Uint8Array.of(1, 2, 0xff));
  }
}

function folder(name: string): string {
  return mkdtempSync(join(base, `${name}-`));
}

/** The tree of the one directory that was walked, by its name as a relative target: those above it belong to everybody and may change. */
function treeOf(bag: BlobBag, root: BlobId | undefined): BlobId {
  const [node] = decodeTree(bag.tree(root!)!, "tree");
  return node!.subtree!;
}

/** Walks once alone and many times with others; all must agree. */
function walkAllWays(name: string, scene: Omit<WalkScene, "bag">, prepare: () => BlobBag): { bag: BlobBag; alone: WalkOutcome } {
  const bag = prepare();
  const alone = walkWith({ ...scene, bag });
  let given = 0;
  for (const threads of [2, 3, 5]) {
    for (let run = 0; run < 2; run++) {
      const theirs = prepare();
      const together = walkWith({ ...scene, bag: theirs, threads, dice: diceOf(`${name} ${threads} ${run}`) });
      assert.equal(together.tree, alone.tree);
      assert.deepEqual(together.stats, alone.stats);
      assert.deepEqual(together.errors.toSorted(), alone.errors.toSorted());
      assert.deepEqual([...theirs.blobs.keys()].sort(), [...bag.blobs.keys()].sort());
      given += together.given;
    }
  }
  assert.ok(given > 0, "nothing was ever given away");
  return { bag, alone };
}

const copyOf = (bag: BlobBag): BlobBag => {
  const copy = new BlobBag();
  for (const [key, bytes] of bag.blobs) copy.blobs.set(key, bytes);
  return copy;
};

test("the trees are those of the slow and obvious way, by however many threads, and again when nothing or something changed", () => {
  for (let seed = 0; seed < 3; seed++) {
    const path = folder(`any ${seed}`);
    const dice = diceOf(`grow ${seed}`);
    grow(Buffer.from(path), dice, 3);
    const zone = [0, 3600, -12_600][seed]!;
    const { bag, alone } = walkAllWays(`first ${seed}`, { cwd: base, targets: [basename(path)], zone }, () => new BlobBag());
    assert.equal(treeOf(bag, alone.tree), sha256Hex(referenceTree(utf8(path), zone)));
    assert.deepEqual(alone.errors, []);
    const parent = { tree: alone.tree! };

    const again = walkAllWays(`again ${seed}`, { cwd: base, targets: [basename(path)], zone, wish: { parent } }, () => copyOf(bag)).alone;
    assert.equal(again.tree, alone.tree);
    assert.deepEqual([again.stats.files.unchanged, again.stats.dirs.unchanged], [alone.stats.files.new, alone.stats.dirs.new]);
    assert.deepEqual([again.stats.dataBlobs, again.stats.treeBlobs, again.stats.addedBytes], [0, 0, 0]);
    assert.equal(again.events.filter(({ kind }) => kind === "item-start").length, 0, "no file is opened");

    writeFileSync(join(path, "added"), "new");
    mkdirSync(join(path, "b-new/deep/er"), { recursive: true });
    appendFileSync(join(path, "b-new/deep/x"), "y");
    const changed = walkAllWays(`changed ${seed}`, { cwd: base, targets: [basename(path)], zone, wish: { parent } }, () => copyOf(bag));
    assert.equal(treeOf(changed.bag, changed.alone.tree), sha256Hex(referenceTree(utf8(path), zone)));
    assert.deepEqual([changed.alone.stats.files.new, changed.alone.stats.dirs.new], [2, 3]);
  }
});

test("what counts as unchanged is decided by size, times and inode, whatever else is different", () => {
  const path = folder("changes");
  for (const name of ["same", "grown", "touched", "moved", "linked"]) writeFileSync(join(path, name), name);
  const bag = new BlobBag();
  const first = walkWith({ bag, cwd: base, targets: [basename(path)] });
  const parent = { tree: first.tree! };
  appendFileSync(join(path, "grown"), " more");
  utimesSync(join(path, "touched"), 1, 1);
  renameSync(join(path, "moved"), join(path, "elsewhere"));
  const { stats, events } = walkWith({ bag, cwd: base, targets: [basename(path)], wish: { parent } });
  assert.deepEqual({ ...stats.files }, { new: 1, modified: 2, unchanged: 2 });
  const done = events.flatMap((event) =>
    event.kind === "item-done" ? [`${event.item.action} ${textLossy(event.item.path).slice(basename(path).length + 1)}`] : [],
  );
  assert.deepEqual(done.slice(0, 6), [
    "new /elsewhere",
    "modified /grown",
    "unchanged /linked",
    "unchanged /same",
    "modified /touched",
    "modified /",
  ]);
  // In another zone every node is other bytes and the same file.
  const moved = walkWith({ bag, cwd: base, targets: [basename(path)], wish: { parent }, zone: 7200 });
  assert.deepEqual({ ...moved.stats.files }, { new: 1, modified: 2, unchanged: 2 });
  const later = walkWith({ bag, cwd: base, targets: [basename(path)], wish: { parent: { tree: moved.tree! } } });
  assert.deepEqual({ ...later.stats.files }, { new: 0, modified: 0, unchanged: 5 });
});

test("changed inodes and times of change matter unless they are to be ignored", () => {
  const path = folder("inodes");
  writeFileSync(join(path, "file"), "content");
  const bag = new BlobBag();
  const first = walkWith({ bag, cwd: base, targets: [basename(path)] });
  const other = rewritten(bag, first.tree!, (node) => ({
    ...node,
    inode: node.inode + 1n,
    ctime: { ...node.ctime, ns: node.ctime.ns - 5n },
  }));
  for (const [change, expected] of [
    [{}, "modified"],
    [{ ignoreCtime: true }, "modified"],
    [{ ignoreInode: true }, "unchanged"],
  ] as const) {
    const { stats } = walkWith({ bag, cwd: base, targets: [basename(path)], wish: { parent: { tree: other }, change } });
    assert.equal(stats.files[expected], 1, JSON.stringify(change));
  }
});

/** A parent that says something else of each entry. */
function rewritten(bag: BlobBag, tree: BlobId, change: (node: Node) => Node): BlobId {
  const nodes = decodeTree(bag.tree(tree)!, "tree").map((node) =>
    change(node.subtree === undefined ? node : { ...node, subtree: rewritten(bag, node.subtree, change) }),
  );
  return asId(toHex(bag.add("tree", encodeTree(nodes)).id));
}

test("a parent written in another form is compared all the same, and written anew", () => {
  const path = folder("form");
  for (const name of ["a", "b"]) writeFileSync(join(path, name), name);
  mkdirSync(join(path, "c"));
  const bag = new BlobBag();
  const first = walkWith({ bag, cwd: base, targets: [basename(path)] });
  const respelt = (tree: BlobId): BlobId => {
    const value = JSON.parse(textLossy(bag.tree(tree)!)) as { nodes: { subtree?: BlobId }[] };
    for (const node of value.nodes) if (node.subtree !== undefined) node.subtree = respelt(node.subtree);
    return asId(toHex(bag.add("tree", utf8(JSON.stringify(value, undefined, 2))).id));
  };
  const again = walkWith({ bag, cwd: base, targets: [basename(path)], wish: { parent: { tree: respelt(first.tree!) } } });
  assert.equal(again.tree, first.tree);
  assert.equal(again.stats.files.unchanged, 2);
  assert.deepEqual(again.errors, []);
});

test("a parent out of order, cut off or unknown is told of once, and everything is read", () => {
  const path = folder("broken");
  for (const name of ["a", "b"]) writeFileSync(join(path, name), name);
  const cases: [string, (bytes: Bytes) => Bytes, RegExp][] = [
    [
      "out of order",
      (bytes) => reversed(bytes),
      /^.*broken-.*: tree [0-9a-f]{64} could not be loaded; the repository could be damaged: .*is not above/,
    ],
    ["cut off", (bytes) => bytes.subarray(0, 40), /tree [0-9a-f]{64} could not be loaded/],
    ["no tree", () => utf8("[]"), /tree [0-9a-f]{64} could not be loaded/],
  ];
  for (const [, spoil, message] of cases) {
    const bag = new BlobBag();
    const first = walkWith({ bag, cwd: base, targets: [basename(path)] });
    const inner = treeOf(bag, first.tree);
    const spoilt = asId<"blob">(toHex(bag.add("tree", spoil(bag.tree(inner)!)).id));
    const parent = rewritten(bag, first.tree!, (node) => (textLossy(node.name) === basename(path) ? { ...node, subtree: spoilt } : node));
    const second = walkWith({ bag, cwd: base, targets: [basename(path)], wish: { parent: { tree: parent } } });
    assert.equal(second.errors.length, 1);
    assert.match(second.errors[0]!, message);
    assert.equal(second.tree, first.tree);
    assert.equal(second.stats.files.new + second.stats.files.modified + second.stats.files.unchanged, 2);
  }
  const bag = new BlobBag();
  const gone = walkWith({ bag, cwd: base, targets: [basename(path)], wish: { parent: { tree: asId("f".repeat(64)) } } });
  assert.match(gone.errors.join(), /tree f+ is not known; the repository could be damaged/);
  assert.equal(gone.stats.files.new, 2);
});

function reversed(bytes: Bytes): Bytes {
  const { nodes } = JSON.parse(textLossy(bytes)) as { nodes: unknown[] };
  return utf8(`${JSON.stringify({ nodes: nodes.reverse() })}\n`);
}

test("a file is read again when a blob of it is unknown, or lies where it cannot be relied on", () => {
  const path = folder("blobs");
  for (const name of ["kept", "lost", "frozen"]) writeFileSync(join(path, name), name);
  writeFileSync(join(path, "empty"), "");
  const bag = new BlobBag();
  const parent = { tree: walkWith({ bag, cwd: base, targets: [basename(path)] }).tree! };
  bag.blobs.delete(`data ${sha256Hex(utf8("lost"))}`);
  bag.frozen.add(`data ${sha256Hex(utf8("frozen"))}`);
  const careless = walkWith({ bag: copyOf(bag), cwd: base, targets: [basename(path)], wish: { parent } });
  assert.deepEqual([careless.stats.files.unchanged, careless.stats.errors, careless.stats.rereadFiles], [4, 1, 0]);
  assert.match(careless.errors.join(), /parts of .*\/lost not found in the repository index; storing the file again/);
  const careful = walkWith({ bag, cwd: base, targets: [basename(path)], wish: { parent }, usable: true });
  assert.deepEqual([careful.stats.errors, careful.stats.rereadFiles], [1, 1]);
  assert.equal(careful.events.filter(({ kind }) => kind === "item-start").length, 2);
});

test("a parent that knows a file but not its content does not pass that on", () => {
  const path = folder("content");
  writeFileSync(join(path, "file"), "content");
  const bag = new BlobBag();
  const first = walkWith({ bag, cwd: base, targets: [basename(path)] });
  const forgetful = rewritten(bag, first.tree!, (node) => ({ ...node, content: null }));
  const second = walkWith({ bag, cwd: base, targets: [basename(path)], wish: { parent: { tree: forgetful } } });
  assert.equal(second.tree, first.tree);
  assert.equal(second.stats.files.modified, 1);
});

test("what cannot be read is reported and left out, by however many threads; the rest is saved", () => {
  const path = folder("errors");
  for (const name of ["good", "refused", "vanished", "d1/x", "d2/closed/y", "d2/z", "d3/gone", "d4/w"]) {
    mkdirSync(join(path, name, ".."), { recursive: true });
    writeFileSync(join(path, name), name);
  }
  const fs = {
    ...posixFs,
    lstatIfThere: (at: Bytes) => {
      const name = textLossy(at).split("/").at(-1);
      if (name === "refused") refuse("lstat", at);
      return name === "vanished" || name === "gone" ? undefined : posixFs.lstatIfThere(at);
    },
    readDirectory: (at: Bytes) => (textLossy(at).endsWith("closed") ? refuse("open", at) : posixFs.readDirectory(at)),
  };
  const alone = walkWith({ bag: new BlobBag(), cwd: base, targets: [basename(path)], fs });
  assert.deepEqual(alone.errors.map((message) => message.replace(path, "…")).sort(), [
    "lstat …/refused: permission denied",
    "open …/d2/closed: permission denied",
  ]);
  assert.deepEqual([alone.stats.files.new, alone.stats.errors], [4, 2]);
  for (let run = 0; run < 6; run++) {
    const together = walkWith({ bag: new BlobBag(), cwd: base, targets: [basename(path)], fs, threads: 3, dice: diceOf(`errors ${run}`) });
    assert.equal(together.tree, alone.tree);
    assert.deepEqual(together.errors.toSorted(), alone.errors.toSorted());
  }
});

test("names listed twice are saved once and told of", () => {
  const path = folder("twice");
  writeFileSync(join(path, "a"), "a");
  writeFileSync(join(path, "b"), "b");
  const fs = { ...posixFs, readDirectory: (at: Bytes) => posixFs.readDirectory(at).flatMap((name) => [name, name]) };
  const { stats, errors } = walkWith({ bag: new BlobBag(), cwd: base, targets: [basename(path)], fs });
  assert.equal(stats.files.new, 2);
  assert.deepEqual(
    errors.map((message) => message.replace(path, "…")),
    ["…: duplicate directory entry a", "…: duplicate directory entry b"],
  );
});

test("rules hold below the targets, not for them", () => {
  const path = folder("rules");
  for (const name of ["keep.c", "leave.o", "named.o", "sub/leave.o/x", "cache/x", "sub/cache/y"]) {
    mkdirSync(join(path, name, ".."), { recursive: true });
    writeFileSync(join(path, name), name);
  }
  const rules = { excludes: [{ lines: ["*.o"], ignoreCase: false, from: "--exclude" }], cacheDir: utf8(join(path, "cache")) };
  const { events } = walkAllWays(
    "rules",
    { cwd: base, targets: [basename(path), `${basename(path)}/named.o`], rules },
    () => new BlobBag(),
  ).alone;
  const files = events.flatMap((event) => (event.kind === "item-start" ? [textLossy(event.path).slice(basename(path).length + 2)] : []));
  assert.deepEqual(files, ["keep.c", "named.o", "sub/cache/y"]);
});

test("nothing at all is no tree; an empty directory is one", () => {
  assert.equal(walkWith({ bag: new BlobBag(), targets: ["/firn has no such file"] }).tree, undefined);
  const path = folder("empty");
  assert.ok(walkWith({ bag: new BlobBag(), cwd: base, targets: [basename(path)] }).tree);
});

test("a directory nested as deep as a path may be long, beside many directories", { timeout: 60_000 }, () => {
  const path = folder("deep");
  let at = path;
  for (let depth = 0; at.length < 4000; depth++) at = `${at}/d`;
  mkdirSync(at, { recursive: true });
  for (let i = 0; i < 300; i++) mkdirSync(join(path, `wide${i}`));
  const scene = { cwd: base, targets: [basename(path)] };
  const [alone, together] = [new BlobBag(), new BlobBag()];
  const expected = sha256Hex(referenceTree(utf8(path)));
  assert.equal(treeOf(alone, walkWith({ ...scene, bag: alone }).tree), expected);
  assert.equal(treeOf(together, walkWith({ ...scene, bag: together, threads: 3, dice: diceOf("deep") }).tree), expected);
});
