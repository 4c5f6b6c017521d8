import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { firnHere as firn } from "../firn-here.ts";
import { makeNastyTree } from "../nasty-tree.ts";
import { restic, withoutPeer } from "../peers.ts";
import { makeRepository, SCRATCH_PASSWORD } from "../scratch.ts";
import { compareTrees } from "../tree-compare.ts";

interface Case {
  readonly name: string;
  readonly version: 1 | 2;
  readonly compression?: "auto" | "off" | "max";
  readonly packSize: number;
  readonly keys?: number;
}

/** Everything restic may have written: both versions, all compressions, the smallest and the largest packs, several keys. */
const CASES: readonly Case[] = [
  { name: "version 1, packs of 4 MiB", version: 1, packSize: 4 },
  { name: "version 2, compression auto, packs of 128 MiB", version: 2, compression: "auto", packSize: 128 },
  { name: "version 2, compression off, packs of 4 MiB, three keys", version: 2, compression: "off", packSize: 4, keys: 3 },
  { name: "version 2, compression max, packs of 16 MiB", version: 2, compression: "max", packSize: 16 },
];

const PASSWORD = SCRATCH_PASSWORD;

describe("what restic wrote, firn lists, checks and restores", { skip: withoutPeer("restic"), concurrency: 2 }, () => {
  const base = mkdtempSync(join(tmpdir(), "firn-matrix-"));
  const source = join(base, "source");
  before(() => {
    mkdirSync(source);
    makeNastyTree(source, { bigBytes: 18 * 1024 * 1024 });
  });
  after(() => rmSync(base, { recursive: true, force: true }));

  for (const wanted of CASES) {
    test(wanted.name, async () => {
      const place = mkdtempSync(join(base, "case-"));
      const repo = join(place, "repo");
      const password = await writeRepository(repo, wanted, source, place);
      const listed = await firn(["ls", "latest", "--recursive", "--json"], { repo, password });
      assert.equal(listed.stdout.split("\n").filter((line) => line.includes('"node"')).length, countOf(await resticLs(repo)));
      const checked = await firn(["check", "--read-data", "--json"], { repo, password });
      assert.deepEqual(JSON.parse(checked.stdout), SOUND);
      const target = join(place, "target");
      await firn(["restore", `latest:${source}`, "--target", target, "--json"], { repo, password });
      assert.deepEqual(compareTrees(source, target, { ignore: isSlow(wanted) }), []);
      rmSync(place, { recursive: true, force: true });
    });
  }
});

const SOUND = { message_type: "summary", num_errors: 0, broken_packs: null, suggest_repair_index: false, suggest_prune: false };

/** The large file is left out where it would only make restic's slowest compression slow. */
function isSlow({ compression }: Case): (path: string) => boolean {
  return (path) => compression === "max" && path === "dir/big";
}

/** Makes the repository, and gives the password to open it with: the last key's. */
async function writeRepository(repo: string, wanted: Case, source: string, place: string): Promise<string> {
  const access = { repo, password: PASSWORD };
  // A key of restic's takes both programs long to try; that firn opens those is shown where there are several.
  if (wanted.keys === undefined) await (await makeRepository({ ...access, env: {} }, wanted.version)).close();
  else await restic(["init", "--repository-version", String(wanted.version)], access);
  const compression = wanted.compression === undefined ? [] : ["--compression", wanted.compression];
  const exclude = wanted.compression === "max" ? ["--exclude", join(source, "dir/big")] : [];
  await restic(["backup", "--pack-size", String(wanted.packSize), ...compression, ...exclude, source], access);
  let password = PASSWORD;
  for (let key = 1; key < (wanted.keys ?? 1); key++) {
    password = `password ${key}`;
    const file = join(place, `password-${key}`);
    writeFileSync(file, password);
    await restic(["key", "add", "--new-password-file", file], access);
  }
  return password;
}

async function resticLs(repo: string): Promise<string> {
  return (await restic(["ls", "latest", "--recursive", "--json"], { repo, password: PASSWORD })).stdout;
}

function countOf(listing: string): number {
  return listing.split("\n").filter((line) => line.includes('"struct_type":"node"')).length;
}
