import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { makeFolders } from "./make-folders.ts";

const base = mkdtempSync(join(tmpdir(), "firn-folders-"));
after(() => rmSync(base, { recursive: true, force: true }));

test("makes what is missing, takes what is there, also through links and by many at once", async () => {
  await Promise.all([1, 2, 3].map(() => makeFolders(join(base, "a/b/c"), 0o700)));
  assert.equal(statSync(join(base, "a/b/c")).mode & 0o777, 0o700);
  await makeFolders(join(base, "a/b/c"), 0o700);
  symlinkSync(join(base, "a"), join(base, "link"));
  await makeFolders(join(base, "link/d/e"), 0o700);
  assert.ok(statSync(join(base, "a/d/e")).isDirectory());
});

test("says so where there is a file, a link to nowhere, or a system that makes no folders", { timeout: 10_000 }, async () => {
  writeFileSync(join(base, "file"), "");
  await assert.rejects(makeFolders(join(base, "file"), 0o700), { code: "EEXIST" });
  await assert.rejects(makeFolders(join(base, "file/below"), 0o700), { code: "ENOTDIR" });
  symlinkSync("nowhere", join(base, "dangling"));
  await assert.rejects(makeFolders(join(base, "dangling/below"), 0o700));
  if (process.platform === "linux") await assert.rejects(makeFolders("/proc/nowhere/below", 0o700), { code: "ENOENT" });
});
