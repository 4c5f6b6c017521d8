import { isZeroDuration, parseDuration, type Duration } from "../../base/duration.ts";
import { FirnError } from "../../base/error.ts";
import { parseSize } from "../../base/size.ts";
import { compilePath } from "../../plan/tier/path-state.ts";
import { formatWait, INSTANT, parseWithin, type Rule, type SizeTest, type Wait } from "../../plan/tier/rule.ts";
import { covers } from "./rule-cover.ts";
import type { RawRule } from "./schema.ts";
import type { YamlSource } from "./yaml-source.ts";

/**
 * When firn.yaml has no `recovery`: what is current, and what left less than 30 days ago, at once; everything else within two days. The same
 * as the first rules of the example in docs/firn-yaml.md without its special cases.
 */
export const DEFAULT_RECOVERY: readonly Rule[] = [
  makeRule({ current: true, within: INSTANT, text: "{ current: true, within: instant }" }),
  makeRule({ gone: parseDuration("30d", "gone"), within: INSTANT, text: "{ gone: 30d, within: instant }" }),
  makeRule({ within: parseWithin("48h", "within"), text: "{ within: 48h }" }),
];

function makeRule(facts: Partial<Rule> & Pick<Rule, "within" | "text">): Rule {
  return { current: false, gone: undefined, path: undefined, size: undefined, host: undefined, tags: undefined, ...facts };
}

/** Reads the rules and refuses those that cannot be: contradictory, unanswerable, or never deciding anything. */
export function readRecovery(raw: readonly RawRule[], source: YamlSource): Rule[] {
  if (raw.length === 0)
    throw source.fail(
      ["recovery"],
      "recovery has no rule",
      "leave the key out for the defaults, or write a rule such as `- { within: 48h }`",
    );
  const rules = raw.map((rule, i) => readRule(rule, i, source));
  for (const [i, rule] of rules.entries()) refuseUseless(rule, i, rules, source);
  return rules;
}

/**
 * A waiting time that only an instant class can give is not what it says. Known only when the provider is: called once prices are
 * chosen, with the shortest wait of any class that must be thawed.
 */
export function refuseUnanswerable(
  rules: readonly Rule[],
  shortestArchiveWait: Wait,
  provider: string,
  source: YamlSource | undefined,
): void {
  for (const [i, rule] of rules.entries()) {
    if (rule.within === INSTANT || rule.within >= shortestArchiveWait || shortestArchiveWait === Infinity) continue;
    const message = `within: ${formatWait(rule.within)}: no class of ${provider} that must be thawed answers so soon (Expedited is never counted on)`;
    const hint = `write \`instant\`, or ${formatWait(shortestArchiveWait)} or more`;
    throw source?.fail(["recovery", i, "within"], message, hint) ?? new FirnError({ code: "config", message, hint });
  }
}

function readRule(raw: RawRule, i: number, source: YamlSource): Rule {
  const at = ["recovery", i] as const;
  const read = <T>(key: string, parse: () => T): T => {
    try {
      return parse();
    } catch (error) {
      if (error instanceof FirnError) throw source.fail([...at, key], error.message, error.hint);
      throw error;
    }
  };
  if (raw.current === false)
    throw source.fail(
      [...at, "current"],
      "current: false selects nothing of its own",
      "leave it out: a rule without it matches everything",
    );
  if (raw.current === true && raw.gone !== undefined) {
    throw source.fail(
      [...at, "gone"],
      "current and gone contradict each other: what is current has not gone",
      "write `gone` alone: it matches what is current too",
    );
  }
  const gone = raw.gone === undefined ? undefined : read("gone", () => readGone(raw.gone!));
  if (raw.path !== undefined) read("path", () => compilePath(raw.path!));
  return {
    text: ruleText(raw),
    current: raw.current === true,
    gone,
    path: raw.path,
    size: raw.size === undefined ? undefined : read("size", () => readSizeTest(String(raw.size))),
    host: raw.host,
    tags: raw.tag?.flatMap((tag) => tag.split(",")),
    within: read("within", () => parseWithin(raw.within, "within")),
  };
}

function readGone(text: string): Duration {
  const gone = parseDuration(text, "gone");
  const parts = Object.values(gone) as number[];
  if (isZeroDuration(gone) || parts.some((part) => part < 0)) {
    throw new FirnError({
      code: "config",
      message: `gone: ${JSON.stringify(text)} matches nothing that has left`,
      hint: "write `current: true`, or a time such as 30d",
    });
  }
  return gone;
}

function readSizeTest(text: string): SizeTest {
  const match = /^\s*(<=|>=|<|>)\s*(\S+)\s*$/.exec(text);
  const hint = 'write a comparison such as "<= 1m" or "> 500k"';
  if (match === null) throw new FirnError({ code: "config", message: `size: ${JSON.stringify(text)} is no comparison`, hint });
  const test = { compare: match[1] as SizeTest["compare"], bytes: parseSize(match[2]!, "size") };
  if (test.compare === "<" && test.bytes === 0) throw new FirnError({ code: "config", message: "size: nothing is smaller than 0", hint });
  return test;
}

/**
 * A rule is useless when another covers it and answers sooner, or is the same rule once more. One that is covered by a rule with the same
 * answer (`current` beside `gone`, both instant) says nothing new but nothing wrong either, and makes a file readable.
 */
function refuseUseless(rule: Rule, i: number, rules: readonly Rule[], source: YamlSource): void {
  for (const [j, other] of rules.entries()) {
    if (i === j || !covers(other, rule) || other.within > rule.within) continue;
    const equal = rule.within === other.within;
    if (equal && (i < j || !covers(rule, other))) continue;
    const line = source.lineOf(["recovery", j]);
    const why = equal ? "says the same" : `matches all that it matches and answers within ${formatWait(other.within)}`;
    throw source.fail(
      ["recovery", i],
      `${rule.text} can never decide anything: the rule at line ${line} ${why}`,
      "the shortest `within` of all rules that match counts, whatever their order: remove one of the two or make it narrower",
    );
  }
}

function ruleText(raw: RawRule): string {
  const parts = Object.entries(raw).map(([key, value]) => `${key}: ${Array.isArray(value) ? `[${value.join(", ")}]` : String(value)}`);
  return `{ ${parts.join(", ")} }`;
}
