import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { firn } from "../firn.ts";
import { localPlace, makeRepository } from "../scratch.ts";

test("a damaged, unusable or forbidden cache is never worth a failure, nor a wrong answer", async (t) => {
  const base = mkdtempSync(join(tmpdir(), "firn-bad-cache-"));
  after(() => rmSync(base, { recursive: true, force: true }));
  const source = join(base, "source");
  for (const folder of ["a", "b/c"]) mkdirSync(join(source, folder), { recursive: true });
  writeFileSync(join(source, "b/c/file"), "content");
  const place = localPlace(join(base, "repo"));
  await makeRepository(place);
  await firn(["backup", source], place);
  const ls = ["ls", "latest", "--recursive", "--json"];
  const expected = (await firn(ls, place)).stdout;
  const cacheDir = join(base, "cache");
  const files = (): string[] =>
    readdirSync(cacheDir, { recursive: true, encoding: "utf8" })
      .map((name) => join(cacheDir, name))
      .filter((path) => /[0-9a-f]{64}$/.test(path) && statSync(path).isFile());

  const damages: Readonly<Record<string, (path: string) => void>> = {
    "cut short": (path) => truncateSync(path, statSync(path).size - 1),
    emptied: (path) => truncateSync(path, 0),
    overwritten: (path) => writeFileSync(path, Buffer.alloc(statSync(path).size, 7)),
  };
  for (const [name, damage] of Object.entries(damages)) {
    await t.test(name, async () => {
      await firn(ls, { ...place, cacheDir });
      assert.ok(files().length >= 3, "index, snapshot and tree pack are cached");
      for (const path of files()) damage(path);
      const { stdout, stderr } = await firn(ls, { ...place, cacheDir });
      assert.equal(stdout, expected);
      assert.equal(stderr, "");
    });
  }

  await t.test("in a place where no folder can be", async () => {
    writeFileSync(join(base, "in the way"), "");
    for (const folder of [
      join(base, "in the way"),
      join(base, "in the way/below"),
      ...(process.platform === "linux" ? ["/proc/nowhere"] : []),
    ]) {
      assert.equal((await firn(ls, { ...place, cacheDir: folder })).stdout, expected, folder);
    }
  });
});
