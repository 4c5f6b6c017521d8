import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { systemWorld } from "../../src/app/system-world.ts";
import { utf8 } from "../../src/base/bytes.ts";
import { createRepository } from "../../src/repo/create.ts";
import { acquireLock } from "../../src/repo/lock.ts";
import { openRepository } from "../../src/repo/open.ts";
import type { OpenedRepository } from "../../src/repo/opened-repository.ts";
import { openLocal } from "../../src/store/local.ts";
import { firnHere as firn } from "../firn-here.ts";
import { makeNastyTree } from "../nasty-tree.ts";
import { requirePeer, restic, withoutPeer } from "../peers.ts";

const skip = withoutPeer("restic");
const password = "correct horse";
let folder = "";
let repo = "";

/** A repository that firn made and restic filled. */
before(async () => {
  if (skip !== false) return;
  folder = await mkdtemp(join(tmpdir(), "firn-commands-"));
  repo = join(folder, "repo");
  const source = join(folder, "source");
  mkdirSync(source);
  makeNastyTree(source);
  await init(repo, 2);
  await restic(["backup", "source", "--tag", "one,two"], { repo, password, cwd: folder });
  await writeFile(join(source, "more"), "more");
  await restic(["backup", "source", "--host", "elsewhere", "--exclude", "*.o"], { repo, password, cwd: folder });
  await restic(["backup", "source/dir", "source/more", "--tag", "three"], { repo, password, cwd: folder });
});
after(() => (folder === "" ? undefined : rm(folder, { recursive: true, force: true })));

/** With a key that is cheap to guess: the tests open it some hundred times. */
async function init(path: string, version: 1 | 2): Promise<void> {
  const world = systemWorld();
  await createRepository(openLocal(path, world), { world, version, password: async () => utf8(password), kdf: { N: 2, r: 1, p: 1 } });
}

interface Case {
  readonly args: readonly string[];
  /** The programs list files in the order their stores do: compare the lines sorted. */
  readonly anyOrder?: boolean;
}

const cases: readonly Case[] = [
  { args: ["snapshots"] },
  { args: ["snapshots", "--json"] },
  { args: ["snapshots", "--compact"] },
  { args: ["snapshots", "--host", "elsewhere", "--json"] },
  { args: ["snapshots", "--tag", "one,two"] },
  { args: ["snapshots", "--tag", ""] },
  { args: ["snapshots", "--latest", "1"] },
  { args: ["snapshots", "--path", "/nowhere", "--json"] },
  { args: ["snapshots", "--group-by", "host"], anyOrder: true },
  { args: ["snapshots", "latest"] },
  { args: ["ls", "latest"] },
  { args: ["ls", "latest", "--long"] },
  { args: ["ls", "latest", "--json"] },
  { args: ["ls", "latest", "/source"] },
  { args: ["ls", "latest", "/source/dir", "--recursive", "--json"] },
  { args: ["ls", "latest:/source/dir", "--json"] },
  { args: ["ls", "latest", "--sort", "size", "--reverse", "--long"] },
  { args: ["ls", "latest", "--ncdu"] },
  { args: ["ls", "latest", "--ncdu", "/source/dir"] },
  { args: ["cat", "config"] },
  { args: ["cat", "masterkey"] },
  { args: ["key", "list", "--json"] },
  { args: ["key", "list"] },
  { args: ["list", "packs"], anyOrder: true },
  { args: ["list", "index"], anyOrder: true },
  { args: ["list", "snapshots"], anyOrder: true },
  { args: ["list", "keys"] },
  { args: ["list", "blobs"], anyOrder: true },
];

// Most of the time goes into the pause after taking a lock, in both programs: together it passes for all at once.
describe("the same output as restic's", { skip, concurrency: 6 }, () => {
  for (const { args, anyOrder } of cases) {
    test(args.join(" "), async () => {
      const [ours, theirs] = await Promise.all([firn(args, { repo, password }), restic(args, { repo, password })]);
      const normal = (text: string): string => (anyOrder === true ? text.split("\n").sort().join("\n") : text);
      assert.equal(normal(ours.stdout), normal(theirs.stdout));
    });
  }
});

test("a check of one snapshot: the same summary as restic's", { skip }, async () => {
  const args = ["check", "latest", "--json"];
  assert.equal((await firn(args, { repo, password })).stdout, (await restic(args, { repo, password })).stdout);
});

