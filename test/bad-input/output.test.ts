import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { localPlace, makeRepository } from "../scratch.ts";

const program = resolve(import.meta.dirname, "../../bin/firn.js");

test("a full disk under the log does not break off a backup, and is not kept secret", async (t) => {
  if (!existsSync("/dev/full")) return t.skip("this machine has no /dev/full");
  const folder = mkdtempSync(join(tmpdir(), "firn-output-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const place = localPlace(join(folder, "repo"));
  await makeRepository(place);
  const full = openSync("/dev/full", "w");
  t.after(() => closeSync(full));
  const env = { PATH: process.env["PATH"], RESTIC_REPOSITORY: place.repo, RESTIC_PASSWORD: place.password };
  const args = [program, "--no-cache", "backup", "--json", import.meta.dirname];
  const run = (stdio: ("pipe" | "ignore" | number)[]) => spawnSync(process.execPath, args, { env, stdio, encoding: "utf8" });

  const out = run(["ignore", full, "pipe"]);
  assert.equal(out.status, 1);
  assert.match(out.stderr, /^firn: standard output is incomplete: ENOSPC[^\n]*\n$/);
  assert.equal(run(["ignore", "pipe", full]).status, 0, "who cannot be told of warnings may still have a backup");
  assert.equal(readdirSync(join(place.repo, "snapshots")).length, 2);
  assert.deepEqual(readdirSync(join(place.repo, "locks")), []);
});
