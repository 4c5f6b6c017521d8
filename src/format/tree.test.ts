import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compareBytes } from "../base/bytes.ts";
import { CorruptError } from "../base/error.ts";
import { sha256Hex } from "../kernel/hash.ts";
import { arbitraryNode, RUNS, sampleNode } from "./testing.ts";
import { decodeTree, EMPTY_TREE_ID, encodeNode, encodeTree, TreeEncoder } from "./tree.ts";

/** Written by restic 0.19.1 (cat blob): a link to bytes that are no UTF-8; a setuid file with a hostile name and two xattrs. */
const BY_RESTIC =
  String.raw`{"nodes":[{"name":"link","type":"symlink","mode":134218239,"mtime":"1961-05-05T06:32:03+05:30","atime":"1961-05-05T06:32:03+05:30","ctime":"2026-11-23T17:27:07.963034028+05:30","uid":0,"gid":0,"user":"root","group":"root","inode":10226165,"device_id":65024,"links":1,"linktarget":"to\ufffd\u003c","linktarget_raw":"dG/+PA==","content":null},{"name":"we\\\"ird\\\\n\\xff\\u00a0\u003c\u0026\u003eé","type":"file","mode":8389097,"mtime":"2024-02-29T18:04:56.7800001+05:30","atime":"2024-02-29T18:04:56.7800001+05:30","ctime":"2026-11-23T17:27:39.015035138+05:30","uid":0,"gid":0,"user":"root","group":"root","inode":10226164,"device_id":65024,"size":5,"links":1,"extended_attributes":[{"name":"user.k","value":"dg=="},{"name":"user.e","value":""}],"content":["2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"]}]}` +
  "\n";
const BY_RESTIC_ID = "ccf4c3b5931295ef6fd3dbbcd059ca4476ed31b08ba345630deb01aa17e755d7";

test("the empty tree", () => {
  assert.equal(Buffer.from(encodeTree([])).toString(), '{"nodes":[]}\n');
  assert.equal(sha256Hex(encodeTree([])), EMPTY_TREE_ID);
  assert.deepEqual(decodeTree(encodeTree([]), "t"), []);
});

test("a tree written by restic is read, and written back byte for byte", () => {
  const bytes = Buffer.from(BY_RESTIC);
  assert.equal(sha256Hex(bytes), BY_RESTIC_ID);
  const [link, file] = decodeTree(bytes, "t");
  assert.deepEqual(link?.linkTarget, Buffer.from([0x74, 0x6f, 0xfe, 0x3c]));
  assert.deepEqual(file?.name, Buffer.concat([Buffer.from('we"ird\\n'), Buffer.from([0xff]), Buffer.from("\u00a0<&>é")]));
  assert.equal(file?.mtime.ns, 1_709_210_096_780_000_100n);
  assert.deepEqual(
    file?.xattrs.map((xattr) => Buffer.from(xattr.name).toString()),
    ["user.k", "user.e"],
  );
  assert.equal(sha256Hex(encodeTree([link, file])), BY_RESTIC_ID);
});

test("fields that are empty are left out, content never is", () => {
  const bare = sampleNode({ mode: 0, user: "", group: "", inode: 0n, deviceId: 0n, size: 0n, links: 0n, uid: 0, gid: 0, content: null });
  const time = "2023-11-14T23:13:20.123456789+01:00";
  assert.equal(
    encodeNode(bare),
    `{"name":"file","type":"file","mtime":"${time}","atime":"${time}","ctime":"${time}","uid":0,"gid":0,"content":null}`,
  );
  assert.match(encodeNode(sampleNode({ content: [] })), /"content":\[\]\}$/);
});

test("64-bit numbers keep every digit", () => {
  const top = 18446744073709551615n;
  const node = sampleNode({ inode: top, deviceId: 9007199254740993n, size: 1n << 60n, links: 3n, device: top - 1n });
  assert.deepEqual(
    decodeTree(encodeTree([node]), "t"),
    [node].map((n) => ({ ...n, linkTarget: n.linkTarget })),
  );
});

test("any tree comes back as it was, and unchanged trees keep their bytes", () => {
  fc.assert(
    fc.property(fc.array(arbitraryNode, { maxLength: 6 }), (nodes) => {
      const sorted = nodes
        .sort((a, b) => compareBytes(a.name, b.name))
        .filter((n, i) => i === 0 || compareBytes(n.name, nodes[i - 1]!.name) > 0);
      const bytes = encodeTree(sorted);
      const decoded = decodeTree(bytes, "t");
      assert.deepEqual(decoded.map(plain), sorted.map(plain));
      assert.deepEqual(Buffer.from(encodeTree(decoded)), Buffer.from(bytes));
    }),
    RUNS,
  );
});

