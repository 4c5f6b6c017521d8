import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bytes, textLossy, utf8 } from "../base/bytes.ts";
import { planTargets, type TargetNode } from "./targets.ts";
import { memoryFs } from "./testing.ts";

const fs = memoryFs({
  "/home/u/data/x": {},
  "/home/u/data/y": {},
  "/home/u/foo/one": {},
  "/home/foo/two": {},
  "/foo/three": {},
  "/etc/hosts": {},
});

/** Lines "path-in-snapshot <- source", with ! for explicit and the source of an inner directory's metadata in brackets. */
function show(targets: readonly string[], cwd = "/home/u"): string[] {
  const lines: string[] = [];
  const visit = (node: TargetNode, at: string): void => {
    const text = (path: Bytes | undefined): string => (path === undefined ? "" : textLossy(path));
    if (node.path !== undefined) lines.push(`${at} <- ${text(node.path)}${node.explicit ? "!" : ""}`);
    else if (at !== "") lines.push(`${at} [${text(node.metadataPath)}]`);
    for (const child of node.children) visit(child.node, `${at}/${textLossy(child.name)}`);
  };
  visit(planTargets(targets.map(utf8), utf8(cwd), fs).root, "");
  return lines;
}

test("an absolute target keeps the directories above it", () => {
  assert.deepEqual(show(["/home/u/data"]), ["/home [/home]", "/home/u [/home/u]", "/home/u/data <- /home/u/data!"]);
});

test("a relative target is put below the root", () => {
  assert.deepEqual(show(["data/x"]), ["/data [/home/u/data]", "/data/x <- /home/u/data/x!"]);
});

test("leading .. are dropped, their directories still serve", () => {
  assert.deepEqual(show(["../foo/two"]), ["/foo [/home/foo]", "/foo/two <- /home/foo/two!"]);
  assert.deepEqual(show(["../../etc"]), ["/etc <- /etc!"]);
});

test("a target without a name is replaced by its entries, which excludes may touch", () => {
  assert.deepEqual(show(["."]), ["/data <- /home/u/data", "/foo <- /home/u/foo"]);
  assert.deepEqual(show([".."]), ["/foo <- /home/foo", "/u <- /home/u"]);
  assert.deepEqual(show(["/"]), ["/etc <- /etc", "/foo <- /foo", "/home <- /home"]);
});

test("equal first names from different directories are told apart", () => {
  assert.deepEqual(show(["foo/one", "../foo/two", "/foo/three"]), [
    "/foo [/home/u/foo]",
    "/foo/one <- /home/u/foo/one!",
    "/foo-1 [/home/foo]",
    "/foo-1/two <- /home/foo/two!",
    "/foo-2 [/foo]",
    "/foo-2/three <- /foo/three!",
  ]);
});

test("a target inside another: the outer one is expanded, so that both meet", () => {
  const expected = [
    "/home [/home]",
    "/home/u [/home/u]",
    "/home/u/data [/home/u/data]",
    "/home/u/data/x <- /home/u/data/x!",
    "/home/u/data/y <- /home/u/data/y",
  ];
  assert.deepEqual(show(["/home/u/data", "/home/u/data/x"]), expected);
  assert.deepEqual(show(["/home/u/data/x", "/home/u/data"]), expected);
});

test("a target named twice counts once, by its cleaned text", () => {
  assert.deepEqual(show(["data", "./data/", "data/../data"]), ["/data <- /home/u/data!"]);
});

test("the snapshot's paths are absolute, cleaned and in the order given", () => {
  const { snapshotPaths } = planTargets(["../foo", "/etc//hosts", ".", "data"].map(utf8), utf8("/home/u"), fs);
  assert.deepEqual(snapshotPaths.map(textLossy), ["/home/foo", "/etc/hosts", "/home/u", "/home/u/data"]);
});

test("names stay bytes and sort bytewise", () => {
  const odd = Buffer.from([0x2f, 0xff, 0x2f, 0x61]);
  const { root } = planTargets([odd, utf8("/z/a"), utf8("/é/a")], utf8("/"), fs);
  assert.deepEqual(
    root.children.map((child) => Buffer.from(child.name).toString("hex")),
    ["7a", "c3a9", "ff"],
  );
});

test("a directory that cannot be listed and an empty target are errors", () => {
  assert.throws(() => show(["."], "/nowhere"), { code: "ENOENT" });
  assert.throws(() => show([""]), { code: "empty-target" });
});
