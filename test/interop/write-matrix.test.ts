import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { firn } from "../firn.ts";
import { makeNastyTree } from "../nasty-tree.ts";
import { restic, withoutPeer } from "../peers.ts";
import { localPlace, makeRepository } from "../scratch.ts";
import { compareTrees } from "../tree-compare.ts";

const MIB = 1024 * 1024;

interface Case {
  readonly version: 1 | 2;
  readonly compression?: "auto" | "off" | "fastest" | "better" | "max";
  readonly packSize: number;
  readonly zone: string;
}

const CASES: readonly Case[] = [
  { version: 1, packSize: 4, zone: "UTC" },
  { version: 2, compression: "auto", packSize: 16, zone: "Asia/Kolkata" },
  { version: 2, compression: "off", packSize: 128, zone: "America/St_Johns" },
  { version: 2, compression: "fastest", packSize: 4, zone: "UTC" },
  { version: 2, compression: "better", packSize: 64, zone: "Europe/Berlin" },
  { version: 2, compression: "max", packSize: 4, zone: "Asia/Kolkata" },
];

describe("what firn writes, restic checks, restores and has nothing to add to", { skip: withoutPeer("restic"), concurrency: 2 }, () => {
  const base = mkdtempSync(join(tmpdir(), "firn-write-"));
  const source = join(base, "source");
  before(() => {
    mkdirSync(source);
    makeNastyTree(source, { bigBytes: 26 * MIB });
  });
  after(() => rmSync(base, { recursive: true, force: true }));

  for (const { version, compression, packSize, zone } of CASES) {
    test(`version ${version}, compression ${compression ?? "none"}, packs of ${packSize} MiB, in ${zone}`, async () => {
      const place = localPlace(mkdtempSync(join(base, "case-")));
      // Named from where it lies: the folders above are the machine's, and change at any moment.
      const run = { ...place, env: { TZ: zone }, cwd: base };
      await makeRepository(place, version);
      const flags = ["--pack-size", String(packSize), ...(compression === undefined ? [] : ["--compression", compression])];
      await firn(["backup", ...flags, "source"], run);
      await restic(["check", "--read-data"], run);
      assert.deepEqual(blobsOf((await restic(["backup", "source", "--json", "--force"], run)).stdout), [0, 0]);
      const target = mkdtempSync(join(base, "target-"));
      await restic(["restore", "latest:/source", "--target", target], run);
      assert.deepEqual(compareTrees(source, target), []);
      rmSync(place.repo, { recursive: true });
      rmSync(target, { recursive: true });
    });
  }

  test("after changes, with the other's snapshot as parent, several times over", async () => {
    const place = localPlace(join(base, "in turns"));
    const run = { ...place, cwd: base };
    const changing = join(base, "changing");
    mkdirSync(changing);
    makeNastyTree(changing);
    await makeRepository(place);
    for (let round = 0; round < 3; round++) {
      appendFileSync(join(changing, "dir/medium"), `round ${round}`);
      writeFileSync(join(changing, `new ${round}`), `round ${round}`);
      renameSync(join(changing, round === 0 ? "plain" : `moved ${round - 1}`), join(changing, `moved ${round}`));
      const [first, second] = round % 2 === 0 ? [firn, restic] : [restic, firn];
      await first(["backup", "changing", "--tag", "first"], run);
      const { stdout } = await second(["backup", "changing", "--json", "--tag", "second", "--force"], run);
      assert.deepEqual(blobsOf(stdout), [0, 0], `round ${round}`);
    }
    await restic(["check", "--read-data"], place);
  });
});

/** The data and tree blobs that a backup added. */
function blobsOf(stdout: string): number[] {
  const line = stdout.split("\n").findLast((text) => text.includes('"summary"'));
  const summary = JSON.parse(line ?? "{}") as { data_blobs: number; tree_blobs: number };
  return [summary.data_blobs, summary.tree_blobs];
}
