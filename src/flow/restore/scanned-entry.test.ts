import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { utf8 } from "../../base/bytes.ts";
import { asId, type BlobId } from "../../base/id.ts";
import type { Node } from "../../format/node.ts";
import { decodeTree, encodeTree } from "../../format/tree.ts";
import { TreeLinks } from "../../format/tree-links.ts";
import { memoryRepository } from "../../repo/testing.ts";
import { propertyRuns } from "../../source/testing.ts";
import { plainNode } from "../testing.ts";
import { Blobs } from "./blobs.ts";
import { ScannedEntry } from "./scanned-entry.ts";
import { Traits } from "./traits.ts";
import { type EntryTimes, NodeEntry, type TreeEntry } from "./tree-entry.ts";

const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const uint63 = fc.oneof(fc.bigInt({ min: 0n, max: 3n }), fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }));
const time = fc.record({
  // From the year 1 to 9999, and often close to where something may go wrong.
  ns: fc.oneof(
    fc.bigInt({ min: -62_135_596_800_000_000_000n, max: 253_402_214_400_000_000_000n }),
    fc.constantFrom(-1n, 0n, 1n, 951_782_400_000_000_000n, 1_709_251_199_999_999_999n, -2_203_891_200_000_000_000n),
  ),
  offset: fc.constantFrom(0, 3600, -5 * 3600, 5 * 3600 + 45 * 60),
});
const id = fc.stringMatching(/^[0-9a-f]{64}$/).map((hex): BlobId => asId(hex));
const text = fc.oneof(fc.constantFrom("", "root", 'quo"te', "ü"), fc.string({ maxLength: 5 }));
const fields: fc.Arbitrary<Partial<Node>> = fc.record({
  mode: uint32,
  mtime: time,
  atime: time,
  uid: uint32,
  gid: uint32,
  user: text,
  group: text,
  inode: uint63,
  deviceId: uint63,
  size: fc.bigInt({ min: 0n, max: 1n << 52n }),
  links: uint63,
  xattrs: fc.oneof(fc.constant([]), fc.constant([{ name: utf8("user.a"), value: utf8("b") }])),
});
const nodes = fc.array(
  fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 6 }), fields, fc.option(fc.array(id, { maxLength: 3 }), { nil: null }), fc.option(id)),
  {
    maxLength: 8,
  },
);

test("an entry that was scanned says what the decoded one says", async () => {
  const { repo } = await memoryRepository();
  const links = new TreeLinks(true);
  fc.assert(
    fc.property(nodes, (made) => {
      const byName = new Map(
        made.map(([name, node, content, subtree]) => [Buffer.from(name).toString("latin1"), { name, node, content, subtree }]),
      );
      const all = [...byName.values()]
        .filter(({ name }) => !name.some((byte) => byte === 0))
        .sort((a, b) => Buffer.compare(a.name, b.name))
        .map(({ name, node, content, subtree }, at) => {
          if (at % 3 === 0) return plainNode("dir", name, { ...node, subtree: subtree ?? undefined });
          return at % 3 === 1 ? plainNode("file", name, { ...node, content }) : plainNode("symlink", name, { ...node, linkTarget: name });
        });
      const bytes = encodeTree(all);
      assert.equal(links.scan(bytes, "strict"), true);
      const scanned = new ScannedEntry(bytes, links, "tree");
      const decoded = decodeTree(bytes, "tree");
      const [left, right] = [new Told(new Blobs(repo.index, undefined, 0)), new Told(new Blobs(repo.index, undefined, 0))];
      for (const [at, node] of decoded.entries()) {
        scanned.at = at;
        assert.deepEqual(left.of(scanned), right.of(new NodeEntry(node)));
        assert.deepEqual(scanned.node(), node);
      }
    }),
    propertyRuns(150),
  );
});

test("times that are not there, and digits beyond nanoseconds, count as they do for a decoded entry", () => {
  const odd =
    '{"nodes":[{"name":"a","type":"file","content":null},{"name":"b","type":"file","mtime":"2024-02-29T23:59:59.1234567899+05:45","content":[]}]}\n';
  const links = new TreeLinks(true);
  const bytes = utf8(odd);
  assert.equal(links.scan(bytes, "strict"), true);
  const scanned = new ScannedEntry(bytes, links, "tree");
  for (const [at, node] of decodeTree(bytes, "tree").entries()) {
    scanned.at = at;
    assert.deepEqual(timesOf(scanned), timesOf(new NodeEntry(node)));
    assert.equal(
      scanned.eachBlob(undefined as never, () => undefined),
      node.content !== null,
    );
  }
});

function timesOf(entry: TreeEntry): EntryTimes {
  const times = { mtime: 0, mtimeNs: 0, atime: 0, atimeNs: 0 };
  entry.timesInto(times);
  return times;
}

class Told {
  readonly #traits = new Traits();
  readonly #blobs: Blobs;

  constructor(blobs: Blobs) {
    this.#blobs = blobs;
  }

  of(entry: TreeEntry): unknown {
    const ids: BlobId[] = [];
    const hasContent = entry.eachBlob(this.#blobs, (blob) => void ids.push(this.#blobs.idOf(blob)));
    const trait = this.#traits.list[entry.traitIn(this.#traits)];
    const { type, name } = entry;
    return [type, Buffer.from(name), entry.subtree(), trait, timesOf(entry), hasContent, ids, entry.size(), entry.linkKey()];
  }
}
