import { TreeLinks } from "../../src/format/tree-links.ts";
import { TreeScanner } from "../../src/format/tree-scanner.ts";
import { decodeTree, encodeTree } from "../../src/format/tree.ts";
import type { Node } from "../../src/format/node.ts";
import { asId } from "../../src/base/id.ts";
import { MicroTable } from "./table.ts";
import { someNames } from "./names.ts";

/** Trees of 1,000 files: made of nodes, read into nodes, and read without making any. Time for one node. */
const COUNT = 1000;

const names = someNames(COUNT);
const nodes: Node[] = names.map((name, i) => ({
  name,
  type: "file",
  mode: 0o644,
  mtime: { ns: 1_750_000_000_123_456_789n + BigInt(i), offset: 7200 },
  atime: { ns: 1_750_000_000_123_456_789n + BigInt(i), offset: 7200 },
  ctime: { ns: 1_750_000_001_000_000_000n + BigInt(i), offset: 7200 },
  uid: 1000,
  gid: 1000,
  user: "someone",
  group: "users",
  inode: 9_000_000_000n + BigInt(i),
  deviceId: 66_306n,
  size: 15_000n + BigInt(i),
  links: 1n,
  linkTarget: new Uint8Array(0),
  xattrs: [],
  genericAttributes: undefined,
  device: 0n,
  content: [asId(i.toString(16).padStart(64, "5"))],
  subtree: undefined,
  error: "",
}));
const bytes = encodeTree(nodes);
const links = new TreeLinks();

const table = new MicroTable(`tree of ${COUNT} nodes`);
table.each("encodeTree, a node", COUNT, () => encodeTree(nodes));
table.each("decodeTree, a node", COUNT, () => decodeTree(bytes, "tree"));
table.each("TreeLinks.scan, a node", COUNT, () => {
  if (!links.scan(bytes, "strict")) throw new Error("the form is not known");
});
table.each("TreeScanner.find in order, a node", COUNT, () => {
  const scanner = new TreeScanner(bytes, "tree");
  for (const name of names) if (scanner.find(name, 0, name.length) < 0) throw new Error("a node is not found");
});
table.print();
