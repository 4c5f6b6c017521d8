import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { COMMANDS } from "../src/cli/registry.ts";
import { firnHere } from "./firn-here.ts";
import { firn, type FirnFinished } from "./firn.ts";
import { localPlace, makeRepository } from "./scratch.ts";

const run = (...args: string[]): Promise<FirnFinished> => firnHere(args, { anyStatus: true });

describe("the command line", () => {
  test("help fits 80 columns, shows commands before the options they share, and every command's page ends with the way there", async () => {
    const { status, stdout, stderr } = await run("help");
    assert.deepEqual([status, stderr], [0, ""]);
    for (const { name } of COMMANDS) assert.ok(stdout.indexOf(`\n  ${name} `) < stdout.indexOf("--repo"), name);
    const pages = [stdout];
    for (const { name } of COMMANDS) {
      const page = await run("help", name);
      assert.equal(page.stdout, (await run(name, "--help")).stdout);
      assert.match(page.stdout, name === "key" || name === "tier" ? /shows what each takes/ : /`firn help` lists them/);
      assert.doesNotMatch(page.stdout, /--repository-file/);
      pages.push(page.stdout);
    }
    pages.push((await run("help", "key", "add")).stdout);
    assert.match(pages.at(-1)!, /^Usage: firn key add/);
    for (const line of pages.join("").split("\n")) assert.ok(line.length <= 80, line);
  });

  test("no command asks what there is; a mistyped one is an error with the nearest name", async () => {
    const bare = await run();
    assert.deepEqual([bare.status, bare.stderr], [0, ""]);
    assert.equal(bare.stdout, (await run("help")).stdout);
    assert.equal((await run("key")).stdout, (await run("help", "key")).stdout);
    const expected: [string[], RegExp][] = [
      [["snapshot"], /^firn: unknown command 'snapshot'\n {6}did you mean snapshots\?\n {6}see `firn help`\n$/],
      [["help", "snapshot"], /^firn: unknown command 'snapshot'/],
      [["key", "nope"], /^firn: unknown command 'nope'\n {6}see `firn help key`\n$/],
      [["--nope"], /^firn: unknown option '--nope'\n {6}see `firn help`\n$/],
      [["snapshots", "--jsn"], /^firn: unknown option '--jsn'\n {6}did you mean --json\?\n {6}see `firn help snapshots`\n$/],
      [["ls"], /^firn: missing required argument .*\n {6}see `firn help ls`\n$/],
      [["unlock", "x"], /^firn: too many arguments/],
      [["--repo"], /^firn: option '-r, --repo <repository>' argument missing/],
      [["snapshots", "--retry-lock", "5"], /--retry-lock: "5" is not a duration\n {6}.*5m/],
    ];
    for (const [args, pattern] of expected) {
      const failed = await run(...args);
      assert.deepEqual([failed.status, failed.stdout], [1, ""], args.join(" "));
      assert.match(failed.stderr, pattern);
    }
  });

  test("with --json a mistake is one line of JSON", async () => {
    for (const args of [["snapshot"], ["ls"], ["snapshots", "--nope"], ["--nope"]]) {
      const { status, stdout, stderr } = await run("--json", ...args);
      assert.deepEqual([status, stdout], [1, ""]);
      const { message_type, code } = JSON.parse(stderr) as { message_type: string; code: number };
      assert.deepEqual([message_type, code], ["exit_error", 1]);
    }
  });

  test("restic's global flags and words are understood wherever they stand", async (t) => {
    const flags = ["--stuck-request-timeout", "5m", "--http-user-agent", "cron", "--no-lock", "-v=2", "--verbose=1"];
    assert.equal((await run(...flags, "version", "-q")).status, 0);
    assert.equal((await run("version", ...flags)).status, 0);
    assert.equal((await run("-qp", "/nowhere", "version")).status, 0);
    const base = mkdtempSync(join(tmpdir(), "firn-cluster-"));
    t.after(() => rmSync(base, { recursive: true, force: true }));
    const place = localPlace(join(base, "repo"));
    await (await makeRepository(place)).close();
    writeFileSync(join(base, "-nv"), "");
    for (const args of [["-nv"], ["-nve", "-nv"], ["-nvenothing"], ["-ve", "-nv", "-n"], ["-vn", "--exclude", "-nv"]]) {
      const { stdout } = await firnHere(["backup", ...args, base], place);
      assert.match(stdout, /^Data Blobs: [^]*^Would add/m, args.join(" "));
    }
    const named = await firnHere(["backup", "--", "-nv"], { ...place, cwd: base });
    assert.match(named.stdout, /^snapshot [0-9a-f]{8} saved$/m);
    assert.match((await run("--", "version")).stdout, /^firn /);
    assert.match((await run("--version")).stdout, /^firn /);
  });

  test("a repository one may only read: no lock, no reading, and --no-lock is what helps", async (t) => {
    const base = mkdtempSync(join(tmpdir(), "firn-read-only-"));
    t.after(() => rmSync(base, { recursive: true, force: true }));
    const place = localPlace(join(base, "repo"));
    await (await makeRepository(place)).close();
    const isRoot = process.getuid?.() === 0;
    for (const entry of readdirSync(base, { recursive: true, withFileTypes: true })) {
      chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o444);
    }
    chmodSync(base, 0o755);
    chmodSync(join(place.repo, "locks"), 0o555);
    const options = { ...place, env: { HOME: "/nonexistent" }, cwd: "/", anyStatus: true, ...(isRoot ? { uid: 65_534 } : {}) };
    const locked = await firn(["snapshots"], options);
    assert.deepEqual([locked.status, locked.stdout], [1, ""]);
    assert.match(locked.stderr, /^firn: cannot lock the repository: .*\n {6}add --no-lock/);
    const free = await firn(["snapshots", "--no-lock", "--json"], options);
    assert.deepEqual([free.status, free.stdout], [0, "[]\n"], free.stderr);
  });

  test("a location named twice, a password added without a word, a prune that would risk the index", async (t) => {
    const base = mkdtempSync(join(tmpdir(), "firn-words-"));
    t.after(() => rmSync(base, { recursive: true, force: true }));
    const place = localPlace(join(base, "repo"));
    await (await makeRepository(place)).close();
    const twice = await firnHere(["snapshots"], { ...place, env: { RESTIC_REPOSITORY_FILE: "x" }, anyStatus: true });
    assert.deepEqual([twice.status, /both name the repository/.test(twice.stderr)], [1, true]);
    writeFileSync(join(base, "word"), "word");
    const added = await firnHere(["key", "add", "--quiet", "--new-password-file", join(base, "word")], place);
    assert.deepEqual([added.stdout, added.stderr], ["", ""]);
    const refused = await firnHere(["prune", "--unsafe-recover-no-free-space", "id"], { ...place, anyStatus: true });
    assert.deepEqual([refused.status, /--max-repack-size 0/.test(refused.stderr)], [1, true]);
  });

  test("a pipe that is slow to give the password: it is said what is waited for, and SIGUSR1 opens no debugger", async (t) => {
    const base = mkdtempSync(join(tmpdir(), "firn-slow-"));
    t.after(() => rmSync(base, { recursive: true, force: true }));
    const place = localPlace(join(base, "repo"));
    await (await makeRepository(place)).close();
    const program = join(import.meta.dirname, "../bin/firn.js");
    const env = { PATH: process.env["PATH"], HOME: base, RESTIC_REPOSITORY: place.repo };
    const child = spawn(process.execPath, [program, "cat", "config", "--no-cache"], { env });
    const ended = once(child, "close");
    let said = "";
    const asked = new Promise<void>((resolve) => {
      child.stderr.on("data", (part: Buffer) => {
        said += part.toString();
        if (said.includes("\n")) resolve();
      });
    });
    await Promise.race([asked, ended]);
    assert.equal(said, "reading the password from standard input\n");
    child.kill("SIGUSR1");
    child.stdin.end(`${place.password}\n`);
    assert.deepEqual(await ended, [0, null]);
    assert.equal(said, "reading the password from standard input\n");
  });
});
