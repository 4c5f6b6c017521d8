import type { Bytes } from "../../base/bytes.ts";
import { FirnError } from "../../base/error.ts";
import { TIER_RULES_MAX } from "../../base/limits.ts";
import type { StoredSnapshot } from "../../format/snapshot.ts";
import { compilePath, type PathPattern, type Positions } from "./path-state.ts";
import { type Rule, sizeMatches } from "./rule.ts";

/** A set of rules as bits: bit r for rule r. */
export type RuleSet = number;

/**
 * What decides which rules match below a folder: the rules whose host and tags hold in this snapshot, and where each of their path
 * patterns stands. States are numbered; equal states have equal numbers.
 */
export interface RuleStates {
  rootOf(snapshot: StoredSnapshot): number;
  enter(state: number, name: Bytes): number;
  /** The rules whose path, size, host and tags match a file in a folder of this state. */
  match(state: number, name: Bytes, size: number): RuleSet;
}

interface State {
  readonly rules: RuleSet;
  readonly positions: readonly Positions[];
}

export function ruleStates(rules: readonly Rule[]): RuleStates {
  if (rules.length > TIER_RULES_MAX) {
    throw new FirnError({
      code: "too-many-rules",
      message: `recovery: ${rules.length} rules`,
      hint: `write at most ${TIER_RULES_MAX} rules`,
    });
  }
  const patterns = rules.map((rule) => (rule.path === undefined ? undefined : compilePath(rule.path)));
  const tracked = patterns.flatMap((pattern, rule) => (pattern === undefined ? [] : [{ pattern, rule }]));
  const states: State[] = [];
  const numbers = new Map<string, number>();

  function numberOf(state: State): number {
    const key = `${state.rules}:${state.positions.join()}`;
    let number = numbers.get(key);
    if (number === undefined) {
      number = states.push(state) - 1;
      numbers.set(key, number);
    }
    return number;
  }

  function step(state: State, name: Bytes): Positions[] {
    return tracked.map(({ pattern }, i) => (state.positions[i] === 0 ? 0 : pattern.step(state.positions[i]!, name)));
  }

  function pathRules(allowed: RuleSet, positions: readonly Positions[]): RuleSet {
    return tracked.reduce((set, { pattern, rule }, i) => (holds(pattern, positions[i]!) ? set : set & ~(1 << rule)), allowed);
  }

  return {
    rootOf: (snapshot) => {
      const allowed = rules.reduce((set, rule, r) => (snapshotMatches(rule, snapshot) ? set | (1 << r) : set), 0);
      // Patterns of rules that cannot match in this snapshot are not tracked: fewer states, fewer visits.
      return numberOf({ rules: allowed, positions: tracked.map(({ pattern, rule }) => (allowed & (1 << rule) ? pattern.root : 0)) });
    },
    enter: (number, name) => {
      if (tracked.length === 0) return number;
      const state = states[number]!;
      return numberOf({ rules: state.rules, positions: step(state, name) });
    },
    match: (number, name, size) => {
      const state = states[number]!;
      let set = tracked.length === 0 ? state.rules : pathRules(state.rules, step(state, name));
      for (const [r, rule] of rules.entries()) if (rule.size !== undefined && !sizeMatches(rule.size, size)) set &= ~(1 << r);
      return set;
    },
  };
}

function holds(pattern: PathPattern, positions: Positions): boolean {
  return positions !== 0 && pattern.matched(positions);
}

export function snapshotMatches(rule: Rule, snapshot: StoredSnapshot): boolean {
  if (rule.host !== undefined && rule.host !== snapshot.hostname) return false;
  return rule.tags === undefined || rule.tags.every((tag) => snapshot.tags.includes(tag));
}
