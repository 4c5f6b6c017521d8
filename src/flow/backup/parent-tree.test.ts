import assert from "node:assert/strict";
import { test } from "node:test";
import { textLossy, utf8 } from "../../base/bytes.ts";
import { asId } from "../../base/id.ts";
import { encodeTree } from "../../format/tree.ts";
import type { Repository } from "../../repo/repository.ts";
import { sampleNode } from "../../format/testing.ts";
import { loadParentTree } from "./parent-tree.ts";

test("a directory of the parent answers in whatever order it is asked", async () => {
  const names = ["a", "ab", "b", "c", "\u{fffd}"];
  const bytes = encodeTree(names.map((name) => sampleNode({ name: utf8(name) })));
  const repo = { index: { has: () => true }, loadBlob: async () => bytes } as unknown as Repository;
  const tree = await loadParentTree(repo, asId("0".repeat(64)));
  for (const name of [...names, "c", "a", "", "aa", "ab", "ab", "zz", "b", "\u{fffd}", "\u{10ffff}", "a", "B"]) {
    const found = tree.find(utf8(name));
    assert.deepEqual(found === undefined ? undefined : textLossy(found.name), names.includes(name) ? name : undefined, name);
  }
});
