import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { seededRandom, testWorld } from "../../src/base/testing.ts";
import { createRepository } from "../../src/repo/create.ts";
import { TEST_KDF } from "../../src/repo/testing.ts";
import { openLocal } from "../../src/store/local.ts";
import { compareTrees } from "../tree-compare.ts";
import { firnHere as firn } from "../firn-here.ts";
import { restic, withoutPeer } from "../peers.ts";

interface Scene {
  readonly repo: string;
  readonly source: string;
  readonly folder: string;
}

/** Four backups of files that come, stay and go, by restic; the first two snapshots are then forgotten by firn. */
async function scene(version: 1 | 2): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), "firn-prune-"));
  const source = join(folder, "source");
  const repo = join(folder, "repo");
  mkdirSync(source);
  const run = { repo, password: "x" };
  // A key that costs nothing to derive: these tests start both programs many times.
  const world = testWorld({ seed: folder });
  await createRepository(openLocal(repo, world), { world, version, password: async () => Buffer.from("x"), kdf: TEST_KDF });
  const random = seededRandom("prune interop");
  for (let night = 1; night <= 4; night++) {
    for (let i = 0; i < 9; i++) writeFileSync(join(source, `n${night}-${i}`), random(600_000));
    for (let i = 3; i < 6; i++) rmSync(join(source, `n${night - 1}-${i}`), { force: true });
    mkdirSync(join(source, `d${night}`));
    writeFileSync(join(source, `d${night}`, "note"), `night ${night}`);
    await restic(["backup", "--pack-size", "4", "--time", `2026-01-0${night} 10:00:00`, "."], { ...run, cwd: source });
  }
  const forgot = await firn(["forget", "--keep-last", "2"], run);
  assert.match(forgot.stdout, /remove 2 snapshots/);
  return { repo, source, folder };
}

/** The lines of restic's report that both programs print. */
function figures(text: string): string[] {
  const labels =
    /^(?:used|duplicates|unused|total|unused size|to repack|this removes|to delete|total prune|remaining|totally used packs|partly used packs|unused packs|to keep)\b.*$/;
  const lines = text.split("\n").map((line) => line.replace(/ +/g, " ").trim());
  return lines.filter((line) => labels.test(line));
}

describe("forget and prune beside restic", { skip: withoutPeer("restic"), concurrency: 3 }, () => {
  for (const version of [1, 2] as const) {
    test(`forget and prune in version ${version}: restic's figures, and restic finds nothing wrong`, async () => {
      const { repo, source, folder } = await scene(version);
      try {
        const run = { repo, password: "x" };
        for (const flags of [[], ["--max-repack-size", "10m", "--max-unused", "0"]]) {
          const args = ["prune", "--dry-run", "-v", ...flags];
          const theirs = figures((await restic(args, run)).stdout);
          assert.ok(theirs.length > 12, "restic reported");
          assert.deepEqual(figures((await firn([...args], run)).stdout), theirs, flags.join(" "));
        }
        const untouched = join(folder, "untouched");
        await cp(repo, untouched, { recursive: true });
        const pruned = await firn(["prune", "--max-unused", "0", "--json"], run);
        const summary = JSON.parse(pruned.stdout) as { bytes: { repack: number; remove_total: number } };
        assert.ok(summary.bytes.repack > 0 && summary.bytes.remove_total > 0);
        await restic(["check", "--read-data"], run);
        const again = (await restic(["prune", "--dry-run", "-v", "--max-unused", "0"], run)).stdout;
        assert.match(again, /^this removes: +0 blobs/m);
        assert.match(again, /^to delete: +0 blobs/m);
        const target = join(folder, "back");
        await restic(["restore", "latest", "--target", target], run);
        assert.deepEqual(compareTrees(source, target), []);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
  }

  test("forget: named snapshots, guards, and pruning in one go", async () => {
    const { repo, folder } = await scene(2);
    try {
      const run = { repo, password: "x", anyStatus: true };
      const refused = async (...args: string[]): Promise<string> => {
        const { status, stderr } = await firn(["forget", ...args], run);
        assert.equal(status, 1, args.join(" "));
        return stderr;
      };
      assert.match(await refused(), /no policy says what to keep/);
      assert.match(await refused("--unsafe-allow-remove-all"), /needs a filter/);
      assert.match(await refused("--keep-tag", "nothing-has-this"), /would remove every snapshot of host/);
      assert.match(await refused("--keep-last", "1", "--no-lock"), /--no-lock/);
      const args = ["--dry-run", "--json", "--keep-last", "1", "--group-by", ""];
      const ours = await firn(["forget", ...args], run);
      assert.equal(ours.stdout, (await restic(["forget", ...args], run)).stdout);
      const { stdout: list } = await restic(["snapshots", "--json"], run);
      const [oldest] = JSON.parse(list) as { id: string }[];
      const gone = await firn(["forget", oldest!.id.slice(0, 8), "--prune", "--json"], run);
      assert.equal(gone.status, 0, gone.stderr);
      assert.equal((JSON.parse(gone.stdout) as { message_type: string }).message_type, "summary");
      assert.equal((JSON.parse((await restic(["snapshots", "--json"], run)).stdout) as unknown[]).length, 1);
      await restic(["check", "--read-data"], { ...run, anyStatus: false });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
