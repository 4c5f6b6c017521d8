import { decodeRune, RUNE_ERROR, runeOf, sizeOf } from "./rune.ts";

/**
 * Go's filepath.Match on Unix, for one path component: `*` any bytes but a slash, `?` one rune, `[a-z]` and `[^a-z]`
 * classes of runes, `\` takes the next character literally. Texts have one character per byte. A glob is compiled once:
 * it is tried on every entry of a backup.
 */
export interface Glob {
  readonly chunks: readonly Chunk[];
}

interface Chunk {
  /** A `*` stands before it. */
  readonly star: boolean;
  readonly tokens: readonly Token[];
}

type Token =
  | { readonly kind: "byte"; readonly code: number }
  | { readonly kind: "any" }
  | { readonly kind: "class"; readonly negated: boolean; readonly ranges: readonly (readonly [number, number])[] };

const SLASH = 0x2f;

export function hasGlobMeta(text: string): boolean {
  return /[*?[\\]/.test(text);
}

/** Undefined when the glob is malformed, by Go's rules (`[]`, `[a-]`, `[-a]`, a class without end, a `\` at the end). */
export function compileGlob(text: string): Glob | undefined {
  const chunks: Chunk[] = [];
  let star = false;
  let tokens: Token[] = [];
  let started = false;
  for (let at = 0; at < text.length;) {
    if (text[at] === "*") {
      if (started && (tokens.length > 0 || !star)) chunks.push({ star, tokens });
      star = true;
      tokens = [];
      started = true;
      at++;
      continue;
    }
    const read = readToken(text, at);
    if (read === undefined) return undefined;
    tokens.push(read.token);
    started = true;
    at = read.next;
  }
  if (started) chunks.push({ star, tokens });
  return { chunks };
}

function readToken(text: string, at: number): { token: Token; next: number } | undefined {
  switch (text[at]) {
    case "?":
      return { token: { kind: "any" }, next: at + 1 };
    case "[":
      return readClass(text, at + 1);
    case "\\":
      if (at + 1 >= text.length) return undefined;
      return { token: { kind: "byte", code: text.charCodeAt(at + 1) }, next: at + 2 };
    default:
      return { token: { kind: "byte", code: text.charCodeAt(at) }, next: at + 1 };
  }
}

function readClass(text: string, start: number): { token: Token; next: number } | undefined {
  const negated = text[start] === "^";
  let at = negated ? start + 1 : start;
  const ranges: [number, number][] = [];
  while (text[at] !== "]" || ranges.length === 0) {
    const low = readClassRune(text, at);
    if (low === undefined) return undefined;
    at = low.next;
    let high = low;
    if (text[at] === "-") {
      const end = readClassRune(text, at + 1);
      if (end === undefined) return undefined;
      high = end;
      at = end.next;
    }
    ranges.push([low.rune, high.rune]);
  }
  return { token: { kind: "class", negated, ranges }, next: at + 1 };
}

/** One end of a range. Nothing may end the glob here: the closing bracket is still to come. */
function readClassRune(text: string, start: number): { rune: number; next: number } | undefined {
  if (start >= text.length || text[start] === "-" || text[start] === "]") return undefined;
  const at = text[start] === "\\" ? start + 1 : start;
  const packed = decodeRune(text, at);
  const size = sizeOf(packed);
  if (size === 0 || (size === 1 && runeOf(packed) === RUNE_ERROR)) return undefined;
  const next = at + size;
  return next >= text.length ? undefined : { rune: runeOf(packed), next };
}

/** The whole name has to match. As in Go the first place where a chunk fits after a `*` is final, unless it is the last chunk. */
export function matchGlob(glob: Glob, name: string): boolean {
  let at = 0;
  let left = glob.chunks.length;
  for (const chunk of glob.chunks) {
    left--;
    if (chunk.star && chunk.tokens.length === 0) return !name.includes("/", at);
    const next = findChunk(chunk, name, at, left === 0);
    if (next < 0) return false;
    at = next;
  }
  return at === name.length;
}

/** Where the chunk ends in the name, or -1. */
function findChunk(chunk: Chunk, name: string, start: number, last: boolean): number {
  for (let at = start; ; at++) {
    const next = matchTokens(chunk.tokens, name, at);
    if (next >= 0 && (!last || next === name.length)) return next;
    if (!chunk.star || at >= name.length || name.charCodeAt(at) === SLASH) return -1;
  }
}

function matchTokens(tokens: readonly Token[], name: string, start: number): number {
  let at = start;
  for (const token of tokens) {
    if (at >= name.length) return -1;
    const code = name.charCodeAt(at);
    if (token.kind === "byte") {
      if (token.code !== code) return -1;
      at++;
      continue;
    }
    const packed = decodeRune(name, at);
    if (token.kind === "any" ? code === SLASH : inClass(token.ranges, runeOf(packed)) === token.negated) return -1;
    at += sizeOf(packed);
  }
  return at;
}

function inClass(ranges: readonly (readonly [number, number])[], rune: number): boolean {
  return ranges.some(([low, high]) => low <= rune && rune <= high);
}
