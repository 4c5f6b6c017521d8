import { type Bytes, compareBytes } from "../base/bytes.ts";
import { CorruptError } from "../base/error.ts";
import { quoteName, unquoteName } from "./go-quote.ts";
import { parseJson } from "./json-reader.ts";
import { skipString } from "./json-skip.ts";
import { decodeNode } from "./node-codec.ts";
import type { Node } from "./node.ts";
import { decodeTree, encodeTree } from "./tree.ts";

const BEGIN = Buffer.from('{"nodes":[');
const NODE_BEGIN = Buffer.from('{"name":"');
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const COMMA = 0x2c;
const END_OF_LIST = 0x5d;

/**
 * Looks entries up in a tree's bytes without decoding it: whoever asks in tree order passes over every byte once. A node is where its
 * opening brace is. Trees in another form than restic writes are decoded and written anew first, so that every one can be asked.
 */
export class TreeScanner {
  bytes: Bytes;
  /** These are the very bytes the tree was loaded as. */
  isAsLoaded = true;
  private readonly nameOfTree: () => string;
  /** At the brace of a node, or at the end of the list. */
  private at = BEGIN.length;
  /** The node passed over last, for its name; -1 at the start. */
  private last = -1;
  /** The node at hand is the one that was asked for: it is where it should be. */
  private isFound = false;

  /** `what` names the tree in errors. Throws CorruptError; so may each method. */
  constructor(bytes: Bytes, what: string | (() => string)) {
    this.bytes = bytes;
    this.nameOfTree = typeof what === "string" ? () => what : what;
    if (!startsWith(bytes, 0, BEGIN)) this.normalize();
  }

  /** The node of that name (which lies in `names`), or -1. Names have to be asked for in tree order. */
  find(names: Bytes, start: number, length: number): number {
    for (;;) {
      if (this.bytes[this.at] === END_OF_LIST) return -1;
      if (!startsWith(this.bytes, this.at, NODE_BEGIN)) {
        this.normalize();
        continue;
      }
      const order = this.compareName(names, start, length);
      if (order > 0) return -1;
      if (order === 0) {
        this.isFound = true;
        return this.at;
      }
      this.skip();
    }
  }

  /** Goes on behind a node that was found, when its end is known. */
  pass(end: number): void {
    this.isFound = false;
    this.last = this.at;
    this.at = this.bytes[end] === COMMA ? end + 1 : end;
  }

  /** Looks through what nobody has asked for: a tree out of order is found out in any case. */
  finish(): void {
    while (this.bytes[this.at] !== END_OF_LIST) {
      if (startsWith(this.bytes, this.at, NODE_BEGIN)) this.skip();
      else this.normalize();
    }
  }

  /** Behind the node's closing brace. */
  endOf(node: number): number {
    const { bytes } = this;
    let depth = 0;
    for (let i = node; i < bytes.length; i++) {
      const byte = bytes[i];
      if (byte === QUOTE) i = this.endOfString(i) - 1;
      else if (byte === OPEN) depth++;
      else if (byte === CLOSE && --depth === 0) return i + 1;
    }
    throw this.broken("a node does not end");
  }

  decode(node: number): Node {
    return decodeNode(parseJson(this.bytes.subarray(node, this.endOf(node)), this.what), this.what);
  }

  private skip(): void {
    if (!this.isFound && this.last >= 0 && compareBytes(this.nameAt(this.last), this.nameAt(this.at)) >= 0) {
      throw this.broken(`entry "${quoteName(this.nameAt(this.at))}" is not above "${quoteName(this.nameAt(this.last))}"`);
    }
    const end = this.endOf(this.at);
    const next = this.bytes[end];
    if (next !== COMMA && next !== END_OF_LIST) this.normalize();
    else this.pass(end);
  }

  /** Below zero: the tree's name comes first. The tree's name without escapes is the name itself. */
  private compareName(names: Bytes, start: number, length: number): number {
    const { bytes } = this;
    const from = this.at + NODE_BEGIN.length;
    for (let i = 0; ; i++) {
      const theirs = bytes[from + i];
      if (theirs === QUOTE) return i === length ? 0 : -1;
      if (theirs === BACKSLASH || theirs === undefined) return compareBytes(this.nameAt(this.at), names.subarray(start, start + length));
      if (i === length) return 1;
      const order = theirs - names[start + i]!;
      if (order !== 0) return order;
    }
  }

  private nameAt(node: number): Bytes {
    const from = node + NODE_BEGIN.length - 1;
    const text = parseJson(this.bytes.subarray(from, this.endOfString(from)), this.what);
    const name = typeof text === "string" ? unquoteName(text) : undefined;
    if (name === undefined) throw this.broken('field "name" is not a quoted name');
    return name;
  }

  /** Behind the closing quote of the string that begins there. */
  private endOfString(at: number): number {
    const end = skipString(this.bytes, at);
    if (end < 0) throw this.broken("a string does not end");
    return end;
  }

  /** Decodes the whole and writes it anew; whatever was passed over is found at the same names again. */
  private normalize(): void {
    if (!this.isAsLoaded) throw this.broken("a tree that was written anew cannot be read");
    this.bytes = encodeTree(decodeTree(this.bytes, this.what));
    this.isAsLoaded = false;
    this.at = BEGIN.length;
    this.last = -1;
    this.isFound = false;
  }

  private get what(): string {
    return this.nameOfTree();
  }

  private broken(check: string): CorruptError {
    return new CorruptError({ object: this.what, check });
  }
}

function startsWith(bytes: Bytes, at: number, text: Buffer): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false;
  return true;
}
