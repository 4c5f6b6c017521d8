import assert from "node:assert/strict";
import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { systemWorld } from "../../src/app/system-world.ts";
import { utf8 } from "../../src/base/bytes.ts";
import { forEachParallel } from "../../src/base/parallel.ts";
import { seededRandom } from "../../src/base/testing.ts";
import { createRepository } from "../../src/repo/create.ts";
import { openLocal } from "../../src/store/local.ts";
import { firn } from "../firn.ts";
import { firnHere } from "../firn-here.ts";
import { makeNastyTree } from "../nasty-tree.ts";
import { restic, withoutPeer } from "../peers.ts";
import { compareTrees } from "../tree-compare.ts";

const skip = withoutPeer("restic");
const password = "identity";
const folders: string[] = [];
after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

const MIB = 1024 * 1024;
const polynomial = 0x3da3358b4dc173n;

interface Scene {
  readonly folder: string;
  readonly source: string;
  readonly repo: string;
}

async function scene(version: 1 | 2 = 2): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), "firn-identity-"));
  folders.push(folder);
  const source = join(folder, "source");
  mkdirSync(source);
  const repo = join(folder, "repo");
  const world = systemWorld();
  // A key that is cheap to guess, because every run opens it, and one polynomial for all, so that counts compare.
  await createRepository(openLocal(repo, world), {
    world,
    version,
    polynomial,
    password: async () => utf8(password),
    kdf: { N: 2, r: 1, p: 1 },
  });
  return { folder, source, repo };
}

type Program = "restic" | "firn";

interface Summary {
  readonly files_new: number;
  readonly data_blobs: number;
  readonly tree_blobs: number;
  readonly data_added: number;
  readonly snapshot_id: string;
  readonly [key: string]: unknown;
}

async function backup(
  program: Program,
  args: readonly string[],
  { folder, repo }: Scene,
  env: Record<string, string> = {},
): Promise<Summary> {
  // A time zone belongs to a process; everything else can do without the start of one.
  const run = program === "restic" ? restic : env["TZ"] === undefined ? firnHere : firn;
  const { stdout } = await run(["backup", "--json", ...args], { repo, password, cwd: folder, env });
  const summary = stdout
    .split("\n")
    .filter((line) => line.includes('"summary"'))
    .at(-1);
  assert.ok(summary, `${program} prints a summary: ${stdout}`);
  return JSON.parse(summary) as Summary;
}

async function rootTree(id: string, { repo }: Scene): Promise<string> {
  const { stdout } = await restic(["cat", "snapshot", id, "--no-lock"], { repo, password });
  return (JSON.parse(stdout) as { tree: string }).tree;
}

/** What a snapshot lists. Directories above the source are shared with the whole machine, and their times change at any moment. */
async function entries(id: string, here: Scene): Promise<object[]> {
  const { stdout } = await restic(["ls", "--json", id, "--no-lock"], { repo: here.repo, password });
  const lines = stdout.trim().split("\n").slice(1);
  return lines.map((line) => {
    const { mtime, atime, ctime, path, ...rest } = JSON.parse(line) as Record<string, unknown>;
    return here.source.startsWith(String(path)) && path !== here.source ? { path, ...rest } : { path, mtime, atime, ctime, ...rest };
  });
}

/** Numbers that both programs must agree on for the same work. */
function counts(summary: Summary): Record<string, unknown> {
  const { files_new, files_changed, files_unmodified, dirs_new, dirs_changed, dirs_unmodified } = summary;
  const { data_blobs, tree_blobs, data_added, total_files_processed, total_bytes_processed } = summary;
  return {
    files: [files_new, files_changed, files_unmodified, total_files_processed],
    dirs: [dirs_new, dirs_changed, dirs_unmodified],
    added: [data_blobs, tree_blobs, data_added, total_bytes_processed],
  };
}

