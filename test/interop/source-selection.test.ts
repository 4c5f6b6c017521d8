import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { type Bytes, textLossy, utf8 } from "../../src/base/bytes.ts";
import { ListFolder } from "../../src/source/list-folder.ts";
import { baseName, joinName } from "../../src/source/path.ts";
import { compilePatterns } from "../../src/source/pattern.ts";
import { buildSelection, SELECT_ALL, type Selection } from "../../src/source/reject.ts";
import { posixFs } from "../../src/source/source-fs.ts";
import { StatFields } from "../../src/source/stat-fields.ts";
import { planTargets, type TargetNode } from "../../src/source/targets.ts";
import { keptIn } from "../../src/source/testing.ts";
import { acceptEntry } from "../../src/source/walk.ts";
import { requirePeer, restic } from "../peers.ts";

const TREE: Readonly<Record<string, string>> = {
  "home/u/data/x.txt": "x",
  "home/u/data/y.O": "yy",
  "home/u/data/Deep/a/b/c/leaf": "1",
  "home/u/data/Deep/a/keep.o": "1",
  "home/u/data/Deep/a/drop.o": "1",
  "home/u/data/[odd]*name": "1",
  "home/u/data/nobackup/.skip": "",
  "home/u/data/nobackup/gone": "1",
  "home/u/data/cache/CACHEDIR.TAG": "Signature: 8a477f597d28d172789f06886806bc55 and more",
  "home/u/data/cache/gone": "1",
  "home/u/data/big": "b".repeat(5000),
  "home/u/foo/one": "1",
  "home/u/foo/drop.o": "1",
  "home/foo/two": "2",
};

const TARGETS = ["foo", "../foo/two", "way/x.txt", "./data", "data/Deep", "foo/drop.o", "data/"];
const EXCLUDES = ["*.o", "!**/a/keep.o", "/**/a/**/leaf", "\\[odd\\]*"];
const CASELESS = ["*.TXT", "Y.o"];

test("restic saves the same entries under the same names", async (t) => {
  if (requirePeer(t, "restic") === undefined) return;
  const base = mkdtempSync(join(tmpdir(), "firn-select-"));
  try {
    for (const [path, content] of Object.entries(TREE)) {
      mkdirSync(dirname(join(base, path)), { recursive: true });
      writeFileSync(join(base, path), content);
    }
    symlinkSync("data", join(base, "home/u/way"));
    const cwd = join(base, "home/u");
    const found = ours(cwd);
    assert.deepEqual(found, await theirs(cwd, join(base, "repo")));
    for (const path of ["/foo-1/two", "/way/x.txt", "/foo/drop.o", "/data/Deep/a/keep.o"]) assert.ok(found.includes(path), path);
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
});

async function theirs(cwd: string, repo: string): Promise<string[]> {
  const options = { repo, password: "x", cwd };
  await restic(["init"], options);
  const flags = EXCLUDES.flatMap((pattern) => ["--exclude", pattern]).concat(CASELESS.flatMap((pattern) => ["--iexclude", pattern]));
  const tags = ["--exclude-if-present", ".skip", "--exclude-caches", "--exclude-larger-than", "4999"];
  await restic(["backup", ...flags, ...tags, "--", ...TARGETS], options);
  const listed = await restic(["ls", "latest", "--recursive", "--json"], options);
  const lines = listed.stdout.trim().split("\n").slice(1);
  return lines.map((line) => (JSON.parse(line) as { path: string }).path);
}

function ours(cwd: string): string[] {
  const excludes = [compilePatterns(CASELESS, { ignoreCase: true }), compilePatterns(EXCLUDES)];
  const selection = buildSelection({ excludes, excludeIfPresent: [".skip"], excludeCaches: true, excludeLargerThan: 4999n }, posixFs);
  const found: string[] = [];
  visit(planTargets(TARGETS.map(utf8), utf8(cwd), posixFs).root, utf8(""), selection, found);
  return found;
}

function visit(node: TargetNode, at: Bytes, selection: Selection, found: string[]): void {
  if (node.path === undefined) {
    if (at.length > 0) found.push(textLossy(at));
    for (const child of node.children) visit(child.node, joinName(at.length > 0 ? at : utf8("/"), child.name), selection, found);
    return;
  }
  const target = new ListFolder([{ name: baseName(node.path), path: node.path, mayBeDirectory: true }], posixFs);
  const fields = new StatFields();
  if (!acceptEntry(target, 0, node.explicit ? SELECT_ALL : selection, fields, failOnError)) return;
  found.push(textLossy(at));
  if (fields.type === "dir") below(node.path, at, selection, found);
}

function below(dir: Bytes, at: Bytes, selection: Selection, found: string[]): void {
  for (const entry of keptIn(dir, selection, posixFs, failOnError)) {
    const path = joinName(at, entry.name);
    found.push(textLossy(path));
    if (entry.type === "dir") below(entry.path, path, selection, found);
  }
}

function failOnError(_path: Bytes, error: unknown): void {
  throw error;
}
