import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { testWorld } from "../../base/testing.ts";
import { MS_PER_DAY, MS_PER_HOUR } from "../../base/time.ts";
import { runDemo } from "./demo.ts";
import type { DemoNews, DemoResult } from "./news.ts";
import { NIGHTS_MIN } from "./year.ts";

const never = new AbortController().signal;

/** Whose files they are is the machine's affair; everything else is the seed's. */
const machine = { ...testWorld(), uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

function demo(dir: string, news: (news: DemoNews) => void = () => undefined, signal = never, keep = false): Promise<DemoResult> {
  return runDemo({ seed: "test", nights: NIGHTS_MIN, dir, keep, machine, signal, news });
}

describe("a short year", () => {
  const dir = mkdtempSync(join(tmpdir(), "firn-demo-test-"));
  let result: DemoResult;
  const told: DemoNews[] = [];
  before(async () => {
    mkdirSync(join(dir, "inside"));
    for (let i = 0; i < 6; i++) writeFileSync(join(dir, i % 2 === 0 ? `file-${i}` : `inside/file-${i}`), `content ${i}\n`.repeat(50));
    result = await demo(dir, (news) => told.push(news), never, true);
  });
  after(() => {
    rmSync(dir, { recursive: true });
    rmSync(result.folder!, { recursive: true });
  });

  test("the lost file comes back at once and as it was", () => {
    assert.equal(result.lost.same, true);
    assert.equal(result.lost.noticedAt - result.lost.deletedAt, 17 * MS_PER_DAY);
    assert.ok(result.lost.takenAt < result.lost.deletedAt);
  });

  test("the oldest snapshot is partly in the ice, is priced, thawed, and the same byte for byte", () => {
    const { old } = result;
    assert.ok(old.missingFiles > 0 && old.packs > 0);
    assert.ok(old.readableAtOnce > old.missingFiles);
    assert.deepEqual(
      old.offers.map(({ tier, waitMs }) => [tier, waitMs / MS_PER_HOUR]),
      [
        ["Bulk", 48],
        ["Standard", 12],
      ],
    );
    assert.equal(old.readyAt - old.askedAt, 48 * MS_PER_HOUR);
    assert.equal(old.same, true);
    assert.ok(Math.abs(old.predicted - old.billed) < 0.25 * old.predicted, `${old.predicted} was predicted, ${old.billed} billed`);
    const names = (folder: string): string[] => readdirSync(join(result.folder!, folder), { recursive: true, encoding: "utf8" }).sort();
    assert.deepEqual(names("year-back"), names("first-night"));
  });

  test("rules held after every plan, and something was frozen", () => {
    assert.equal(result.verified, true);
    assert.ok(result.plans.length >= 2);
    assert.ok((result.plans.at(-1)!.classes["DEEP_ARCHIVE"] ?? 0) > 0);
    assert.deepEqual(
      told.filter(({ kind }) => kind === "kept"),
      result.plans.map((plan) => ({ kind: "kept", ...plan })),
    );
  });

  test("the bill is the sum of its lines, and other rules wait as published", () => {
    const sum = result.bill.lines.reduce((total, line) => total + line.amount, 0);
    assert.ok(Math.abs(sum - result.bill.total) < 1e-9);
    const hours = result.years.map(({ file, oldest }) => [file.waitMs / MS_PER_HOUR, oldest.waitMs / MS_PER_HOUR]);
    assert.deepEqual(hours, [
      [0, 48],
      [0, 0],
      [5, 12],
      [12, 48],
    ]);
    const [firn, standard, , deep] = result.years.map(({ total }) => total);
    assert.ok(deep! < firn! && firn! < standard!, `${deep} < ${firn} < ${standard}`);
  });

  test("the same seed tells the same story, and a demo that is stopped leaves no folder behind", async () => {
    const again: DemoNews[] = [];
    const abort = new AbortController();
    const listen = (news: DemoNews): void => {
      again.push(news);
      if (news.kind === "kept") abort.abort(new Error("enough"));
    };
    const there = demoFolders();
    await assert.rejects(demo(dir, listen, abort.signal), /enough/);
    assert.deepEqual(again, told.slice(0, again.length));
    assert.deepEqual(demoFolders(), there);
  });
});

/** Of this process only: others may run a demo of their own meanwhile. */
function demoFolders(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith(`firn-demo-${process.pid}-`));
}
