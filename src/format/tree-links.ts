import { asBuffer, type Bytes, fromHex, utf8 } from "../base/bytes.ts";
import type { BlobId } from "../base/id.ts";
import { unquoteName } from "./go-quote.ts";
import { skipBase64, skipId, skipPlainString, skipString, skipText, skipTime, skipUint32, skipUint64 } from "./json-skip.ts";
import type { Node, NodeType } from "./node.ts";

type Kind = "name" | "type" | "uint32" | "uint64" | "time" | "string" | "base64" | "xattrs" | "content" | "subtree";

/** In the order in which they are written (restic-format §7.1). `generic_attributes`, which only Windows writes, are left to `decodeTree`. */
const FIELDS: readonly { readonly key: Bytes; readonly kind: Kind }[] = (
  [
    ["name", "name"],
    ["type", "type"],
    ["mode", "uint32"],
    ["mtime", "time"],
    ["atime", "time"],
    ["ctime", "time"],
    ["uid", "uint32"],
    ["gid", "uint32"],
    ["user", "string"],
    ["group", "string"],
    ["inode", "uint64"],
    ["device_id", "uint64"],
    ["size", "uint64"],
    ["links", "uint64"],
    ["linktarget", "string"],
    ["linktarget_raw", "base64"],
    ["extended_attributes", "xattrs"],
    ["device", "uint64"],
    ["content", "content"],
    ["subtree", "subtree"],
    ["error", "string"],
  ] as const
).map(([name, kind]) => ({ key: utf8(`"${name}":`), kind }));

/** Which of a node's fields, for `placeOf`. */
export type FieldRank = number;

export function fieldRank(name: string): FieldRank {
  const key = `"${name}":`;
  return FIELDS.findIndex((field) => asBuffer(field.key).toString() === key);
}

const BEGIN = utf8('{"nodes":[');
const END = utf8("]}\n");
const NULL = utf8("null");
const XATTR_NAME = utf8('{"name":');
const XATTR_VALUE = utf8(',"value":');
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

const NO_LIST = -1;
const NO_BYTES: Bytes = new Uint8Array(0);
const FIRST_ROOM = 256;
const COLUMNS = 6;
const TYPES_KEPT = 16;
const [TYPE, NAME, NAME_END, CONTENT, CONTENT_END, SUBTREE] = [0, 1, 2, 3, 4, 5] as const;

/**
 * What the entries of a tree are called and refer to, read without making an object for any of them: for those who look at every tree of a
 * repository and at little in it. All of it is good until the next scan.
 */
export class TreeLinks {
  /** Entries of the tree. */
  length = 0;
  /** The raw ids that entries refer to, 32 bytes each; positions count ids. */
  ids: Uint8Array<ArrayBuffer> = new Uint8Array(FIRST_ROOM * 32);
  #idCount = 0;
  #columns = new Int32Array(FIRST_ROOM * COLUMNS);
  /** Where the value of each field of each entry begins, for those who ask. */
  #places: Int32Array<ArrayBuffer> | undefined;
  #bytes: Bytes = new Uint8Array(0);
  readonly #types: string[] = [];
  /** Names that are not written as they are. */
  readonly #oddNames = new Map<number, Bytes>();

  /** With `places`, `placeOf` knows where values are. */
  constructor(places = false) {
    if (places) this.#places = new Int32Array(FIRST_ROOM * FIELDS.length);
  }

