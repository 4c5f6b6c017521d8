/** One line of a statement's Condition: it holds when any of its values does. */
export interface Condition {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/** The value a request has for a condition key; undefined when it has none. */
export type Lookup = (key: string) => string | undefined;

type Test = (actual: string, wanted: string) => boolean;

const number =
  (test: (a: number, b: number) => boolean): Test =>
  (actual, wanted) =>
    test(Number(actual), Number(wanted));
const date =
  (test: (a: number, b: number) => boolean): Test =>
  (actual, wanted) =>
    test(Date.parse(actual), Date.parse(wanted));

/** `Not…` is the other way round: it holds when none of the values does, and also when the request has no value at all. */
const TESTS: Readonly<Record<string, Test>> = {
  StringEquals: (actual, wanted) => actual === wanted,
  StringEqualsIgnoreCase: (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase(),
  StringLike: (actual, wanted) => isLike(actual, wanted),
  ArnEquals: (actual, wanted) => isLike(actual, wanted),
  ArnLike: (actual, wanted) => isLike(actual, wanted),
  Bool: (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase(),
  NumericEquals: number((a, b) => a === b),
  NumericLessThan: number((a, b) => a < b),
  NumericLessThanEquals: number((a, b) => a <= b),
  NumericGreaterThan: number((a, b) => a > b),
  NumericGreaterThanEquals: number((a, b) => a >= b),
  DateEquals: date((a, b) => a === b),
  DateLessThan: date((a, b) => a < b),
  DateLessThanEquals: date((a, b) => a <= b),
  DateGreaterThan: date((a, b) => a > b),
  DateGreaterThanEquals: date((a, b) => a >= b),
};

interface Operator {
  readonly test: Test;
  readonly negated: boolean;
  readonly ifExists: boolean;
}

function operatorNamed(name: string): Operator | undefined {
  const ifExists = name.endsWith("IfExists");
  const plain = ifExists ? name.slice(0, -"IfExists".length) : name;
  const positive = plain.replace(/^(String|Arn|Numeric|Date)Not/, "$1");
  const test = TESTS[positive];
  return test === undefined ? undefined : { test, negated: positive !== plain, ifExists };
}

export function isOperator(name: string): boolean {
  return name === "Null" || operatorNamed(name) !== undefined;
}

export function holds(condition: Condition, lookup: Lookup): boolean {
  const actual = lookup(condition.key);
  if (condition.operator === "Null") return condition.values.some((wanted) => (wanted === "true") === (actual === undefined));
  const operator = operatorNamed(condition.operator);
  if (operator === undefined) return false;
  if (actual === undefined) return operator.negated || operator.ifExists;
  return condition.values.some((wanted) => operator.test(actual, wanted)) !== operator.negated;
}

const compiled = new Map<string, RegExp>();
const MOST_COMPILED = 1000;

/** `*` is any text, `?` any one character. */
export function isLike(text: string, pattern: string, flags = ""): boolean {
  const name = `${flags}/${pattern}`;
  let regExp = compiled.get(name);
  if (regExp === undefined) {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replace(/\*+/g, ".*")
      .replaceAll("?", ".");
    regExp = new RegExp(`^${source}$`, `su${flags}`);
    if (compiled.size >= MOST_COMPILED) compiled.clear();
    compiled.set(name, regExp);
  }
  return regExp.test(text);
}
