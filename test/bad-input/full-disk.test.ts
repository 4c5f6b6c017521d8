import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { seededRandom } from "../../src/base/testing.ts";
import { firn } from "../firn.ts";
import { restic, withoutPeer } from "../peers.ts";
import { localPlace, makeRepository } from "../scratch.ts";
import { compareTrees } from "../tree-compare.ts";

const base = mkdtempSync(join(tmpdir(), "firn-full-"));
const mounted: string[] = [];
after(() => {
  for (const folder of mounted) execFileSync("umount", [folder]);
  rmSync(base, { recursive: true, force: true });
});

/** A file system of so many MiB, or undefined where this process may not make one. */
function small(name: string, mib: number): string | undefined {
  const folder = join(base, name);
  mkdirSync(folder);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${mib}m`, "tmpfs", folder], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  mounted.push(folder);
  return folder;
}

function enlarge(folder: string, mib: number): void {
  execFileSync("mount", ["-o", `remount,size=${mib}m`, folder]);
}

function fill(source: string): void {
  mkdirSync(source);
  const random = seededRandom("full disk");
  for (let i = 0; i < 12; i++) writeFileSync(join(source, `file ${i}`), random(1_000_000 + i));
}

const NO_MOUNT = "a small file system cannot be mounted here (it takes root)";

test(
  "the repository's disk is full: one clear line, exit code 1, nothing lost; with more room it goes on",
  {
    skip: withoutPeer("restic"),
  },
  async (t) => {
    const disk = small("disk", 8);
    if (disk === undefined) return t.skip(NO_MOUNT);
    const source = join(base, "source");
    fill(source);
    const place = localPlace(join(disk, "repo"));
    await makeRepository(place);
    writeFileSync(join(base, "note"), "the first snapshot");
    await firn(["backup", join(base, "note")], place);
    const full = await firn(["backup", source, "--pack-size", "4"], { ...place, anyStatus: true });
    assert.equal(full.status, 1);
    assert.match(full.stderr, /^firn: cannot write \S+: no space left on device\n {6}free some space/m);
    assert.doesNotMatch(full.stderr, /bug in firn/);
    assert.deepEqual(readdirSync(join(place.repo, "locks")), []);
    await restic(["check", "--read-data", "--no-lock"], place);
    enlarge(disk, 40);
    await firn(["backup", source, "--pack-size", "4"], place);
    await restic(["check", "--read-data"], place);
    assert.equal((await restic(["snapshots", "--json"], place)).stdout.match(/"short_id"/g)?.length, 2);
    return undefined;
  },
);

test(
  "the disk restored to is full: every file that lacks is named, exit code 1; with more room it finishes",
  {
    skip: withoutPeer("restic"),
  },
  async (t) => {
    const disk = small("target disk", 5);
    if (disk === undefined) return t.skip(NO_MOUNT);
    const source = join(base, "source for restore");
    fill(source);
    const place = localPlace(join(base, "repo"));
    await makeRepository(place);
    await firn(["backup", source], place);
    const target = join(disk, "target");
    const full = await firn(["restore", `latest:${source}`, "--target", target], { ...place, anyStatus: true });
    assert.equal(full.status, 1, full.stderr);
    assert.match(full.stderr, /file \d+: .*no space left on device/);
    assert.doesNotMatch(full.stderr, /bug in firn/);
    enlarge(disk, 40);
    await firn(["restore", `latest:${source}`, "--target", target], place);
    assert.deepEqual(compareTrees(source, target), []);
    return undefined;
  },
);