  /**
   * False when the tree is not in the form that restic and this program write, as damaged and foreign ones, or with order "strict" when its
   * names do not ascend: `decodeTree` then knows better, and has the words. True only for trees that `decodeTree` takes.
   */
  scan(bytes: Bytes, order: "strict" | "any"): boolean {
    this.#clear(bytes);
    let at = skipText(bytes, 0, BEGIN);
    if (at < 0) return false;
    if (bytes[at] !== CLOSE_LIST) {
      for (;;) {
        at = this.#node(at);
        if (at < 0 || (order === "strict" && !this.#ascends(this.length))) return false;
        this.length++;
        if (bytes[at] !== COMMA) break;
        at++;
      }
    }
    return skipText(bytes, at, END) === bytes.length;
  }

  /** As if their tree had been scanned: for one that `decodeTree` took and `scan` did not. */
  takeNodes(nodes: readonly Node[]): void {
    this.#clear(NO_BYTES);
    for (const node of nodes) {
      const from = this.#newEntry();
      this.#columns[from + TYPE] = this.#numberOf(node.type);
      this.#oddNames.set(this.length, node.name);
      if (node.content !== null) {
        this.#columns[from + CONTENT] = this.#idCount;
        for (const id of node.content) this.#takeId(id);
        this.#columns[from + CONTENT_END] = this.#idCount;
      }
      if (node.subtree !== undefined) {
        this.#columns[from + SUBTREE] = this.#idCount;
        this.#takeId(node.subtree);
      }
      this.length++;
    }
  }

  typeOf(entry: number): NodeType {
    return this.#types[this.#columns[entry * COLUMNS + TYPE]!] as NodeType;
  }

  /** The name, unquoted; memory of the tree's bytes or of its own. */
  nameOf(entry: number): Bytes {
    const from = entry * COLUMNS;
    return this.#oddNames.get(entry) ?? this.#bytes.subarray(this.#columns[from + NAME], this.#columns[from + NAME_END]);
  }

  /** Where the ids of a file's content begin in `ids`; -1 when the entry has no list of contents. */
  contentFrom(entry: number): number {
    return this.#columns[entry * COLUMNS + CONTENT]!;
  }

  contentEnd(entry: number): number {
    return this.#columns[entry * COLUMNS + CONTENT_END]!;
  }

  /** Where the id of a directory's tree lies in `ids`; -1 when the entry has none. */
  subtreeOf(entry: number): number {
    return this.#columns[entry * COLUMNS + SUBTREE]!;
  }

  /** Where in the tree's bytes the value of a field begins; 0 when the entry has no such field. */
  placeOf(entry: number, field: FieldRank): number {
    return this.#places?.[entry * FIELDS.length + field] ?? 0;
  }

  /** The entry's JSON, in the bytes that were scanned. */
  jsonOf(entry: number): Bytes {
    const start = (at: number): number => this.#columns[at * COLUMNS + NAME]! - 1 - FIELDS[0]!.key.length - 1;
    const end = entry + 1 < this.length ? start(entry + 1) - 1 : this.#bytes.length - END.length;
    return this.#bytes.subarray(start(entry), end);
  }

  #clear(bytes: Bytes): void {
    this.#bytes = bytes;
    this.length = 0;
    this.#idCount = 0;
    this.#oddNames.clear();
    // Trees have eight types at most, unless somebody made them up.
    if (this.#types.length > TYPES_KEPT) this.#types.length = 0;
  }

  /** Where the columns of one more entry begin. */
  #newEntry(): number {
    const from = this.length * COLUMNS;
    if (from + COLUMNS > this.#columns.length) this.#columns = doubled(this.#columns);
    this.#columns[from + CONTENT] = NO_LIST;
    this.#columns[from + CONTENT_END] = NO_LIST;
    this.#columns[from + SUBTREE] = -1;
    if (this.#places !== undefined) {
      const place = this.length * FIELDS.length;
      if (place + FIELDS.length > this.#places.length) this.#places = doubled(this.#places);
      this.#places.fill(0, place, place + FIELDS.length);
    }
    return from;
  }

  #numberOf(type: string): number {
    const known = this.#types.indexOf(type);
    return known < 0 ? this.#types.push(type) - 1 : known;
  }

  #takeId(id: BlobId): void {
    if ((this.#idCount + 1) * 32 > this.ids.length) this.ids = doubled(this.ids);
    this.ids.set(fromHex(id), this.#idCount++ * 32);
  }

  #node(start: number): number {
    const bytes = this.#bytes;
    const entry = this.length;
    const from = this.#newEntry();
    if (bytes[start] !== OPEN_OBJECT) return -1;
    let at = start;
    let rank = 0;
    for (let seen = 0; rank < FIELDS.length; seen++) {
      // Behind the brace or the comma.
      let value = skipText(bytes, at + 1, FIELDS[rank]!.key);
      while (value < 0 && seen >= REQUIRED && ++rank < FIELDS.length) value = skipText(bytes, at + 1, FIELDS[rank]!.key);
      if (value < 0) return -1;
      if (this.#places !== undefined) this.#places[entry * FIELDS.length + rank] = value;
      at = this.#value(FIELDS[rank++]!.kind, value, from, entry);
      if (at < 0) return -1;
      if (bytes[at] === CLOSE_OBJECT) return rank >= REQUIRED ? at + 1 : -1;
      if (bytes[at] !== COMMA) return -1;
    }
    return -1;
  }

  #value(kind: Kind, at: number, from: number, entry: number): number {
    const bytes = this.#bytes;
    switch (kind) {
      case "name":
        return this.#name(at, from, entry);
      case "type":
        return this.#type(at, from);
      case "uint32":
        return skipUint32(bytes, at);
      case "uint64":
        return skipUint64(bytes, at);
      case "time":
        return skipTime(bytes, at);
      case "string":
        return skipString(bytes, at);
      case "base64":
        return skipBase64(bytes, at);
      case "xattrs":
        return this.#xattrs(at);
      case "content":
        return this.#content(at, from);
      case "subtree":
        this.#columns[from + SUBTREE] = this.#idCount;
        return this.#id(at);
    }
  }

  #name(at: number, from: number, entry: number): number {
    let end = skipPlainString(this.#bytes, at);
    if (end < 0) {
      end = skipString(this.#bytes, at);
      if (end < 0) return -1;
      const name = unquoteName(JSON.parse(asBuffer(this.#bytes).toString("utf8", at, end)) as string);
      if (name === undefined) return -1;
      this.#oddNames.set(entry, name);
    }
    this.#columns[from + NAME] = at + 1;
    this.#columns[from + NAME_END] = end - 1;
    return end;
  }

  #type(at: number, from: number): number {
    const end = skipPlainString(this.#bytes, at);
    if (end < 0) return -1;
    const length = end - at - 2;
    // A tree has few kinds of entries: none of them is turned into a string twice.
    let number = this.#types.findIndex((type) => type.length === length && isText(this.#bytes, at + 1, type));
    if (number < 0) number = this.#types.push(asBuffer(this.#bytes).toString("latin1", at + 1, end - 1)) - 1;
    this.#columns[from + TYPE] = number;
    return end;
  }

  #xattrs(at: number): number {
    const bytes = this.#bytes;
    if (bytes[at] !== OPEN_LIST) return -1;
    for (let k = at + 1; ; k++) {
      k = skipText(bytes, k, XATTR_NAME);
      if (k >= 0) k = skipString(bytes, k);
      if (k >= 0) k = skipText(bytes, k, XATTR_VALUE);
      if (k >= 0) k = skipBase64(bytes, k);
      if (k < 0 || bytes[k++] !== CLOSE_OBJECT) return -1;
      if (bytes[k] === CLOSE_LIST) return k + 1;
      if (bytes[k] !== COMMA) return -1;
    }
  }

  #content(at: number, from: number): number {
    const bytes = this.#bytes;
    if (bytes[at] !== OPEN_LIST) return skipText(bytes, at, NULL);
    this.#columns[from + CONTENT] = this.#idCount;
    let k = at + 1;
    if (bytes[k] !== CLOSE_LIST) {
      for (;;) {
        k = this.#id(k);
        if (k < 0) return -1;
        if (bytes[k] !== COMMA) break;
        k++;
      }
    }
    this.#columns[from + CONTENT_END] = this.#idCount;
    return bytes[k] === CLOSE_LIST ? k + 1 : -1;
  }

  #id(at: number): number {
    if ((this.#idCount + 1) * 32 > this.ids.length) this.ids = doubled(this.ids);
    return skipId(this.#bytes, at, this.ids, this.#idCount++ * 32);
  }

  #ascends(entry: number): boolean {
    if (entry === 0) return true;
    if (this.#oddNames.has(entry) || this.#oddNames.has(entry - 1)) return Buffer.compare(this.nameOf(entry - 1), this.nameOf(entry)) < 0;
    const bytes = this.#bytes;
    const columns = this.#columns;
    const from = entry * COLUMNS;
    const before = columns[from - COLUMNS + NAME]!;
    const after = columns[from + NAME]!;
    const beforeLength = columns[from - COLUMNS + NAME_END]! - before;
    const afterLength = columns[from + NAME_END]! - after;
    for (let k = 0; k < beforeLength && k < afterLength; k++) {
      const difference = bytes[before + k]! - bytes[after + k]!;
      if (difference !== 0) return difference < 0;
    }
    return beforeLength < afterLength;
  }
}

/** `name` and `type` are always there and first. */
const REQUIRED = 2;

function isText(bytes: Bytes, at: number, text: string): boolean {
  for (let k = 0; k < text.length; k++) if (bytes[at + k] !== text.charCodeAt(k)) return false;
  return true;
}

function doubled<T extends Uint8Array<ArrayBuffer> | Int32Array<ArrayBuffer>>(column: T): T {
  const Column = column.constructor as new (length: number) => T;
  const larger = new Column(column.length * 2);
  larger.set(column);
  return larger;
}
