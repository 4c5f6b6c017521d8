import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Bytes, compareBytes, toHex } from "../base/bytes.ts";
import type { Node } from "./node.ts";
import { arbitraryNode, RUNS, sampleNode } from "./testing.ts";
import { decodeTree, encodeTree } from "./tree.ts";
import { TreeLinks } from "./tree-links.ts";

const links = new TreeLinks();

/** What a node is called and refers to, in words. */
function said(node: Pick<Node, "name" | "type" | "content" | "subtree">): string {
  return JSON.stringify([toHex(node.name), node.type, node.content, node.subtree ?? null]);
}

function read(scanned: TreeLinks): string[] {
  const idAt = (at: number): string => toHex(scanned.ids.subarray(at * 32, at * 32 + 32));
  return Array.from({ length: scanned.length }, (_, entry) => {
    const from = scanned.contentFrom(entry);
    const content = from < 0 ? null : Array.from({ length: scanned.contentEnd(entry) - from }, (_id, k) => idAt(from + k));
    const subtree = scanned.subtreeOf(entry) < 0 ? null : idAt(scanned.subtreeOf(entry));
    return JSON.stringify([toHex(scanned.nameOf(entry)), scanned.typeOf(entry), content, subtree]);
  });
}

function ordered(nodes: readonly Node[]): Node[] {
  const sorted = [...nodes].sort((a, b) => compareBytes(a.name, b.name));
  return sorted.filter((node, at) => at === 0 || compareBytes(node.name, sorted[at - 1]!.name) > 0);
}

const arbitraryTree = fc.array(arbitraryNode, { maxLength: 6 }).map((nodes) => ordered(nodes));
/** 2^64 has more digits than are looked into. */
const TOP = 10n ** 19n;
const isUsual = (node: Node): boolean =>
  node.genericAttributes === undefined && [node.inode, node.deviceId, node.size, node.links, node.device].every((n) => n < TOP);

test("says of any tree what decodeTree says, or leaves it alone", () => {
  fc.assert(
    fc.property(arbitraryTree, (nodes) => {
      const bytes = encodeTree(nodes);
      assert.equal(links.scan(bytes, "strict"), nodes.every(isUsual));
      if (nodes.every(isUsual)) assert.deepEqual(read(links), decodeTree(bytes, "t").map(said));
    }),
    RUNS,
  );
});

test("takes nodes for what scanning their tree would have said", () => {
  fc.assert(
    fc.property(arbitraryTree, (nodes) => {
      links.takeNodes(nodes);
      assert.deepEqual(read(links), nodes.map(said));
    }),
    RUNS,
  );
});

test("takes no damaged tree that decodeTree refuses, and reads no other one differently", () => {
  const arbitraryDamage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(arbitraryTree, arbitraryDamage, fc.constantFrom<"strict" | "any">("strict", "any"), (nodes, damage, order) => {
      const bytes = Buffer.from(encodeTree(nodes));
      for (const [at, value] of damage) bytes[at % bytes.length] = value;
      if (links.scan(bytes, order)) assert.deepEqual(read(links), decodeTree(bytes, "t", order).map(said));
    }),
    { ...RUNS, numRuns: RUNS.numRuns * 10 },
  );
});

test("every single wrong letter of a tree", () => {
  const node = sampleNode({
    name: Buffer.from("odd\xff\n"),
    type: "file",
    linkTarget: Buffer.from([0x74, 0xfe]),
    xattrs: [{ name: Buffer.from("user.k"), value: Buffer.from("vw") }],
    content: ["ab".repeat(32) as never],
    subtree: "cd".repeat(32) as never,
    error: "e\u{1f600}",
    mtime: { ns: 1_709_210_096_780_000_100n, offset: -3600 },
  });
  const sound = Buffer.from(encodeTree([sampleNode({ name: Buffer.from("a") }), node]));
  let taken = 0;
  for (let at = 0; at < sound.length; at++) {
    for (const value of [0, 0x1f, 0x22, 0x2c, 0x30, 0x39, 0x5c, 0x41, 0x61, 0x75, 0x7d, 0x80, 0xff]) {
      const bytes = Buffer.from(sound);
      bytes[at] = value;
      if (!links.scan(bytes, "strict")) continue;
      taken++;
      assert.deepEqual(read(links), decodeTree(bytes, "t").map(said), `byte ${at} = ${value}`);
    }
    assert.ok(!links.scan(sound.subarray(0, at), "strict"), `cut at ${at}`);
  }
  assert.ok(taken > 500, `${taken} of the altered trees were taken`);
});

test("names out of order are taken only where they may be", () => {
  const [a, b] = ["a", "b"].map((name) => encodeTree([sampleNode({ name: Buffer.from(name) })]));
  const inside = (tree: Bytes): string => Buffer.from(tree).toString().slice('{"nodes":['.length, -3);
  for (const nodes of [
    [b!, a!],
    [a!, a!],
  ]) {
    const bytes = Buffer.from(`{"nodes":[${nodes.map(inside).join(",")}]}\n`);
    assert.ok(!links.scan(bytes, "strict"));
    assert.ok(links.scan(bytes, "any"));
    assert.deepEqual(read(links), decodeTree(bytes, "t", "any").map(said));
  }
});

test("many entries and many ids", () => {
  const content = Array.from({ length: 3000 }, (_, at) => at.toString(16).padStart(64, "0") as never);
  const nodes = Array.from({ length: 2000 }, (_, at) =>
    sampleNode({ name: Buffer.from(String(at).padStart(6, "0")), content: at === 7 ? content : [] }),
  );
  const bytes = encodeTree(nodes);
  assert.ok(links.scan(bytes, "strict"));
  assert.deepEqual(read(links), nodes.map(said));
});
