import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { utf8 } from "../../src/base/bytes.ts";
import type { Node } from "../../src/format/node.ts";
import { encodeTree } from "../../src/format/tree.ts";
import { plainNode, storeEntries, storeSnapshot } from "../../src/flow/testing.ts";
import { createBlobWriter } from "../../src/repo/packer.ts";
import { putBlob } from "../../src/repo/testing.ts";
import { firn, type FirnFinished } from "../firn.ts";
import { localPlace, makeRepository } from "../scratch.ts";
import { compareTrees, describeTree } from "../tree-compare.ts";

describe("a snapshot with hostile names, restored by the program as a user runs it", () => {
  const base = mkdtempSync(join(tmpdir(), "firn-hostile-"));
  const room = join(base, "room");
  const outside = join(room, "outside");
  const target = join(room, "target");
  const place = localPlace(join(base, "repo"));

  before(async () => {
    mkdirSync(outside, { recursive: true });
    writeFileSync(join(outside, "precious"), "precious");
    const repo = await makeRepository(place);
    const writer = createBlobWriter(repo);
    const harm = { parts: ["harm"] };
    const inside = await storeEntries(repo, writer, { precious: harm, planted: harm });
    const node = (type: Node["type"], name: string, fields: Partial<Node> = {}): string => encodeOne(plainNode(type, name, fields));
    const [content] = [await putBlob(repo, writer, "data", utf8("harm"))];
    const file = { content: [content], size: 4n };
    const nodes = [
      node("dir", "..", { subtree: inside }),
      node("dir", "../outside", { subtree: inside }),
      node("file", "../outside/precious", file),
      node("file", outside + "/planted", file),
      node("file", ".", file),
      node("file", "", file),
      node("file", "nul\0byte", file),
      node("dir", "a/b", { subtree: inside }),
      // A link first, then a directory and a file of the same name.
      node("symlink", "door", { linkTarget: utf8(outside) }),
      node("dir", "door", { subtree: inside }),
      node("file", "door", file),
      node("symlink", "up", { linkTarget: utf8("../outside") }),
      node("dir", "up", { subtree: inside }),
      node("symlink", "window", { linkTarget: utf8(join(outside, "planted")) }),
      node("file", "window", file),
      // Hard links to what was never restored, and to a link.
      node("symlink", "knot", { linkTarget: utf8(join(outside, "precious")), inode: 7n, links: 2n }),
      node("file", "knot2", { ...file, inode: 7n, links: 2n }),
      node("file", "sound", file),
    ];
    const tree = await putBlob(repo, writer, "tree", utf8(`{"nodes":[${nodes.sort(byName).join(",")}]}\n`));
    await writer.flush();
    await storeSnapshot(repo, tree);
    await repo.close();
  });
  after(() => rmSync(base, { recursive: true, force: true }));

  /** What stands outside of the target, in all detail. */
  const surroundings = (): Map<string, unknown> =>
    describeTree(base, { ignore: (path) => path === "room/target" || path.startsWith("repo"), dirTimes: false });

  for (const [name, flags, prepare] of [
    ["as it is", [], () => undefined],
    ["with --delete", ["--delete"], () => undefined],
    ["only what is included", ["--include", "**/planted", "--include", "door"], () => undefined],
    ["--overwrite never", ["--overwrite", "never"], () => undefined],
    [
      "over links that stand in the target already",
      [],
      () => {
        for (const link of ["door", "up", "window", "sound", "a"]) symlinkSync(outside, join(target, link));
      },
    ],
    [
      "over links, with --delete and --sparse",
      ["--delete", "--sparse"],
      () => symlinkSync(join(outside, "precious"), join(target, "sound")),
    ],
  ] as const) {
    test(name, async () => {
      rmSync(target, { recursive: true, force: true });
      mkdirSync(target);
      prepare();
      const before = surroundings();
      const done = await restore(["latest", "--target", target, ...flags]);
      assert.deepEqual(surroundings(), before, "something outside of the target has changed");
      assert.equal(done.status, 1, done.stderr);
      assert.doesNotMatch(done.stderr, /bug in firn/);
      assert.equal(done.stderr.match(/^error: .*: invalid name in snapshot: /gm)?.length, 12, done.stderr);
      // A name may hold anything; what reaches the terminal may not.
      // eslint-disable-next-line no-control-regex
      assert.doesNotMatch(done.stderr.replaceAll("\n", ""), /[\u0000-\u001f]/);
    });
  }

  test("the sound rest comes back", async () => {
    rmSync(target, { recursive: true, force: true });
    await restore(["latest", "--target", target]);
    const expected = join(base, "repo-expected");
    mkdirSync(expected);
    writeFileSync(join(expected, "sound"), "harm");
    const differences = compareTrees(expected, target, { dirTimes: false }).filter((line) => line.startsWith('"sound"'));
    assert.deepEqual(
      differences.filter((line) => !line.includes("mtime")),
      [],
    );
  });

  test("a folder in a snapshot cannot be named out of it", async () => {
    for (const spec of ["latest:/..", "latest:/../outside", "latest:/door/..", "latest:/a/b"]) {
      rmSync(target, { recursive: true, force: true });
      const before = surroundings();
      await restore([spec, "--target", target]);
      assert.deepEqual(surroundings(), before, spec);
    }
  });

  test("check names the folder, and ls shows nothing of it", async () => {
    const checked = await firn(["check"], { ...place, anyStatus: true });
    assert.equal(checked.status, 1, checked.stdout);
    assert.match(checked.stderr, /^error: snapshot [0-9a-f]{8}:\/: its tree [0-9a-f]{8} cannot be read: .*"door"/m);
    const listed = await firn(["ls", "latest", "--recursive"], { ...place, anyStatus: true });
    assert.equal(listed.status, 1);
    assert.doesNotMatch(listed.stdout, /planted|precious/);
  });

  function restore(args: readonly string[]): Promise<FirnFinished> {
    return firn(["restore", ...args], { ...place, anyStatus: true });
  }
});

/** In the order a tree has, so that nothing but the names is wrong with it. */
function byName(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => Buffer.from((JSON.parse(text) as { name: string }).name));
  return Buffer.compare(left!, right!);
}

/** One node as it stands in a tree, whatever its name. */
function encodeOne(node: Node): string {
  const text = Buffer.from(encodeTree([node])).toString();
  return text.slice('{"nodes":['.length, text.lastIndexOf("]}"));
}
