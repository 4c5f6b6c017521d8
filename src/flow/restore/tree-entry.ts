import type { Bytes } from "../../base/bytes.ts";
import type { BlobId } from "../../base/id.ts";
import { NS_PER_SECOND } from "../../base/time.ts";
import type { Node, NodeType } from "../../format/node.ts";
import type { Blobs } from "./blobs.ts";
import type { Traits } from "./traits.ts";

/** Seconds since 1970 and nanoseconds beyond them, of the last change and the last access. */
export interface EntryTimes {
  mtime: number;
  mtimeNs: number;
  atime: number;
  atimeNs: number;
}

/** One entry of a tree, asked for what a plan needs of it. Good until the walk goes on. */
export interface TreeEntry {
  readonly type: NodeType;
  readonly name: Bytes;
  subtree(): BlobId | undefined;
  traitIn(traits: Traits): number;
  timesInto(times: EntryTimes): void;
  /** Tells the number of each blob of its content; false when it has no list of contents. */
  eachBlob(blobs: Blobs, visit: (blob: number) => void): boolean;
  size(): number;
  /** Tells entries that are names of one file; undefined when there is only one name. */
  linkKey(): string | undefined;
  /** Everything, for what is rarely asked. */
  node(): Node;
}

/** An entry that was decoded. */
export class NodeEntry implements TreeEntry {
  readonly #node: Node;

  constructor(node: Node) {
    this.#node = node;
  }

  get type(): NodeType {
    return this.#node.type;
  }

  get name(): Bytes {
    return this.#node.name;
  }

  subtree(): BlobId | undefined {
    return this.#node.subtree;
  }

  traitIn(traits: Traits): number {
    return traits.numberOf(this.#node);
  }

  timesInto(times: EntryTimes): void {
    const { mtime, atime } = this.#node;
    times.mtimeNs = nanosOf(mtime.ns);
    times.mtime = Number((mtime.ns - BigInt(times.mtimeNs)) / NS_PER_SECOND);
    times.atimeNs = nanosOf(atime.ns);
    times.atime = Number((atime.ns - BigInt(times.atimeNs)) / NS_PER_SECOND);
  }

  eachBlob(blobs: Blobs, visit: (blob: number) => void): boolean {
    const { content } = this.#node;
    for (const id of content ?? []) visit(blobs.numberOf(id));
    return content !== null;
  }

  size(): number {
    return Number(this.#node.size);
  }

  linkKey(): string | undefined {
    const { links, deviceId, inode } = this.#node;
    return links > 1n ? `${deviceId}:${inode}` : undefined;
  }

  node(): Node {
    return this.#node;
  }
}

/** Never negative; before 1970 the seconds are rounded down. */
function nanosOf(ns: bigint): number {
  return Number(((ns % NS_PER_SECOND) + NS_PER_SECOND) % NS_PER_SECOND);
}
