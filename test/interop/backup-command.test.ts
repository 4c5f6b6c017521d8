import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, test } from "node:test";
import { systemWorld } from "../../src/app/system-world.ts";
import { utf8 } from "../../src/base/bytes.ts";
import { seededRandom } from "../../src/base/testing.ts";
import { createRepository } from "../../src/repo/create.ts";
import { acquireLock } from "../../src/repo/lock.ts";
import { openRepository } from "../../src/repo/open.ts";
import { openLocal } from "../../src/store/local.ts";
import { firn, type FirnFinished } from "../firn.ts";
import { restic, withoutPeer } from "../peers.ts";

const skip = withoutPeer("restic");
const password = "command";
const folders: string[] = [];
after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

interface Place {
  readonly folder: string;
  readonly repo: string;
}

async function place(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), "firn-backup-command-"));
  folders.push(folder);
  const world = systemWorld();
  const repo = join(folder, "repo");
  await createRepository(openLocal(repo, world), { world, version: 2, password: async () => utf8(password), kdf: { N: 2, r: 1, p: 1 } });
  mkdirSync(join(folder, "source"));
  return { folder, repo };
}

function backup({ folder, repo }: Place, ...args: string[]): Promise<FirnFinished> {
  return firn(["backup", ...args], { repo, password, cwd: folder, anyStatus: true });
}

function lines(text: string): Record<string, unknown>[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

test("missing sources are skipped with exit code 3, none left is exit code 1", async () => {
  const here = await place();
  writeFileSync(join(here.folder, "source/file"), "content");
  const some = await backup(here, "source", "absent");
  assert.equal(some.status, 3);
  assert.match(some.stderr, /absent does not exist, skipping/);
  assert.match(some.stdout, /snapshot [0-9a-f]{8} saved/);
  const none = await backup(here, "absent");
  assert.equal(none.status, 1);
  assert.match(none.stderr, /^absent does not exist, skipping\nfirn: none of the files/);
  assert.doesNotMatch(none.stdout, /snapshot/);
});

test("JSON lines have restic's keys in restic's order", { skip }, async () => {
  const here = await place();
  writeFileSync(join(here.folder, "source/file"), "content");
  const shape = (text: string): string[][] =>
    lines(text)
      .filter((line) => line["message_type"] !== "status")
      .map((line) => [String(line["message_type"]), String(line["action"]), ...Object.keys(line)]);
  const ours = await backup(here, "source", "--json", "-v", "-v");
  const theirs = await restic(["backup", "source", "--json", "-v", "-v", "--force"], { repo: here.repo, password, cwd: here.folder });
  const sorted = (text: string): string[] => shape(text).map(String).sort();
  assert.deepEqual(sorted(ours.stdout), sorted(theirs.stdout));
});

test("errors are JSON too, and the last line says why the code is 3", async () => {
  const here = await place();
  writeFileSync(join(here.folder, "source/file"), "content");
  const { status, stderr } = await backup(here, "source", "absent", "--json");
  assert.equal(status, 3);
  const [first, last] = lines(stderr);
  assert.deepEqual(first, { message_type: "error", error: { message: "absent does not exist, skipping" }, during: "", item: "" });
  assert.deepEqual([last?.["message_type"], last?.["code"]], ["exit_error", 3]);
});

test(
  "a file the user may not read is left out with exit code 3",
  { skip: process.getuid?.() === 0 ? "root may read everything" : false },
  async () => {
    const here = await place();
    writeFileSync(join(here.folder, "source/file"), "content");
    writeFileSync(join(here.folder, "source/secret"), "content");
    chmodSync(join(here.folder, "source/secret"), 0);
    const { status, stderr } = await backup(here, "source");
    assert.equal(status, 3);
    assert.match(stderr, /error: open .*secret: permission denied/);
  },
);

test("the wrong password is 12, no repository 10, nonsense 1", async () => {
  const here = await place();
  const wrong = await firn(["backup", "source"], { repo: here.repo, password: "wrong", cwd: here.folder, anyStatus: true });
  assert.equal(wrong.status, 12);
  const nowhere = await firn(["backup", "source"], { repo: join(here.folder, "no"), password, cwd: here.folder, anyStatus: true });
  assert.equal(nowhere.status, 10);
  for (const args of [
    [],
    ["source", "--time", "yesterday"],
    ["source", "--exclude", "[a"],
    ["source", "--exclude-larger-than", "many"],
    ["source", "--group-by", "moon"],
    ["source", "--parent", "latest"],
    ["--stdin", "source"],
    ["--stdin-from-command", "--", "false"],
    ["--stdin-from-command", "--", "firn-no-such-program"],
  ]) {
    const { status, stderr, stdout } = await backup(here, ...args);
    assert.equal(status, 1, `${args.join(" ")}: ${stderr}`);
    assert.match(stderr, /^firn: .+/m);
    assert.doesNotMatch(stderr, /bug/);
    assert.doesNotMatch(stdout, /snapshot .* saved/);
  }
});

test("a command's output is backed up under its name", { skip }, async () => {
  const here = await place();
  const done = await backup(here, "--stdin-from-command", "--stdin-filename", "hello.txt", "--", "sh", "-c", "echo hello; echo oops >&2");
  assert.equal(done.status, 0, done.stderr);
  assert.match(done.stderr, /subprocess sh: oops/);
  const { stdout } = await restic(["dump", "latest", "/hello.txt"], { repo: here.repo, password });
  assert.equal(stdout, "hello\n");
});

test("a dry run takes no lock, stores nothing and says so", async () => {
  const here = await place();
  writeFileSync(join(here.folder, "source/file"), "content");
  const world = systemWorld();
  const held = await openRepository(openLocal(here.repo, world), { world, password: async () => utf8(password) });
  await using _ = await acquireLock(held, { exclusive: true });
  assert.equal((await backup(here, "source")).status, 11);
  const { status, stdout } = await backup(here, "source", "--dry-run");
  assert.equal(status, 0);
  assert.match(stdout, /Would add to the repository/);
  assert.deepEqual(readdirSync(join(here.repo, "snapshots")), []);
});

test("ctrl-C ends with 130 and leaves no lock and no snapshot", async () => {
  const here = await place();
  for (let i = 0; i < 40; i++) writeFileSync(join(here.folder, `source/${i}`), seededRandom(`interrupt ${i}`)(2_000_000));
  const program = resolve(import.meta.dirname, "../../bin/firn.js");
  const env = { PATH: process.env["PATH"] ?? "", RESTIC_PASSWORD: password, RESTIC_REPOSITORY: here.repo };
  const child = spawn(process.execPath, [program, "--no-cache", "backup", "source", "--json", "--limit-upload", "200"], {
    cwd: here.folder,
    env,
  });
  let seen = "";
  child.stdout.on("data", (text: Buffer) => {
    seen += text.toString();
    if (seen.includes('"bytes_done"') && !child.killed) child.kill("SIGINT");
  });
  const [code] = (await once(child, "exit")) as [number];
  assert.equal(code, 130, seen.slice(-300));
  assert.deepEqual(readdirSync(join(here.repo, "locks")), []);
  assert.deepEqual(readdirSync(join(here.repo, "snapshots")), []);
  const rest = await firn(["backup", "source"], { repo: here.repo, password, cwd: here.folder });
  assert.match(rest.stdout, /snapshot [0-9a-f]{8} saved/);
});