const mistakes = [
  [["snapshots"], { RESTIC_PASSWORD: "wrong" }],
  [["snapshots", "-r", "/nowhere"], {}],
  [["init"], {}],
  [["ls", "latest:/nope"], {}],
  [["ls", "latest", "relative"], {}],
  [["ls"], {}],
  [["ls", "latest", "--host", "nobody"], {}],
  [["cat", "nonsense"], {}],
  [["list", "nonsense"], {}],
  [[], {}],
  [["key"], {}],
  [["snapshots", "ffffffffff"], {}],
] as const;

async function sameExit(args: readonly string[], env: Record<string, string>): Promise<void> {
  const options = { repo, password, env, anyStatus: true };
  const ours = await firn(args, options);
  const theirs = await restic(args, options);
  assert.equal(ours.status, theirs.status, ours.stderr);
  assert.doesNotMatch(ours.stderr, /bug in firn/);
}

describe("the same exit code as restic's", { skip, concurrency: 6 }, () => {
  for (const [args, env] of mistakes) test(`${args.join(" ")} ${JSON.stringify(env)}`, () => sameExit(args, env));
});

test("the same exit code as restic's under the exclusive lock", { skip }, async () => {
  await sameExit(["key", "remove", "ffffffffff"], {});
  await sameExit(["check", "ffffffffff"], {});
});

test("every index, snapshot, pack and blob prints the same bytes", { skip }, async () => {
  const lines = async (kind: string): Promise<string[]> => (await restic(["list", kind], { repo, password })).stdout.trim().split("\n");
  const [index] = await lines("index");
  const [snapshot] = await lines("snapshots");
  const blobs = await lines("blobs");
  const tree = blobs.find((line) => line.startsWith("tree"))!.slice(5);
  for (const args of [
    ["cat", "index", index!],
    ["cat", "snapshot", snapshot!],
    ["cat", "blob", tree],
    ["cat", "tree", `${snapshot!.slice(0, 10)}:/source`],
  ]) {
    assert.equal((await firn(args, { repo, password })).stdout, (await restic(args, { repo, password })).stdout, args.join(" "));
  }
});

test("passwords added, changed and removed by firn work in restic, and the other way round", { skip }, async () => {
  const file = join(folder, "new-password");
  // Of its own: passwords that the programs add take long to try.
  const repo = join(folder, "passwords");
  await init(repo, 2);
  await writeFile(file, "second\n");
  await firn(["key", "add", "--new-password-file", file, "--user", "u", "--host", "h"], { repo, password });
  await restic(["cat", "config"], { repo, password: "second" });
  await writeFile(file, "third\n");
  await restic(["key", "passwd", "--new-password-file", file], { repo, password: "second" });
  await firn(["cat", "config"], { repo, password: "third" });
  assert.equal((await firn(["cat", "config"], { repo, password: "second", anyStatus: true })).status, 12);
  await writeFile(file, "fourth\n");
  await firn(["key", "passwd", "--new-password-file", file], { repo, password: "third" });
  assert.equal((await restic(["cat", "config"], { repo, password: "third", anyStatus: true })).status, 12);
  const keys = JSON.parse((await restic(["key", "list", "--json"], { repo, password })).stdout) as { id: string; current: boolean }[];
  assert.equal(keys.length, 2);
  await firn(["key", "remove", keys.find((key) => !key.current)!.id.slice(0, 12)], { repo, password });
  assert.equal((await restic(["cat", "config"], { repo, password: "fourth", anyStatus: true })).status, 12);
  assert.equal((await firn(["key", "remove", keys.find((key) => key.current)!.id], { repo, password, anyStatus: true })).status, 1);
});

async function opened(): Promise<OpenedRepository> {
  const world = systemWorld();
  return openRepository(openLocal(repo, world), { world, password: async () => utf8(password) });
}

test("restic honours firn's locks", { skip }, async () => {
  const ours = await opened();
  const exclusive = await acquireLock(ours, { exclusive: true });
  const refused = await restic(["snapshots"], { repo, password, anyStatus: true });
  assert.equal(refused.status, 11);
  assert.match(refused.stderr, new RegExp(`PID ${process.pid} on ${ours.world.hostname}`));
  await exclusive.release();
  const shared = await acquireLock(ours, { exclusive: false });
  assert.equal((await restic(["snapshots"], { repo, password })).status, 0);
  assert.equal((await restic(["check"], { repo, password, anyStatus: true })).status, 11);
  await shared.release();
  assert.deepEqual(readdirSync(join(repo, "locks")), []);
});

