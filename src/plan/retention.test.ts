import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDuration } from "../base/duration.ts";
import { FirnError } from "../base/error.ts";
import { describePolicy, isEmptyPolicy, KEEP_NOTHING, type KeepPolicy, parseKeepCount, UNLIMITED } from "./keep-policy.ts";
import { applyPolicy } from "./retention.ts";

const NOW = BigInt(Date.UTC(2026, 2, 1, 12)) * 1_000_000n;

interface Sample {
  readonly name: string;
  readonly time: { readonly ns: bigint; readonly offset: number };
  readonly tags: readonly string[];
}

/** `2026-02-28T22:00` in UTC, or with an offset in hours; a tag list after a blank. */
function sample(name: string): Sample {
  const [text, tags] = name.split(" ");
  const [, local, zone] = /^([^+]+?)(?:([+-]\d\d?))?$/.exec(text!.replace(/(T\d\d:\d\d)/, "$1:00")) ?? [];
  const offset = Number(zone ?? 0) * 3600;
  const ns = BigInt(Date.parse(`${local}Z`) - offset * 1000) * 1_000_000n;
  return { name, time: { ns, offset }, tags: tags === undefined ? [] : tags.split(",") };
}

function keptBy(change: Partial<KeepPolicy>, names: readonly string[]): Record<string, readonly string[]> {
  const { keep, remove } = applyPolicy(names.map(sample), { ...KEEP_NOTHING, ...change }, NOW);
  assert.equal(keep.length + remove.length, names.length);
  return Object.fromEntries(keep.map(({ snapshot, reasons }) => [snapshot.name, reasons]));
}

test("the newest of each period, and the oldest of all while the count lasts", () => {
  const names = ["2026-02-26T08:00", "2026-02-27T08:00", "2026-02-28T08:00", "2026-02-28T22:00"];
  assert.deepEqual(keptBy({ daily: 2 }, names), { "2026-02-28T22:00": ["daily snapshot"], "2026-02-27T08:00": ["daily snapshot"] });
  assert.deepEqual(keptBy({ monthly: 2 }, names), {
    "2026-02-28T22:00": ["monthly snapshot"],
    "2026-02-26T08:00": ["oldest monthly snapshot"],
  });
  assert.deepEqual(keptBy({ last: 1, yearly: UNLIMITED }, names), {
    "2026-02-28T22:00": ["last snapshot", "yearly snapshot"],
    "2026-02-26T08:00": ["oldest yearly snapshot"],
  });
  assert.deepEqual(keptBy({ last: 1, yearly: 1 }, names), { "2026-02-28T22:00": ["last snapshot", "yearly snapshot"] });
});

test("days and weeks are those of the snapshot's own zone", () => {
  // Both 23:00 UTC on Saturday and on Sunday; twelve hours to the east the second one is Monday, a new week.
  assert.deepEqual(Object.keys(keptBy({ weekly: 9 }, ["2026-02-01T00:00", "2026-02-21T23:00", "2026-02-22T23:00"])), [
    "2026-02-22T23:00",
    "2026-02-01T00:00",
  ]);
  assert.deepEqual(Object.keys(keptBy({ weekly: 9 }, ["2026-02-01T00:00", "2026-02-22T11:00+12", "2026-02-23T11:00+12"])), [
    "2026-02-23T11:00+12",
    "2026-02-22T11:00+12",
    "2026-02-01T00:00",
  ]);
});

test("ISO weeks run across the year's end", () => {
  assert.deepEqual(Object.keys(keptBy({ weekly: 9 }, ["2025-12-28T00:00", "2025-12-29T00:00", "2026-01-04T23:00", "2026-01-05T00:00"])), [
    "2026-01-05T00:00",
    "2026-01-04T23:00",
    "2025-12-28T00:00",
  ]);
});

test("windows end at the newest snapshot that is not in the future", () => {
  const names = ["2026-02-20T00:00", "2026-02-21T00:00", "2026-02-28T00:00", "2026-09-01T00:00"];
  assert.deepEqual(keptBy({ within: parseDuration("7d", "t") }, names), {
    "2026-09-01T00:00": ["within 7d"],
    "2026-02-28T00:00": ["within 7d"],
  });
  assert.deepEqual(keptBy({ withinPeriod: { monthly: parseDuration("1y", "t") } }, names), {
    "2026-09-01T00:00": ["monthly within 1y"],
    "2026-02-28T00:00": ["monthly within 1y"],
    "2026-02-20T00:00": ["oldest monthly within 1y"],
  });
});

test("tags: all of any list, or none at all", () => {
  const names = ["2026-02-20T00:00 a", "2026-02-21T00:00 a,b", "2026-02-22T00:00", "2026-02-23T00:00 c"];
  assert.deepEqual(keptBy({ tags: [["b", "a"], ["c"]] }, names), {
    "2026-02-23T00:00 c": ["has tags [c]"],
    "2026-02-21T00:00 a,b": ["has tags [b, a]"],
  });
  assert.deepEqual(Object.keys(keptBy({ tags: [[""]] }, names)), ["2026-02-22T00:00"]);
});

test("nothing in, nothing out; equal times keep their order", () => {
  assert.deepEqual(applyPolicy([], { ...KEEP_NOTHING, last: 1 }, NOW), { keep: [], remove: [] });
  const twins = [sample("2026-02-20T00:00 a"), sample("2026-02-20T00:00 b")];
  assert.equal(applyPolicy(twins, { ...KEEP_NOTHING, last: 1 }, NOW).keep[0]?.snapshot, twins[0]);
});

test("policies in words, and empty ones", () => {
  assert.equal(isEmptyPolicy(KEEP_NOTHING), true);
  assert.equal(isEmptyPolicy({ ...KEEP_NOTHING, within: parseDuration("0h", "t") }), true);
  assert.equal(isEmptyPolicy({ ...KEEP_NOTHING, tags: [[""]] }), false);
  const policy = { ...KEEP_NOTHING, last: 2, daily: UNLIMITED, withinPeriod: { weekly: parseDuration("1y", "t") }, tags: [["a", "b"]] };
  assert.equal(describePolicy(policy), "keep 2 latest, all daily snapshots, weekly snapshots within 1y and all snapshots with tags [a, b]");
  assert.equal(describePolicy(KEEP_NOTHING), "remove");
  assert.equal(parseKeepCount("unlimited", "--keep-last"), UNLIMITED);
  for (const bad of ["-1", "1.5", "", "x"]) assert.throws(() => parseKeepCount(bad, "--keep-last"), FirnError);
});
