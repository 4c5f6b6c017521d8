import { type Bytes, utf8 } from "../base/bytes.ts";
import { asId, type BlobId, type SnapshotId } from "../base/id.ts";
import type { Time } from "../base/time.ts";
import { goModeFromStat } from "../format/mode.ts";
import type { Node, NodeType } from "../format/node.ts";
import { encodeSnapshot } from "../format/snapshot-codec.ts";
import { encodeTree } from "../format/tree.ts";
import type { BlobWriter } from "../repo/blob-writer.ts";
import { createBlobWriter } from "../repo/packer.ts";
import type { Repository } from "../repo/repository.ts";
import { putBlob } from "../repo/testing.ts";

/** An entry of a made-up snapshot: the parts of a file's content, a directory's entries, or a node's own fields. */
export type Entry =
  | { readonly parts: readonly (string | Bytes)[]; readonly node?: Partial<Node> }
  | { readonly entries: Entries; readonly node?: Partial<Node> }
  | { readonly node: Partial<Node> & { readonly type: NodeType } };

export type Entries = Readonly<Record<string, Entry>>;

const TIME: Time = { ns: 1_700_000_000_123_456_789n, offset: 0 };
const TYPE_BITS: Partial<Record<NodeType, number>> = {
  file: 0o100000,
  dir: 0o040000,
  symlink: 0o120000,
  fifo: 0o010000,
  chardev: 0o020000,
  dev: 0o060000,
};

/** A node with every field set to something harmless, owned by whoever runs the test. */
export function plainNode(type: NodeType, name: string | Bytes, fields: Partial<Node> = {}): Node {
  const permissions = type === "dir" ? 0o755 : type === "symlink" ? 0o777 : 0o644;
  return {
    name: typeof name === "string" ? utf8(name) : name,
    type,
    mode: goModeFromStat((TYPE_BITS[type] ?? 0o100000) | permissions),
    mtime: TIME,
    atime: TIME,
    ctime: TIME,
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    user: "",
    group: "",
    inode: 0n,
    deviceId: 0n,
    size: 0n,
    links: type === "dir" ? 0n : 1n,
    linkTarget: new Uint8Array(0),
    xattrs: [],
    genericAttributes: undefined,
    device: 0n,
    content: type === "file" ? [] : null,
    subtree: undefined,
    error: "",
    ...fields,
  };
}

export interface MadeSnapshot {
  readonly id: SnapshotId;
  readonly tree: BlobId;
}

/** Stores a snapshot of made-up entries. Names sort as bytes; whatever the fields say is written, hostile or not. */
export async function makeSnapshot(repo: Repository, entries: Entries, options: { readonly paths?: string[] } = {}): Promise<MadeSnapshot> {
  const writer = createBlobWriter(repo);
  const tree = await storeEntries(repo, writer, entries);
  await writer.flush();
  return { id: await storeSnapshot(repo, tree, options.paths), tree };
}

export function storeSnapshot(repo: Repository, tree: BlobId, paths: readonly string[] = ["/made/up"]): Promise<SnapshotId> {
  const ns = repo.world.clock.nowNs();
  const snapshot = {
    time: { ns, offset: 0 },
    parent: undefined,
    tree,
    paths,
    hostname: repo.world.hostname,
    username: "tester",
    uid: 0,
    gid: 0,
    excludes: [],
    tags: [],
    original: undefined,
    programVersion: "test",
    summary: undefined,
  };
  return repo.saveUnpacked<"snapshot">("snapshots", encodeSnapshot(snapshot));
}

export async function storeEntries(repo: Repository, writer: BlobWriter, entries: Entries): Promise<BlobId> {
  const nodes: Node[] = [];
  for (const [name, entry] of Object.entries(entries)) nodes.push(await storeEntry(repo, writer, name, entry));
  nodes.sort((a, b) => Buffer.compare(a.name, b.name));
  return putBlob(repo, writer, "tree", encodeTree(nodes));
}

async function storeEntry(repo: Repository, writer: BlobWriter, name: string, entry: Entry): Promise<Node> {
  if ("entries" in entry) {
    const subtree = await storeEntries(repo, writer, entry.entries);
    return plainNode("dir", name, { subtree, ...entry.node });
  }
  if (!("parts" in entry)) return plainNode(entry.node.type, name, entry.node);
  const content: BlobId[] = [];
  let size = 0;
  for (const part of entry.parts) {
    const bytes = typeof part === "string" ? utf8(part) : part;
    content.push(await putBlob(repo, writer, "data", bytes));
    size += bytes.length;
  }
  return plainNode("file", name, { content, size: BigInt(size), ...entry.node });
}

export function fakeBlobId(digit: string): BlobId {
  return asId<"blob">(digit.repeat(64));
}