// Every command waits after taking its lock; together they wait at the same time.
describe("backups of both programs", { skip, concurrency: 4 }, () => {
  for (const version of [1, 2] as const) {
    for (const [first, second] of [
      ["restic", "firn"],
      ["firn", "restic"],
    ] as const) {
      test(`version ${version}: what ${first} backed up, ${second} has nothing to add to`, async () => {
        const here = await scene(version);
        makeNastyTree(here.source, { bigBytes: version === 2 ? 40 * MIB : 10 * MIB });
        const one = await backup(first, ["source"], here);
        assert.ok(one.data_blobs > 5 && one.tree_blobs > 3);
        const two = await backup(second, ["source", "--force"], here);
        assert.deepEqual([two.data_blobs, two.tree_blobs, two.data_added], [0, 0, 0]);
        assert.equal(await rootTree(two.snapshot_id, here), await rootTree(one.snapshot_id, here));
        // With a parent: nothing is read again, and nothing is new.
        const three = await backup(second, ["source"], here);
        assert.equal(three["files_unmodified"], three["total_files_processed"]);
        assert.equal(three.tree_blobs, 0);
        await restic(["check", "--read-data", "--no-lock"], { repo: here.repo, password });
      });
    }
  }

  test("both count the same, for a first backup and for one after changes", async () => {
    const [a, b] = [await scene(), await scene()];
    makeNastyTree(a.source, { bigBytes: 20 * MIB });
    const twin = { ...b, folder: a.folder };
    assert.deepEqual(counts(await backup("firn", ["source"], twin)), counts(await backup("restic", ["source"], a)));
    writeFileSync(join(a.source, "dir/medium"), "shorter now");
    writeFileSync(join(a.source, "added"), "new");
    rmSync(join(a.source, "dir/deeper/text"));
    renameSync(join(a.source, "plain"), join(a.source, "moved"));
    const restics = counts(await backup("restic", ["source"], a));
    assert.deepEqual(counts(await backup("firn", ["source"], twin)), restics);
  });

  test("restic restores what firn backed up, bit for bit", async () => {
    const here = await scene();
    makeNastyTree(here.source, { bigBytes: 30 * MIB });
    const { snapshot_id } = await backup("firn", ["source"], here);
    const target = join(here.folder, "restored");
    await restic(["restore", snapshot_id, "--target", target], { repo: here.repo, password });
    assert.deepEqual(compareTrees(here.source, join(target, "source")), []);
  });

  test("targets of every shape give restic's trees", async () => {
    const here = await scene();
    const { source } = here;
    mkdirSync(join(source, "a/b/c"), { recursive: true });
    mkdirSync(join(source, "x/a"), { recursive: true });
    for (const name of ["a/1", "a/b/2", "a/b/c/3", "x/a/4", "x/5"]) writeFileSync(join(source, name), name);
    symlinkSync("a", join(source, "link"));
    const shapes: readonly (readonly string[])[] = [
      ["."],
      ["a/b", "a"],
      ["a/b/c/3", "x"],
      [source, "a"],
      [join(source, "a/b"), join(source, "a/b/c")],
      ["a", "../source/x/a"],
      ["x/../a/./b"],
      ["link", "link/b"],
      ["a/", "a"],
    ];
    const at = { ...here, folder: source };
    await forEachParallel(shapes, 4, async (shape) => {
      const theirs = await backup("restic", ["--force", ...shape], at);
      const ours = await backup("firn", ["--force", ...shape], at);
      assert.deepEqual(await entries(ours.snapshot_id, at), await entries(theirs.snapshot_id, at), JSON.stringify(shape));
      const paths = async (id: string): Promise<unknown> =>
        (JSON.parse((await restic(["cat", "snapshot", id, "--no-lock"], { repo: here.repo, password })).stdout) as { paths: unknown })
          .paths;
      assert.deepEqual(await paths(ours.snapshot_id), await paths(theirs.snapshot_id));
    });
  });

  test("a year's time zone: offsets are those of each file's own moment", async () => {
    const here = await scene();
    makeNastyTree(here.source);
    for (const TZ of ["America/New_York", "Asia/Kathmandu", "UTC"]) {
      const theirs = await backup("restic", ["source", "--force"], here, { TZ });
      const ours = await backup("firn", ["source", "--force"], here, { TZ });
      assert.equal(await rootTree(ours.snapshot_id, here), await rootTree(theirs.snapshot_id, here), TZ);
    }
  });

  test("each takes the other's snapshot for its parent, and records the same facts", async () => {
    const here = await scene();
    mkdirSync(join(here.source, "d"));
    writeFileSync(join(here.source, "d/f"), "content");
    const args = ["source", "--tag", "b,a", "--tag", "c", "--host", "box", "--exclude", "*.tmp"];
    const facts = async (id: string): Promise<Record<string, unknown>> => {
      const { stdout } = await restic(["cat", "snapshot", id, "--no-lock"], { repo: here.repo, password });
      const { summary: _, program_version, time: __, ...rest } = JSON.parse(stdout) as Record<string, unknown>;
      assert.match(String(program_version), /^(restic 0\.19\.1|firn \d+\.\d+\.\d+)$/);
      return rest;
    };
    const first = await backup("restic", [...args, "--time", "2026-03-29 01:30:00"], here);
    const second = await backup("firn", [...args, "--time", "2026-03-29 03:30:00"], here);
    const third = await backup("restic", [...args, "--time", "2026-03-29 03:30:01"], here);
    assert.deepEqual(await facts(second.snapshot_id), { ...(await facts(first.snapshot_id)), parent: first.snapshot_id });
    assert.deepEqual((await facts(third.snapshot_id))["parent"], second.snapshot_id);
  });

  test("a stream becomes the same blobs and the same tree", async () => {
    const here = await scene();
    const input = seededRandom("stream")(5 * MIB);
    const args = ["backup", "--json", "--stdin", "--stdin-filename", "folder/dump.sql", "--time", "2026-01-02 03:04:05"];
    const options = { repo: here.repo, password, input };
    await restic(args, options);
    const { stdout } = await firn(args, options);
    const summary = JSON.parse(stdout.trim().split("\n").at(-1)!) as Summary;
    assert.deepEqual([summary.data_blobs, summary.tree_blobs, summary["total_bytes_processed"]], [0, 0, 5 * MIB]);
  });

  test("packs keep to the size asked for", async () => {
    const here = await scene();
    writeFileSync(join(here.source, "noise"), seededRandom("packs")(24 * MIB));
    await backup("firn", ["source", "--pack-size", "4"], here);
    const packs = readdirSync(join(here.repo, "data"), { recursive: true, encoding: "utf8" }).filter((name) => name.length > 60);
    assert.ok(packs.length >= 3, `${packs.length} packs`);
    await restic(["check", "--read-data", "--no-lock"], { repo: here.repo, password });
  });
});