test("firn honours restic's locks, says who holds them, and unlock removes what a killed restic left", { skip }, async (t) => {
  const program = requirePeer(t, "restic")!;
  const holder: ChildProcessWithoutNullStreams = spawn(program, ["--no-cache", "-r", repo, "backup", "--stdin"], {
    env: { ...process.env, RESTIC_PASSWORD: password },
  });
  const ended = new Promise((resolve) => holder.on("close", resolve));
  while (readdirSync(join(repo, "locks")).length === 0) await pause(20);
  assert.equal((await firn(["snapshots"], { repo, password })).status, 0, "shared beside shared");
  const refused = await firn(["key", "remove", "abc"], { repo, password, anyStatus: true });
  assert.equal(refused.status, 11);
  assert.match(refused.stderr, new RegExp(`locked by \\S+ on \\S+ \\(process ${holder.pid}\\)`));
  await firn(["unlock"], { repo, password });
  assert.equal(readdirSync(join(repo, "locks")).length, 1, "its owner lives");
  holder.kill("SIGKILL");
  await ended;
  const stale = await firn(["key", "remove", "abc"], { repo, password, anyStatus: true });
  assert.equal(stale.status, 11);
  assert.match(stale.stderr, /firn unlock/);
  assert.match((await firn(["unlock"], { repo, password })).stdout, /removed 1 lock/);
  assert.deepEqual(readdirSync(join(repo, "locks")), []);
});

function filesBelow(path: string): string[] {
  return readdirSync(path, { recursive: true, encoding: "utf8" }).sort();
}

test("both programs share one cache", { skip }, async () => {
  const cacheDir = join(folder, "cache");
  await restic(["ls", "latest"], { repo, password, cacheDir });
  const filled = filesBelow(cacheDir);
  const ours = await firn(["ls", "latest"], { repo, password, cacheDir });
  assert.deepEqual(filesBelow(cacheDir), filled, "nothing was missing, nothing is in the way");
  await rm(cacheDir, { recursive: true });
  assert.equal((await firn(["ls", "latest"], { repo, password, cacheDir })).stdout, ours.stdout);
  const again = await restic(["ls", "latest"], { repo, password, cacheDir });
  assert.equal(again.stdout, ours.stdout);
  assert.equal(again.stderr, "");
});

test("what is left passes restic's check; version 1 repositories too", { skip }, async () => {
  await restic(["check", "--read-data"], { repo, password });
  const old = join(folder, "version1");
  await init(old, 1);
  await restic(["backup", "source"], { repo: old, password, cwd: folder });
  await restic(["check", "--read-data"], { repo: old, password });
  const listed = await firn(["ls", "latest", "--json"], { repo: old, password });
  assert.equal(listed.stdout, (await restic(["ls", "latest", "--json"], { repo: old, password })).stdout);
});

test("init takes over the chunker parameters of another repository, and no other's password", { skip }, async () => {
  const path = join(folder, "twin");
  const env = { RESTIC_FROM_PASSWORD: password };
  await firn(["init", "--copy-chunker-params", "--from-repo", repo], { repo: path, password: "other", env });
  const polynomial = async (at: string, word: string): Promise<unknown> =>
    (JSON.parse((await restic(["cat", "config"], { repo: at, password: word })).stdout) as Record<string, unknown>)["chunker_polynomial"];
  assert.equal(await polynomial(path, "other"), await polynomial(repo, password));
  for (const [args, status] of [
    [["init", "--copy-chunker-params"], 1],
    [["init", "--from-repo", repo], 1],
    [["init", "--copy-chunker-params", "--from-repo", "/nowhere"], 10],
  ] as const) {
    const failed = await firn(args, { repo: join(folder, "none"), password, env, anyStatus: true });
    assert.equal(failed.status, status, failed.stderr);
  }
  const wrong = { repo: join(folder, "none"), password, env: { RESTIC_FROM_PASSWORD: "wrong" }, anyStatus: true };
  assert.equal((await firn(["init", "--copy-chunker-params", "--from-repo", repo], wrong)).status, 12);
});

test("init makes what restic opens", { skip }, async () => {
  for (const version of ["1", "2"]) {
    const path = join(folder, `init${version}`);
    const made = await firn(["init", "--repository-version", version, "--json"], { repo: path, password });
    const config = JSON.parse((await restic(["cat", "config"], { repo: path, password })).stdout) as { version: number; id: string };
    assert.deepEqual(JSON.parse(made.stdout), { message_type: "initialized", id: config.id, repository: path });
    assert.equal(String(config.version), version);
  }
});
