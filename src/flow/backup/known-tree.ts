import { type Bytes, fromHex, toHex } from "../../base/bytes.ts";
import { skipString } from "../../format/json-skip.ts";
import type { Node } from "../../format/node.ts";
import { TreeScanner } from "../../format/tree-scanner.ts";
import type { Folder } from "../../source/folder.ts";

const CONTENT = Buffer.from(',"content":[');
const SUBTREE = Buffer.from(',"content":null,"subtree":"');
const TYPE_DIR = Buffer.from(',"type":"dir"');
/** Where the name stands in a node, with its quotes. */
const NAME_AT = '{"name":'.length;
const QUOTE = 0x22;
const COMMA = 0x2c;
const END_OF_LIST = 0x5d;
const END_OF_NODE = 0x7d;
const ID_BYTES = 32;
const HEX_DIGITS = 64;

/** Values of hexadecimal digits in lower case; 255 for any other byte. */
const HEX = new Uint8Array(256).fill(255);
for (let digit = 0; digit < 16; digit++) HEX[digit.toString(16).charCodeAt(0)] = digit;

/**
 * One directory of the parent snapshot, asked in tree order. Nothing is decoded for an entry that has not changed: its bytes are compared
 * with those that would be written now. Whatever is asked may throw CorruptError.
 */
export class KnownTree {
  /** 32 raw bytes; undefined for a part of a tree that came from another thread. */
  readonly id: Bytes | undefined;
  readonly scanner: TreeScanner;
  /** Ids found by `readContent`. */
  private ids: Bytes = Buffer.alloc(4 * ID_BYTES);

  constructor(bytes: Bytes, id: Bytes | undefined) {
    this.id = id;
    this.scanner = new TreeScanner(bytes, () => (id === undefined ? "tree" : `tree ${toHex(id)}`));
  }

  get bytes(): Bytes {
    return this.scanner.bytes;
  }

  /** The node of entry `i`, or -1. */
  find(folder: Folder, i: number): number {
    return this.scanner.find(folder.names, folder.startOf(i), folder.lengthOf(i));
  }

  /** Whether the node begins with those bytes. */
  beginsWith(node: number, bytes: Bytes, start: number, end: number): boolean {
    const { bytes: own } = this.scanner;
    for (let at = start, mine = node; at < end; at++, mine++) if (own[mine] !== bytes[at]) return false;
    return true;
  }

  /** Where a list of blobs that begins at `at` (with its comma) and the node with it ends; -1 when anything else stands there. */
  contentEnd(at: number): number {
    const { bytes } = this.scanner;
    if (!startsWith(bytes, at, CONTENT)) return -1;
    let end = at + CONTENT.length;
    while (bytes[end] === QUOTE) {
      end += HEX_DIGITS + 2;
      if (bytes[end] === COMMA) end++;
    }
    return bytes[end] === END_OF_LIST && bytes[end + 1] === END_OF_NODE ? end + 2 : -1;
  }

  /** The ids of that list, 32 raw bytes each, good until the next call; undefined when it is not in restic's form. */
  readContent(at: number, end: number): Bytes | undefined {
    const { bytes } = this.scanner;
    const count = Math.floor((end - at - CONTENT.length + 1) / (HEX_DIGITS + 3));
    if (count * ID_BYTES > this.ids.length) this.ids = Buffer.alloc(count * ID_BYTES * 2);
    const { ids } = this;
    for (let k = 0, from = at + CONTENT.length; k < count; k++, from += HEX_DIGITS + 3) {
      const isLast = k === count - 1;
      if (bytes[from + HEX_DIGITS + 1] !== QUOTE || bytes[from + HEX_DIGITS + 2] !== (isLast ? END_OF_LIST : COMMA)) return undefined;
      if (!readId(bytes, from + 1, ids, k * ID_BYTES)) return undefined;
    }
    return ids.subarray(0, count * ID_BYTES);
  }

  /** The tree of a directory's node, 32 raw bytes; undefined when it is no directory or has none. */
  subtreeOf(node: number): Bytes | undefined {
    const { bytes } = this.scanner;
    const end = this.scanner.endOf(node);
    const from = end - HEX_DIGITS - 2;
    if (startsWith(bytes, skipString(bytes, node + NAME_AT), TYPE_DIR) && startsWith(bytes, from - SUBTREE.length, SUBTREE)) {
      const id = Buffer.alloc(ID_BYTES);
      if (bytes[end - 2] === QUOTE && readId(bytes, from, id, 0)) return id;
    }
    const { type, subtree } = this.decode(node);
    return type === "dir" && subtree !== undefined ? fromHex(subtree) : undefined;
  }

  decode(node: number): Node {
    return this.scanner.decode(node);
  }

  nodeBytes(node: number): Bytes {
    return this.bytes.subarray(node, this.scanner.endOf(node));
  }

  /** A tree of those entries of the folder that are known here. The order of what is asked otherwise is not disturbed. */
  partFor(folder: Folder, entries: readonly number[]): Bytes {
    const scanner = new TreeScanner(this.bytes, () => "tree");
    const nodes: Buffer[] = [];
    for (const i of entries) {
      const node = scanner.find(folder.names, folder.startOf(i), folder.lengthOf(i));
      if (node >= 0) nodes.push(Buffer.from(scanner.bytes.subarray(node, scanner.endOf(node))));
    }
    const list = nodes.flatMap((node, i) => (i === 0 ? [node] : [Buffer.from(","), node]));
    return Uint8Array.from(Buffer.concat([Buffer.from('{"nodes":['), ...list, Buffer.from("]}\n")]));
  }
}

/** 64 digits in lower case; false when there are others. */
function readId(bytes: Bytes, at: number, into: Bytes, to: number): boolean {
  for (let i = 0; i < ID_BYTES; i++) {
    const high = HEX[bytes[at + 2 * i]!]!;
    const low = HEX[bytes[at + 2 * i + 1]!]!;
    if (high > 15 || low > 15) return false;
    into[to + i] = (high << 4) | low;
  }
  return true;
}

function startsWith(bytes: Bytes, at: number, text: Bytes): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false;
  return true;
}
