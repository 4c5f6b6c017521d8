import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compareBytes, fromHex } from "../../base/bytes.ts";
import { asId, type BlobId } from "../../base/id.ts";
import { testWorld } from "../../base/testing.ts";
import { arbitraryId, arbitraryName, RUNS } from "../../format/testing.ts";
import type { Node } from "../../format/node.ts";
import { encodeTree } from "../../format/tree.ts";
import { TreeWriter } from "../../format/tree-writer.ts";
import { sourceTypeOf, StatFields } from "../../source/stat-fields.ts";
import { nodeOf } from "./source-node.ts";

const NAMES: Readonly<Record<number, string>> = { 0: "root", 1000: 'we<i"rd', 4_294_967_295: "grüße" };
const nameOf = (id: number): string => NAMES[id] ?? "";

const uint32 = fc.oneof(fc.integer({ min: 0, max: 0xffff_ffff }), fc.constantFrom(0, 1, 9, 10, 99, 100, 0x7fff_ffff, 0xffff_ffff));
const owner = fc.constantFrom(0, 1000, 12, 4_294_967_295);
const seconds = fc.oneof(
  fc.integer({ min: -62_135_596_800, max: 253_402_300_799 }),
  fc.integer({ min: 1_700_000_000, max: 1_700_000_003 }),
  fc.constantFrom(0, -1, 2 ** 33, 2 ** 40, -(2 ** 40), 2 ** 60),
);
const nanos = fc.oneof(fc.integer({ min: 0, max: 999_999_999 }), fc.constantFrom(0, 1, 10, 500_000_000, 999_999_999));
const stMode = fc
  .tuple(fc.constantFrom(0o100000, 0o040000, 0o120000, 0o060000, 0o020000, 0o010000, 0o140000, 0), fc.integer({ min: 0, max: 0o7777 }))
  .map(([type, rights]) => type | rights);

const fields = fc
  .record({
    stMode,
    uid: owner,
    gid: owner,
    links: uint32,
    inodeHigh: uint32,
    inodeLow: uint32,
    deviceIdHigh: uint32,
    deviceIdLow: uint32,
    sizeHigh: uint32,
    sizeLow: uint32,
    deviceHigh: uint32,
    deviceLow: uint32,
    mtimeSeconds: seconds,
    mtimeNanos: nanos,
    atimeSeconds: seconds,
    atimeNanos: nanos,
    ctimeSeconds: seconds,
    ctimeNanos: nanos,
    ctimeIsMtime: fc.boolean(),
  })
  .map(({ ctimeIsMtime, ...raw }) => {
    const made = Object.assign(new StatFields(), raw);
    if (ctimeIsMtime) Object.assign(made, { ctimeSeconds: made.mtimeSeconds, ctimeNanos: made.mtimeNanos });
    // By way of its own file stat, so that the type belongs to the mode.
    made.type = sourceTypeOf(made.stMode);
    return made;
  });

const entry = fc.record({
  name: arbitraryName.filter((name) => !name.includes(0)),
  fields,
  linkTarget: arbitraryName,
  xattrs: fc.array(fc.record({ name: arbitraryName, value: fc.uint8Array({ maxLength: 9 }) }), { maxLength: 2 }),
  content: fc.array(arbitraryId, { maxLength: 3 }),
});

test("trees written from numbers are those that are encoded from nodes, byte for byte, also one inside the other", () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 8 }), fc.boolean(), fc.constantFrom(0, 3600, -12_600), (entries, withAtime, zone) => {
      const world = testWorld({ zone });
      const sorted = entries
        .toSorted((a, b) => compareBytes(a.name, b.name))
        .filter(({ name }, i, all) => i === 0 || compareBytes(name, all[i - 1]!.name) > 0);
      const writer = new TreeWriter({ zoneOffset: (ns) => world.zoneOffset(ns), userName: nameOf, groupName: nameOf, withAtime });
      const nodes: Node[] = [];
      const start = writer.begin();
      for (const { name, fields: stat, linkTarget, xattrs, content } of sorted) {
        const facts = {
          ...stat.toFileStat(),
          name,
          user: nameOf(stat.uid),
          group: nameOf(stat.gid),
          linkTarget: stat.type === "symlink" ? linkTarget : Buffer.alloc(0),
          xattrs,
        };
        const node = nodeOf(name, facts, withAtime, world);
        // The name amid other bytes, as in a listing.
        writer.head(Buffer.concat([Buffer.from("x"), name, Buffer.from("\0y")]), 1, name.length, stat);
        if (stat.type === "symlink") writer.linkTarget(linkTarget);
        writer.xattrs(xattrs);
        if (stat.type === "file") {
          writer.endFile(fromHex(content.join("")));
          nodes.push({ ...node, content });
        } else if (stat.type === "dir") {
          const inner = writer.begin();
          writer.end();
          assert.equal(writer.bytes.toString("utf8", inner, writer.length), '{"nodes":[]}\n');
          writer.length = inner;
          writer.endDirectory(fromHex(content[0] ?? "0".repeat(64)));
          nodes.push({ ...node, subtree: content[0] ?? ("0".repeat(64) as (typeof content)[0]) });
        } else {
          writer.endOther(stat);
          nodes.push(node);
        }
      }
      writer.end();
      assert.equal(writer.bytes.toString("utf8", start, writer.length), Buffer.from(encodeTree(nodes)).toString());
    }),
    RUNS,
  );
});

test("a tree larger than the room it began with", () => {
  const writer = new TreeWriter({ zoneOffset: () => 0, userName: nameOf, groupName: nameOf, withAtime: false });
  const stat = Object.assign(new StatFields(), { stMode: 0o100644, type: "file" });
  const nodes: Node[] = [];
  writer.begin();
  for (let i = 0; i < 3000; i++) {
    const name = Buffer.from(`${String(i).padStart(5, "0")}\u00a0<${"é".repeat(i % 99)}`);
    writer.head(name, 0, name.length, stat);
    writer.endFile(Buffer.alloc(32 * (i % 7), i));
    const facts = { ...stat.toFileStat(), name, user: "root", group: "root", linkTarget: Buffer.alloc(0), xattrs: [] };
    const content = Array<BlobId>(i % 7).fill(asId(Buffer.alloc(32, i).toString("hex")));
    nodes.push({ ...nodeOf(name, facts, false, testWorld()), content });
  }
  writer.end();
  assert.ok(writer.bytes.subarray(0, writer.length).equals(encodeTree(nodes)));
});
