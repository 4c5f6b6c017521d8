import * as v from "valibot";
import type { YamlSource } from "./yaml-source.ts";

/** A key may hold one text or a list of them. */
const texts = v.pipe(
  v.union([v.string(), v.array(v.string())], "must be a text or a list of texts"),
  v.transform((value) => (typeof value === "string" ? [value] : value)),
);
const text = v.pipe(v.string("must be a text"), v.nonEmpty("must not be empty"));
/** restic's counts: a whole number, -1 or `all` for all of them. */
const count = v.union(
  [v.pipe(v.number(), v.integer(), v.minValue(-1)), v.literal("all"), v.literal("unlimited")],
  "must be a whole number or `all`",
);
const flag = v.boolean("must be true or false");

const backup = v.strictObject({
  paths: v.optional(texts),
  exclude: v.optional(texts),
  iexclude: v.optional(texts),
  "exclude-file": v.optional(texts),
  "iexclude-file": v.optional(texts),
  "exclude-if-present": v.optional(texts),
  "exclude-caches": v.optional(flag),
  "exclude-larger-than": v.optional(v.union([text, v.number()], "must be a size such as 500m")),
  "files-from": v.optional(texts),
  "one-file-system": v.optional(flag),
  tags: v.optional(texts),
  host: v.optional(text),
});

const keep = v.strictObject({
  last: v.optional(count),
  hourly: v.optional(count),
  daily: v.optional(count),
  weekly: v.optional(count),
  monthly: v.optional(count),
  yearly: v.optional(count),
  within: v.optional(text),
  "within-hourly": v.optional(text),
  "within-daily": v.optional(text),
  "within-weekly": v.optional(text),
  "within-monthly": v.optional(text),
  "within-yearly": v.optional(text),
  tags: v.optional(texts),
});

const rule = v.strictObject({
  current: v.optional(flag),
  gone: v.optional(text),
  path: v.optional(text),
  size: v.optional(v.union([text, v.number()], 'must be a comparison such as "<= 1m"')),
  host: v.optional(text),
  tag: v.optional(texts),
  within: text,
});

const file = v.strictObject({
  repository: v.optional(text),
  "password-command": v.optional(text),
  "password-file": v.optional(text),
  backup: v.optional(backup),
  keep: v.optional(keep),
  recovery: v.optional(v.array(rule, "must be a list of rules")),
  series: v.optional(v.strictObject({ by: v.optional(texts), "retire-after": v.optional(text) })),
  storage: v.optional(
    v.strictObject({
      provider: v.optional(text),
      region: v.optional(text),
      options: v.optional(v.record(v.string(), v.union([v.string(), v.number(), v.boolean()]))),
    }),
  ),
});

export type RawConfig = v.InferOutput<typeof file>;
export type RawRule = v.InferOutput<typeof rule>;
export type RawKeep = v.InferOutput<typeof keep>;

/** The shape of firn.yaml. Unknown keys and wrong types are refused with their line and what would be right. The only place that knows the schema library. */
export function checkShape(source: YamlSource): RawConfig {
  const result = v.safeParse(file, source.value ?? {});
  if (result.success) return result.output;
  const issue = result.issues[0];
  const path = (issue.path ?? []).map((item) => item.key as string | number);
  const name = path.filter((step) => typeof step === "string").join(".");
  const key = String(path.at(-1) ?? "");
  if (issue.type === "strict_object" && issue.expected === "never") {
    const known = keysAt(path.slice(0, -1));
    const near = nearest(key, known);
    const hint = near === undefined ? `known keys here: ${known.join(", ")}` : `did you mean ${JSON.stringify(near)}?`;
    throw source.fail(path, `unknown key ${JSON.stringify(key)}`, hint);
  }
  if (issue.type === "strict_object" && issue.received === "undefined")
    throw source.fail(path, `${key} is missing`, `add ${key}:, for example \`within: 48h\``);
  if (issue.type === "strict_object")
    throw source.fail(path, `${name || "the file"}: must have keys and values`, `known keys here: ${keysAt(path).join(", ")}`);
  throw source.fail(path, `${name}: ${issue.message}`, `found ${issue.received}`);
}

function keysAt(path: readonly (string | number)[]): string[] {
  const [top] = path;
  if (top === "backup") return Object.keys(backup.entries);
  if (top === "keep") return Object.keys(keep.entries);
  if (top === "recovery") return Object.keys(rule.entries);
  if (top === "series") return ["by", "retire-after"];
  if (top === "storage") return ["provider", "region", "options"];
  return Object.keys(file.entries);
}

function nearest(word: string, known: readonly string[]): string | undefined {
  const ranked = known.map((candidate) => ({ candidate, distance: editDistance(word, candidate) })).sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= Math.max(1, Math.floor(best.candidate.length / 3)) ? best.candidate : undefined;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
