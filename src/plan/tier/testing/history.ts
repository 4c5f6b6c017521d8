/** Random histories of snapshots for tests, and what the definitions say of them, worked out the slow and obvious way. */
import fc from "fast-check";
import { addDuration, parseDuration } from "../../../base/duration.ts";
import { asId, type BlobId } from "../../../base/id.ts";
import { timeFromMs } from "../../../base/time.ts";
import { utf8 } from "../../../base/bytes.ts";
import type { StoredSnapshot } from "../../../format/snapshot.ts";
import { computeLiveness, type Liveness } from "../liveness.ts";
import type { SlimTree } from "../reference-walk.ts";
import { INSTANT, type Rule, sizeMatches } from "../rule.ts";
import type { SeriesOptions } from "../series.ts";

/* ---- a small world of files, written the obvious way ---- */

export interface FileModel {
  readonly path: readonly string[];
  readonly size: number;
  readonly blobs: readonly string[];
}

export interface SnapshotModel {
  readonly id: number;
  readonly hour: number;
  readonly host: string;
  readonly tags: readonly string[];
  readonly files: readonly FileModel[];
}

export const HOUR = 3_600_000;
export const NOW_HOUR = 60;

/* ---- brute force: every reference of every snapshot, straight from the definitions ---- */

export function leftOf(snapshot: SnapshotModel, all: readonly SnapshotModel[], retire: number | undefined): number {
  const series = all.filter((other) => other.host === snapshot.host);
  const later = series.map((other) => other.hour).filter((hour) => hour > snapshot.hour && hour <= NOW_HOUR);
  if (later.length > 0) return Math.min(...later) * HOUR;
  if (retire !== undefined && snapshot.hour <= NOW_HOUR && snapshot.hour + retire <= NOW_HOUR) return (snapshot.hour + retire) * HOUR;
  return Infinity;
}

function pathMatches(pattern: string, path: readonly string[]): boolean {
  const anchored = pattern.startsWith("/");
  const parts = pattern.split("/").filter((part) => part !== "");
  const from = (p: number, at: number): boolean => {
    if (p === parts.length) return true;
    if (parts[p] === "**") return Array.from({ length: path.length - at + 1 }, (_, n) => at + n).some((next) => from(p + 1, next));
    if (at === path.length) return false;
    return componentMatches(parts[p]!, path[at]!) && from(p + 1, at + 1);
  };
  return Array.from({ length: anchored ? 1 : path.length }, (_, at) => at).some((at) => from(0, at));
}

function componentMatches(part: string, name: string): boolean {
  return new RegExp(`^${part.replaceAll("*", ".*").replaceAll("?", ".")}$`).test(name);
}

export interface Truth {
  readonly left: (number | undefined)[];
  readonly seen: (number | undefined)[];
  readonly needLeft: number;
  readonly needSeen: number;
}

export function bruteForce(
  blob: string,
  all: readonly SnapshotModel[],
  rules: readonly Rule[],
  retire: number | undefined,
  nowHour = NOW_HOUR,
): Truth {
  const references = all.flatMap((snapshot) =>
    snapshot.files.filter((file) => file.blobs.includes(blob)).map((file) => ({ snapshot, file, left: leftOf(snapshot, all, retire) })),
  );
  const selects = (rule: Rule, { snapshot, file }: (typeof references)[number]): boolean =>
    (rule.host === undefined || rule.host === snapshot.host) &&
    (rule.tags ?? []).every((tag) => snapshot.tags.includes(tag)) &&
    (rule.path === undefined || pathMatches(rule.path, file.path)) &&
    (rule.size === undefined || sizeMatches(rule.size, file.size));
  const left = rules.map((rule) => max(references.filter((ref) => selects(rule, ref)).map((ref) => ref.left)));
  const seen = rules.map((rule) => max(references.filter((ref) => selects(rule, ref)).map((ref) => ref.snapshot.hour * HOUR)));
  const now = nowHour * HOUR;
  const need = (times: readonly (number | undefined)[]): number => {
    const holds = (rule: Rule, r: number): boolean => {
      const time = times[r];
      if (time === undefined) return false;
      if (rule.current) return time === Infinity;
      return rule.gone === undefined || time === Infinity || addDuration(time, rule.gone) > now;
    };
    const unmatched = references.some((ref) => !rules.some((rule, r) => selects(rule, ref) && holds(rule, r)));
    return unmatched ? INSTANT : Math.min(...rules.filter(holds).map((rule) => rule.within));
  };
  return { left, seen, needLeft: need(left), needSeen: need(seen.map((time, r) => (left[r] === Infinity ? Infinity : time))) };
}

function max(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : Math.max(...values);
}

/* ---- the same world as trees and snapshots ---- */

