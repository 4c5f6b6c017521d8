import { asBuffer, type Bytes, equalBytes, utf8 } from "../../base/bytes.ts";
import { FirnError } from "../../base/error.ts";
import { TIER_PATTERN_COMPONENTS_MAX } from "../../base/limits.ts";
import { compilePatterns } from "../../source/pattern.ts";

/**
 * Where in a restic pattern (restic-format §10) a path stands, as bits: bit i is set when components 0..i-1 have just matched. The
 * last bit means the pattern has matched and, as with restic, stays set for everything below. Two folders with equal
 * positions have equal answers for equal content: that is what lets a tree be visited once per state.
 */
export type Positions = number;

export interface PathPattern {
  /** Positions at the root folder of a snapshot; never 0, which stands for "nothing below can match". */
  readonly root: Positions;
  step(positions: Positions, name: Bytes): Positions;
  matched(positions: Positions): boolean;
}

const NAMES_REMEMBERED = 10_000;

type Component = { readonly any: true } | { readonly any: false; readonly matches: (name: Bytes) => boolean };

export function compilePath(pattern: string): PathPattern {
  const texts = componentsOf(pattern);
  if (texts.length > TIER_PATTERN_COMPONENTS_MAX) throw invalid(pattern, `more than ${TIER_PATTERN_COMPONENTS_MAX} components`);
  if (texts.filter((text) => text === "**").length > 1) return compileWholePaths(pattern);
  const anchored = pattern.startsWith("/");
  const components = texts.map(compileComponent);
  const end = 1 << components.length;

  /** `**` may stand for nothing: whoever reaches it has also passed it. */
  function close(positions: Positions): Positions {
    let closed = positions;
    for (const [i, component] of components.entries()) if (component.any && (closed & (1 << i)) !== 0) closed |= 1 << (i + 1);
    return closed;
  }

  function step(positions: Positions, name: Bytes): Positions {
    if ((positions & end) !== 0) return end;
    let next = anchored ? 0 : 1;
    for (const [i, component] of components.entries()) {
      if ((positions & (1 << i)) === 0) continue;
      if (component.any) next |= 1 << i;
      else if (component.matches(name)) next |= 1 << (i + 1);
    }
    const closed = close(next);
    // Nothing is left to tell apart once it has matched.
    return (closed & end) !== 0 ? end : closed;
  }

  return { root: close(1) & end ? end : close(1), step, matched: (positions) => (positions & end) !== 0 };
}

/**
 * With two or more `**` restic asks for a path longer than the components need (each further `**` wants one), so positions alone do not
 * decide. Such rare patterns get a state for each path: right, and merely less shared.
 */
function compileWholePaths(pattern: string): PathPattern {
  const list = compilePatterns([pattern], { from: "path" });
  const paths: string[] = ["", ""];
  const numbers = new Map<string, Positions>([["", 1]]);
  const answers = new Map<Positions, boolean>();
  return {
    root: 1,
    step: (positions, name) => {
      const path = `${paths[positions]}/${asBuffer(name).toString("latin1")}`;
      let number = numbers.get(path);
      if (number === undefined) {
        number = paths.push(path) - 1;
        numbers.set(path, number);
      }
      return number;
    },
    matched: (positions) => {
      let answer = answers.get(positions);
      if (answer === undefined) {
        answer = positions > 1 && list.matches(Buffer.from(paths[positions]!, "latin1"));
        answers.set(positions, answer);
      }
      return answer;
    },
  };
}

/** Cleaned as Go's filepath.Clean does, without the root component. */
export function componentsOf(pattern: string): string[] {
  if (pattern.startsWith("!")) throw invalid(pattern, "a rule's path cannot be negated");
  const parts: string[] = [];
  for (const part of pattern.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (part !== ".." || !pattern.startsWith("/")) parts.push(part);
  }
  if (parts.length === 0) throw invalid(pattern, "it names nothing");
  return parts;
}

function compileComponent(text: string): Component {
  if (text === "**") return { any: true };
  if (!/[\\[\]*?]/.test(text)) {
    const literal = utf8(text);
    return { any: false, matches: (name) => equalBytes(name, literal) };
  }
  // One component is a pattern of its own; a leading `!` would be read as a negation there.
  const list = compilePatterns([text.startsWith("!") ? `\\${text}` : text], { from: "path" });
  const known = new Map<string, boolean>();
  return {
    any: false,
    matches: (name) => {
      // One character per byte: exact whatever the name's encoding.
      const key = asBuffer(name).toString("latin1");
      let matched = known.get(key);
      if (matched === undefined) {
        matched = list.matches(name);
        if (known.size < NAMES_REMEMBERED) known.set(key, matched);
      }
      return matched;
    },
  };
}

function invalid(pattern: string, why: string): FirnError {
  return new FirnError({
    code: "invalid-pattern",
    message: `path: ${JSON.stringify(pattern)}: ${why}`,
    hint: "write a restic pattern such as /etc/** or *.jpg",
  });
}
