import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { firnHere as firn } from "../firn-here.ts";
import { makeNastyTree } from "../nasty-tree.ts";
import { restic, withoutPeer } from "../peers.ts";
import { localPlace, makeRepository } from "../scratch.ts";
import { compareTrees } from "../tree-compare.ts";

/** The same restore by both programs, one folder each: the same result on disk and the same summary for scripts. */
describe("firn restores as restic does", { skip: withoutPeer("restic") }, () => {
  const base = mkdtempSync(join(tmpdir(), "firn-words-"));
  const access = localPlace(join(base, "repo"));
  const source = join(base, "source");
  const targets = { firn: join(base, "by firn"), restic: join(base, "by restic") };
  before(async () => {
    mkdirSync(source);
    makeNastyTree(source);
    await (await makeRepository(access)).close();
    await restic(["backup", source], access);
  });
  after(() => rmSync(base, { recursive: true, force: true }));

  async function both(...flags: string[]): Promise<void> {
    const args = ["restore", `latest:${source}`, "--json", ...flags];
    const ours = await firn([...args, "--target", targets.firn], { ...access, env: { RESTIC_PROGRESS_FPS: "0.01" } });
    const theirs = await restic([...args, "--target", targets.restic], access);
    assert.deepEqual(summaryOf(ours.stdout), summaryOf(theirs.stdout));
    assert.deepEqual(compareTrees(targets.restic, targets.firn), []);
  }

  test("into an empty folder", () => both());
  test("once more over the same", () => both());
  test("over changed, added and removed files, with --delete", async () => {
    for (const target of Object.values(targets)) {
      writeFileSync(join(target, "plain"), "changed");
      writeFileSync(join(target, "dir/medium"), "cut");
      mkdirSync(join(target, "dir/extra"));
      writeFileSync(join(target, "dir/extra/file"), "");
      rmSync(join(target, "empty"));
    }
    await both("--delete");
  });
  test("with --overwrite if-changed", () => both("--overwrite", "if-changed"));
  test("with an exclude", async () => {
    for (const target of Object.values(targets)) rmSync(target, { recursive: true });
    await both("--exclude", "dir", "--iexclude", "PLAIN", "--sparse");
  });
});

/** Without the time it took. */
function summaryOf(stdout: string): unknown {
  const line = stdout.split("\n").find((candidate) => candidate.includes('"summary"')) ?? "{}";
  return JSON.parse(line, (key, value: unknown) => (key === "seconds_elapsed" ? undefined : value));
}