class Forest {
  readonly #byText = new Map<string, { id: BlobId; tree: SlimTree }>();
  readonly #byId = new Map<BlobId, SlimTree>();

  /** Equal folders are one tree, as in a repository. */
  plant(files: readonly FileModel[]): BlobId {
    const folders = Map.groupBy(
      files.filter((file) => file.path.length > 1),
      (file) => file.path[0]!,
    );
    const tree: SlimTree = {
      files: files
        .filter((file) => file.path.length === 1)
        .map((file) => ({ name: utf8(file.path[0]!), size: file.size, content: file.blobs.map((blob) => asId<"blob">(blob)) })),
      folders: [...folders].map(([name, inside]) => ({
        name: utf8(name),
        tree: this.plant(inside.map((file) => ({ ...file, path: file.path.slice(1) }))),
      })),
    };
    const text = JSON.stringify(tree, (_, value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString() : value));
    const known = this.#byText.get(text);
    if (known !== undefined) return known.id;
    const id = asId<"blob">(`t${this.#byText.size}`);
    this.#byText.set(text, { id, tree });
    this.#byId.set(id, tree);
    return id;
  }

  loadTree(id: BlobId): SlimTree {
    return this.#byId.get(id)!;
  }
}

function storedSnapshot(model: SnapshotModel, tree: BlobId): StoredSnapshot {
  return {
    id: asId(`s${model.id}`),
    time: timeFromMs(model.hour * HOUR, 0),
    parent: undefined,
    tree,
    paths: ["/"],
    hostname: model.host,
    username: "",
    uid: 0,
    gid: 0,
    excludes: [],
    tags: model.tags,
    original: undefined,
    programVersion: "",
    summary: undefined,
  };
}

export async function livenessOf(all: readonly SnapshotModel[], rules: readonly Rule[], retire: number | undefined): Promise<Liveness> {
  const forest = new Forest();
  const series: SeriesOptions = {
    by: ["host", "paths"],
    retireAfter: retire === undefined ? undefined : parseDuration(`${retire}h`, "retire-after"),
  };
  return computeLiveness({
    snapshots: all.map((model) => storedSnapshot(model, forest.plant(model.files))),
    rules,
    series,
    nowNs: BigInt(NOW_HOUR * HOUR) * 1_000_000n,
    source: forest,
  });
}

/* ---- random histories ---- */

const NAMES = ["etc", "home", "log", "a.jpg", "b.txt"];
export const BLOBS = ["b0", "b1", "b2", "b3", "b4", "b5"];

const file: fc.Arbitrary<FileModel> = fc.record({
  path: fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 }),
  size: fc.integer({ min: 0, max: 9 }),
  blobs: fc.array(fc.constantFrom(...BLOBS), { minLength: 1, maxLength: 3 }),
});

/** A path names one thing: no two files at one path, no file where a folder is. */
function consistent(files: readonly FileModel[]): FileModel[] {
  const kept: FileModel[] = [];
  for (const one of files) {
    const clash = kept.some((other) => one.path.slice(0, other.path.length).join("/") === other.path.slice(0, one.path.length).join("/"));
    if (!clash) kept.push(one);
  }
  return kept;
}

export const snapshots: fc.Arbitrary<SnapshotModel[]> = fc
  .array(
    fc.record({
      // Hours past 60 lie in the future; few distinct hours make equal times common.
      hour: fc.integer({ min: 40, max: 64 }),
      host: fc.constantFrom("a", "b", "c"),
      tags: fc.subarray(["x", "y"]),
      files: fc.array(file, { maxLength: 6 }).map(consistent),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((list) => list.map((model, id) => ({ ...model, id })));

export const rule: fc.Arbitrary<Rule> = fc
  .record({
    when: fc.constantFrom("current", "gone", "always"),
    hours: fc.integer({ min: 1, max: 24 }),
    path: fc.option(fc.constantFrom("/etc", "/etc/**", "log", "*.jpg", "home/**/log", "/**/etc/*", "/home/b.*", "l?g/*", "**"), {
      nil: undefined,
    }),
    size: fc.option(fc.record({ compare: fc.constantFrom("<", "<=", ">", ">="), bytes: fc.integer({ min: 0, max: 9 }) }), {
      nil: undefined,
    }),
    host: fc.option(fc.constantFrom("a", "b"), { nil: undefined }),
    tags: fc.option(fc.subarray(["x", "y"], { minLength: 1 }), { nil: undefined }),
    within: fc.constantFrom(INSTANT, 5 * HOUR, 12 * HOUR, 48 * HOUR),
  })
  .map(({ when, hours, ...rest }) => ({
    ...rest,
    text: "",
    current: when === "current",
    gone: when === "gone" ? parseDuration(`${hours}h`, "gone") : undefined,
  }));