/** Byte strings of one class, so that they can be compared deeply. */
function plain(node: ReturnType<typeof sampleNode>): unknown {
  const bytes = (value: Uint8Array): string => Buffer.from(value).toString("hex");
  const xattrs = node.xattrs.map((xattr) => [bytes(xattr.name), bytes(xattr.value)]);
  return { ...node, name: bytes(node.name), linkTarget: bytes(node.linkTarget), xattrs };
}

test("a large tree is the same in pieces", () => {
  const encoder = new TreeEncoder();
  assert.equal(encoder.isEmpty, true);
  const nodes = Array.from({ length: 1000 }, (_, i) => sampleNode({ name: Buffer.from(`file${String(i).padStart(4, "0")}`) }));
  for (const node of nodes) encoder.add(node);
  assert.equal(encoder.isEmpty, false);
  const text = Buffer.from(encoder.finish()).toString();
  assert.equal(text, `{"nodes":[${nodes.map(encodeNode).join(",")}]}\n`);
  assert.equal(decodeTree(Buffer.from(text), "t").length, 1000);
});

test("order is kept: strictly by bytes, no name twice", () => {
  const named = (hex: string): ReturnType<typeof sampleNode> => sampleNode({ name: Buffer.from(hex, "hex") });
  // Bytes, not UTF-16: U+FFFD (ef bf bd) comes before U+10000 (f0 90 80 80); a prefix comes first.
  encodeTree([named("61"), named("6100"), named("62"), named("efbfbd"), named("f0908080")]);
  assert.throws(() => encodeTree([named("62"), named("61")]), /not above/);
  assert.throws(() => encodeTree([named("61"), named("61")]), /not above/);
  const twice = Buffer.from(`{"nodes":[${encodeNode(named("61"))},${encodeNode(named("61"))}]}`);
  assert.throws(() => decodeTree(twice, "tree 1234"), /^CorruptError: tree 1234: entry "a" is not above "a"/);
  assert.equal(decodeTree(twice, "t", "any").length, 2);
});

test("unknown keys are passed over, wrong ones named", () => {
  const id = "a".repeat(64);
  const read = (json: string): ReturnType<typeof decodeTree> => decodeTree(Buffer.from(json), "tree 12");
  const [node] = read(`{"x":[{}],"nodes":[{"name":"a","type":"dir","y":{"z":1},"subtree":"${id.toUpperCase()}"}],"end":null}`);
  assert.equal(node?.subtree, id);
  assert.equal(node?.content, null);
  assert.equal(read('{"nodes":[{"name":"a","type":"martian"}]}')[0]?.type, "martian");
  for (const [json, message] of [
    ["[]", /not a JSON object/],
    ["{}", /no list "nodes"/],
    ['{"nodes":{}}', /"nodes" is not a list/],
    ['{"nodes":[1]}', /not a JSON object/],
    ['{"nodes":[{"name":1}]}', /"name" is not a string/],
    ['{"nodes":[{"name":"\\\\q"}]}', /"name" is not a quoted name/],
    ['{"nodes":[{"name":"a","mtime":"yesterday"}]}', /"mtime" is not an RFC 3339 time/],
    ['{"nodes":[{"name":"a","mode":4294967296}]}', /"mode" is not an integer/],
    ['{"nodes":[{"name":"a","size":18446744073709551616}]}', /"size" is not an unsigned 64-bit/],
    ['{"nodes":[{"name":"a","size":-1}]}', /"size" is not/],
    ['{"nodes":[{"name":"a","inode":1.5}]}', /"inode" is not/],
    ['{"nodes":[{"name":"a","content":["ab"]}]}', /"content" is not a list of ids/],
    ['{"nodes":[{"name":"a","subtree":"00"}]}', /"subtree" is not an id/],
    ['{"nodes":[{"name":"a","linktarget_raw":"%"}]}', /"linktarget_raw" is not base64/],
  ] as const) {
    assert.throws(
      () => read(json),
      (error) => error instanceof CorruptError && message.test(error.message) && error.object === "tree 12",
      json,
    );
  }
});

test("every cut and every flipped bit of a tree either fails cleanly or decodes", () => {
  const bytes = Buffer.from(BY_RESTIC);
  for (let length = 0; length < bytes.length - 2; length++) assert.throws(() => decodeTree(bytes.subarray(0, length), "t"), CorruptError);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const damaged = Buffer.from(bytes);
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    try {
      decodeTree(damaged, "t");
    } catch (error) {
      assert.ok(error instanceof CorruptError, `bit ${bit}: ${String(error)}`);
    }
  }
});
