import { type Bytes, utf8 } from "../base/bytes.ts";
import { FirnError } from "../base/error.ts";
import { compileGlob, type Glob, matchGlob } from "./glob.ts";
import { cleanLatin, toLatin } from "./path.ts";
import { lowerCase } from "./rune.ts";

/** restic's pattern language (restic-format §10): patterns are split into components and a path matches where they occur in it. */
export interface PatternList {
  /** Patterns that count; empty lines do not. */
  readonly size: number;
  /** `childMayMatch` tells whether something below a directory at `path` may still match; for includes. */
  match(path: Bytes): PatternMatch;
  /** Only whether the path itself matches, or lies below what matches. */
  matches(path: Bytes): boolean;
}

export interface PatternMatch {
  readonly matched: boolean;
  readonly childMayMatch: boolean;
}

export interface PatternOptions {
  readonly ignoreCase?: boolean;
  /** The flag or file the patterns come from; named when one is malformed. */
  readonly from?: string;
}

export class PatternError extends FirnError {
  readonly patterns: readonly string[];

  constructor(from: string, patterns: readonly string[]) {
    super({
      code: "invalid-pattern",
      message: `${from}: invalid pattern${patterns.length > 1 ? "s" : ""}: ${patterns.join(", ")}`,
      hint: "close every [class], write ranges as a-z, and put a backslash before [ ] * ? - when the character itself is meant",
    });
    this.patterns = patterns;
  }
}

/** A component: `**`, a literal, or a glob. */
type Part =
  | { readonly kind: "deep" }
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "glob"; readonly glob: Glob };

interface Pattern {
  readonly negated: boolean;
  readonly anchored: boolean;
  readonly parts: readonly Part[];
  /** The parts before the first `**`. */
  readonly untilDeep: readonly Part[];
}

const ROOT_PART = "/";

/** Compiles patterns in order; throws PatternError naming every malformed one. */
export function compilePatterns(lines: readonly (string | Bytes)[], options: PatternOptions = {}): PatternList {
  const fold = options.ignoreCase === true ? lowerCase : (text: string): string => text;
  const bad: string[] = [];
  const patterns: Pattern[] = [];
  for (const line of lines) {
    const bytes = typeof line === "string" ? utf8(line) : line;
    if (bytes.length === 0) continue;
    const pattern = compile(fold(toLatin(bytes)));
    if (pattern === undefined) bad.push(Buffer.from(bytes).toString());
    else patterns.push(pattern);
  }
  if (bad.length > 0) throw new PatternError(options.from ?? "pattern", bad);
  const anyNegated = patterns.some((pattern) => pattern.negated);
  const split = (path: Bytes): string[] => splitPath(fold(toLatin(path)));
  return {
    size: patterns.length,
    match: (path) => matchList(patterns, anyNegated, split(path), true),
    matches: (path) => patterns.length > 0 && matchList(patterns, anyNegated, split(path), false).matched,
  };
}

function compile(line: string): Pattern | undefined {
  const negated = line.startsWith("!");
  const texts = splitPath(cleanLatin(negated ? line.slice(1) : line));
  const parts: Part[] = [];
  for (const text of texts) {
    const part = compilePart(text);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  const deep = parts.findIndex((part) => part.kind === "deep");
  return { negated, anchored: texts[0] === ROOT_PART, parts, untilDeep: deep < 0 ? parts : parts.slice(0, deep) };
}

/** The pattern "/" splits into the root and an empty component; restic treats the empty one as `**`. */
function compilePart(text: string): Part | undefined {
  if (text === "**" || text === "") return { kind: "deep" };
  if (!/[\\[\]*?]/.test(text)) return { kind: "literal", text };
  const glob = compileGlob(text);
  return glob === undefined ? undefined : { kind: "glob", glob };
}

/** Components of a cleaned path; an absolute one begins with "/". */
function splitPath(path: string): string[] {
  const parts = path.split("/");
  if (parts[0] === "") parts[0] = ROOT_PART;
  return parts;
}

function matchList(patterns: readonly Pattern[], anyNegated: boolean, path: readonly string[], children: boolean): PatternMatch {
  let matched = false;
  let childMayMatch = false;
  for (const pattern of patterns) {
    const hit = matchPattern(pattern, path);
    if (pattern.negated) {
      matched &&= !hit;
      childMayMatch &&= !hit;
      continue;
    }
    matched ||= hit;
    childMayMatch ||= !children || mayMatchBelow(pattern, path);
    if (matched && childMayMatch && !anyNegated) break;
  }
  return { matched, childMayMatch };
}

/** The parts may begin anywhere in the path (anchored: at its root) and need not reach its end. */
function matchPattern(pattern: Pattern, path: readonly string[]): boolean {
  if (pattern.anchored) return matchFrom(pattern.parts, 0, path, 0, 0);
  for (let start = path[0] === ROOT_PART ? 1 : 0; start < path.length; start++) {
    if (matchFrom(pattern.parts, 0, path, start, start)) return true;
  }
  return false;
}

// Whether the parts from `partAt` match the path from `pathAt`, the first part having been put at `start`. restic expands a
// `**` only as long as the pattern, every later `**` counted as one component, is not longer than the path. That shows only
// with several of them ("/", "**", "a", "**" does not match "/a" itself) and is kept.
function matchFrom(parts: readonly Part[], partAt: number, path: readonly string[], start: number, pathAt: number): boolean {
  let at = pathAt;
  for (let i = partAt; ; i++) {
    const part = parts[i];
    if (part === undefined) return true;
    if (part.kind === "deep") {
      const room = path.length - (at - start) - (parts.length - i - 1);
      for (let skip = 0; skip <= room; skip++) if (matchFrom(parts, i + 1, path, start, at + skip)) return true;
      return false;
    }
    const name = path[at++];
    if (name === undefined || !matchPart(part, name)) return false;
  }
}

/** Relative patterns may match anything deeper; an anchored one only where the path agrees with it up to its first `**`. */
function mayMatchBelow(pattern: Pattern, path: readonly string[]): boolean {
  if (!pattern.anchored) return true;
  for (const [i, part] of pattern.untilDeep.entries()) {
    const name = path[i];
    if (name === undefined) return true;
    if (!matchPart(part, name)) return false;
  }
  return true;
}

function matchPart(part: Part, name: string): boolean {
  if (part.kind === "literal") return part.text === name;
  return part.kind === "deep" || matchGlob(part.glob, name);
}
