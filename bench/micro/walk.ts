import { type Bytes, compareBytes, utf8 } from "../../src/base/bytes.ts";
import { systemWorld } from "../../src/app/system-world.ts";
import { nodeOf } from "../../src/flow/backup/source-node.ts";
import type { Node } from "../../src/format/node.ts";
import { decodeTree, encodeTree } from "../../src/format/tree.ts";
import { TreeScanner } from "../../src/format/tree-scanner.ts";
import { TreeWriter } from "../../src/format/tree-writer.ts";
import type { FolderReader } from "../../src/source/folder.ts";
import { walkCalls } from "../../src/source/posix/libc.ts";
import { groupName, userName } from "../../src/source/posix/names.ts";
import { nativeFolders } from "../../src/source/posix/native-folder.ts";
import { plainFolders } from "../../src/source/posix/plain-folder.ts";
import { posixFs } from "../../src/source/source-fs.ts";
import { StatFields } from "../../src/source/stat-fields.ts";
import { MicroTable } from "./table.ts";

/** What a backup does with every entry before any file is read: list, stat, write its node, look it up in the parent's tree. */
const TOP = utf8(process.argv[2] ?? "/usr/share");
const world = systemWorld();
const fields = new StatFields();

interface Found {
  readonly name: Bytes;
  readonly stat: StatFields;
}

/** Every directory below the top; what is in it goes to `each`. */
function walk(reader: FolderReader, top: Bytes, each: (entries: number) => void, xattrs: boolean): void {
  const pending = [top];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const folder = reader.open(path);
    for (let i = 0; i < folder.count; i++) {
      if (!folder.stat(i, fields)) continue;
      if (xattrs) folder.xattrs(i, () => undefined);
      if (fields.type === "dir") pending.push(folder.pathOf(i));
    }
    each(folder.count);
    folder.close();
  }
}

function countOf(top: Bytes): number {
  let count = 0;
  walk(plainFolders(posixFs), top, (entries) => (count += entries), false);
  return count;
}

function collect(reader: FolderReader, path: Bytes): Found[] {
  const folder = reader.open(path);
  const found: Found[] = [];
  for (let i = 0; i < folder.count; i++) {
    if (!folder.stat(i, fields) || fields.type !== "file") continue;
    found.push({ name: folder.nameOf(i), stat: Object.assign(new StatFields(), fields) });
  }
  folder.close();
  return found;
}

const table = new MicroTable("walk");
const count = countOf(TOP);
const readers: [string, FolderReader][] = [["node:fs", plainFolders(posixFs)]];
if (walkCalls !== undefined) readers.push(["C library", nativeFolders(walkCalls)]);
for (const [how, reader] of readers) {
  table.each(`list and stat, ${how}`, count, () => walk(reader, TOP, () => undefined, false), "µs");
  table.each(`the same and attributes, ${how}`, count, () => walk(reader, TOP, () => undefined, true), "µs");
}

// Nodes of one directory of many files, as they are.
const files = collect(readers.at(-1)![1], utf8(process.argv[3] ?? "/usr/include/linux"));
const content = Buffer.alloc(32, 7);
const nodes = (): Node[] =>
  files.map(({ name, stat }) => {
    const facts = {
      ...stat.toFileStat(),
      name,
      user: userName(stat.uid),
      group: groupName(stat.gid),
      linkTarget: Buffer.alloc(0),
      xattrs: [],
    };
    return { ...nodeOf(name, facts, false, world), content: [content.toString("hex")] as unknown as Node["content"] };
  });
const tree = encodeTree(nodes());
table.each("nodes as objects, encoded", files.length, () => encodeTree(nodes()));
const writer = new TreeWriter({ zoneOffset: (ns) => world.zoneOffset(ns), userName, groupName, withAtime: false });
const write = (): void => {
  writer.length = 0;
  writer.begin();
  for (const { name, stat } of files) {
    writer.head(name, 0, name.length, stat);
    writer.endFile(content);
  }
  writer.end();
};
table.each("nodes written from numbers", files.length, write);
write();
if (compareBytes(writer.bytes.subarray(0, writer.length), tree) !== 0) throw new Error("the two trees differ");
table.each("parent's tree decoded", files.length, () => decodeTree(tree, "tree"));
table.each("parent's tree looked through", files.length, () => {
  const scanner = new TreeScanner(tree, "tree");
  for (const { name } of files) scanner.pass(scanner.endOf(scanner.find(name, 0, name.length)));
});
table.print();
