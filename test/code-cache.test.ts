import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test, type TestContext } from "node:test";

const NOBODY = 65_534;

function home(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "firn-home-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Without the test run's own code cache. */
function version(env: Record<string, string>): void {
  const entry = resolve(import.meta.dirname, "../bin/firn.js");
  const { status, stderr } = spawnSync(process.execPath, [entry, "version"], { env, encoding: "utf8" });
  assert.equal(status, 0, stderr);
}

test("compiled code is kept where only the user can write", { skip: process.platform === "win32" }, (t) => {
  const cache = home(t);
  version({ XDG_CACHE_HOME: cache });
  const folder = join(cache, "firnline", "code");
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  assert.notEqual(readdirSync(folder, { recursive: true }).length, 0);
});

test("a folder that others may write to is not trusted with code", { skip: process.platform === "win32" }, (t) => {
  const cache = home(t);
  const folder = join(cache, "firnline", "code");
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o777);
  version({ XDG_CACHE_HOME: cache });
  assert.deepEqual(readdirSync(folder), []);
});

test("under sudo nothing is kept in the other user's home", { skip: process.getuid?.() !== 0 }, (t) => {
  const theirs = home(t);
  chownSync(theirs, NOBODY, NOBODY);
  version({ HOME: theirs });
  assert.equal(existsSync(join(theirs, ".cache")), false);
});
