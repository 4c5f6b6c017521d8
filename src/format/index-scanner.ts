import type { Bytes } from "../base/bytes.ts";
import { decodeIndex } from "./index-codec.ts";
import type { IndexColumns } from "./index-columns.ts";

/**
 * What an index file lists, into columns. The form in which restic, rustic and firn write it is read without making an object for any
 * blob: 50,000 blobs take 12 ms, of which a fifth is hexadecimal, and 60 ms by `decodeIndex`. Any other form, and everything that is wrong,
 * is left to that, which knows what to say.
 */
export function readIndex(bytes: Bytes, what: string, into: IndexColumns, version: 1 | 2 = 2): void {
  into.clear();
  if (new IndexScanner(bytes, into, version).scan()) return;
  into.clear();
  for (const pack of decodeIndex(bytes, what, version)) into.addPack(pack.id, pack.blobs);
}

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

const START = ascii('{"packs":[');
const PACK = ascii('{"id":"');
const BLOBS = ascii('","blobs":[');
const BLOB = ascii('{"id":"');
const TYPE = ascii('","type":"');
const DATA = ascii('data","offset":');
const TREE = ascii('tree","offset":');
const LENGTH = ascii(',"length":');
const UNCOMPRESSED = ascii(',"uncompressed_length":');

const COMMA = 0x2c;
const ZERO = 0x30;
const BRACKET = 0x5d;
const BRACE = 0x7d;
const NEWLINE = 0x0a;
const LETTER_T = 0x74;
const UINT32_MAX = 0xffff_ffff;

/** 16 and more for what is no lower-case hexadecimal digit. */
const DIGITS = new Uint8Array(256).fill(0xff);
for (let digit = 0; digit < 16; digit++) DIGITS[digit.toString(16).charCodeAt(0)] = digit;

/** Reads one form of the text exactly, with nothing between the tokens and the fields in order. */
class IndexScanner {
  readonly #bytes: Bytes;
  readonly #into: IndexColumns;
  readonly #version: 1 | 2;
  #at = 0;

  constructor(bytes: Bytes, into: IndexColumns, version: 1 | 2) {
    this.#bytes = bytes;
    this.#into = into;
    this.#version = version;
  }

  /** False when the text has another form; what was put into the columns by then means nothing. */
  scan(): boolean {
    if (!this.#take(START)) return false;
    if (this.#bytes[this.#at] !== BRACKET) {
      do if (!this.#pack()) return false;
      while (this.#bytes[this.#at++] === COMMA);
      this.#at--;
    }
    const end = this.#bytes[this.#at + 2] === NEWLINE ? this.#at + 3 : this.#at + 2;
    return this.#bytes[this.#at] === BRACKET && this.#bytes[this.#at + 1] === BRACE && end === this.#bytes.length;
  }

  #pack(): boolean {
    const into = this.#into;
    const id = into.beginPack();
    if (!this.#take(PACK) || !this.#id(into.packIds, id) || !this.#take(BLOBS)) return false;
    if (this.#bytes[this.#at] !== BRACKET) {
      do if (!this.#blob()) return false;
      while (this.#bytes[this.#at++] === COMMA);
      this.#at--;
    }
    if (this.#bytes[this.#at] !== BRACKET || this.#bytes[this.#at + 1] !== BRACE) return false;
    this.#at += 2;
    into.endPack();
    return true;
  }

  #blob(): boolean {
    const into = this.#into;
    const row = into.reserve();
    if (!this.#take(BLOB) || !this.#id(into.ids, row * 32) || !this.#take(TYPE)) return false;
    const isTree = this.#bytes[this.#at] === LETTER_T;
    if (!this.#take(isTree ? TREE : DATA)) return false;
    const offset = this.#number();
    if (!this.#take(LENGTH)) return false;
    const length = this.#number();
    let uncompressed = 0;
    if (this.#bytes[this.#at] === COMMA) {
      if (this.#version === 1 || !this.#take(UNCOMPRESSED)) return false;
      uncompressed = this.#number();
    }
    if (offset < 0 || length < 0 || uncompressed < 0 || this.#bytes[this.#at++] !== BRACE) return false;
    into.trees[row] = isTree ? 1 : 0;
    into.offsets[row] = offset;
    into.lengths[row] = length;
    into.uncompressed[row] = uncompressed;
    into.length = row + 1;
    return true;
  }

  #take(literal: Uint8Array): boolean {
    const bytes = this.#bytes;
    const at = this.#at;
    for (let k = 0; k < literal.length; k++) if (bytes[at + k] !== literal[k]) return false;
    this.#at = at + literal.length;
    return true;
  }

  #id(into: Uint8Array, to: number): boolean {
    const bytes = this.#bytes;
    const at = this.#at;
    if (at + 64 > bytes.length) return false;
    let all = 0;
    for (let k = 0; k < 32; k++) {
      const high = DIGITS[bytes[at + 2 * k]!]!;
      const low = DIGITS[bytes[at + 2 * k + 1]!]!;
      all |= high | low;
      into[to + k] = (high << 4) | low;
    }
    this.#at = at + 64;
    return all < 16;
  }

  /** An unsigned number of 32 bits, or -1. */
  #number(): number {
    const bytes = this.#bytes;
    const first = this.#at;
    let at = first;
    let value = 0;
    for (let digit = bytes[at]! - ZERO; digit >= 0 && digit <= 9; digit = bytes[++at]! - ZERO) value = value * 10 + digit;
    this.#at = at;
    const digits = at - first;
    if (digits === 0 || digits > 10 || value > UINT32_MAX || (digits > 1 && bytes[first] === ZERO)) return -1;
    return value;
  }
}
