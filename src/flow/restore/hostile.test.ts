import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { utf8 } from "../../base/bytes.ts";
import { encodeNode } from "../../format/tree.ts";
import { createBlobWriter } from "../../repo/packer.ts";
import { memoryRepository, putBlob } from "../../repo/testing.ts";
import { plainNode, storeEntries } from "../testing.ts";
import { here, made, read, run, SIMPLE, target, useFolders } from "./restore-testing.ts";

useFolders();

describe("a hostile snapshot", () => {
  const escape = { parts: ["escaped"] };

  for (const name of ["..", ".", "../outside", "/etc/outside", "a/b", "nul\0byte", ""]) {
    test(`cannot use the name ${JSON.stringify(name)}`, async () => {
      const { repo, tree } = await made({ good: { parts: ["good"] }, [name]: escape });
      const { report } = await run(repo, tree);
      assert.equal(report.errors, 1);
      assert.deepEqual(readdirSync(here.place), ["target"]);
      assert.deepEqual(readdirSync(target()), ["good"]);
    });
  }

  test("cannot leave the target through a directory called ..", async () => {
    const { repo, tree } = await made({ "..": { entries: { outside: escape } }, good: { parts: ["good"] } });
    const { report } = await run(repo, tree);
    assert.equal(report.errors, 1);
    assert.deepEqual(readdirSync(here.place), ["target"]);
  });

  test("cannot plant a symlink and write through it", async () => {
    const repo = await memoryRepository();
    const outside = join(here.place, "outside");
    mkdirSync(outside);
    const writer = createBlobWriter(repo.repo);
    const subtree = await storeEntries(repo.repo, writer, { planted: escape });
    // Two nodes of one name, which no honest program writes: a link out of the target, then a directory.
    const nodes = [plainNode("symlink", "x", { linkTarget: utf8(outside) }), plainNode("dir", "x", { subtree })];
    const tree = await putBlob(repo.repo, writer, "tree", utf8(`{"nodes":[${nodes.map(encodeNode).join(",")}]}\n`));
    await writer.flush();
    const { report } = await run(repo, tree);
    assert.equal(report.errors, 1);
    assert.deepEqual(readdirSync(outside), []);
  });

  test("does not write through a symlink that was in the target before", async () => {
    const { repo, tree } = await made(SIMPLE);
    const outside = join(here.place, "outside");
    mkdirSync(outside);
    mkdirSync(target());
    symlinkSync(outside, join(target(), "dir"));
    writeFileSync(join(here.place, "precious"), "precious");
    symlinkSync(join(here.place, "precious"), join(target(), "empty"));
    const { report } = await run(repo, tree);
    assert.equal(report.errors, 0);
    assert.deepEqual(readdirSync(outside), []);
    assert.equal(readFileSync(join(here.place, "precious"), "utf8"), "precious");
    assert.equal(read("dir/one"), "first second");
  });

  test("makes --delete delete nothing", async () => {
    const { repo, tree } = await made({ "..": escape, good: { parts: ["good"] } });
    mkdirSync(target());
    writeFileSync(join(target(), "extra"), "");
    const { events } = await run(repo, tree, { delete: true });
    assert.ok(existsSync(join(target(), "extra")));
    assert.ok(events.some((event) => event.kind === "warning" && event.message.includes("nothing was deleted")));
  });

  test("with an unknown type or a file without contents costs only that entry", async () => {
    const { repo, tree } = await made({
      good: { parts: ["good"] },
      odd: { node: { type: "irregular" } },
      hollow: { node: { type: "file", content: null } },
      socket: { node: { type: "socket" } },
      lost: { node: { type: "dir" } },
    });
    const { failed } = await run(repo, tree);
    assert.deepEqual(failed, ["/hollow", "/lost", "/odd"]);
    assert.deepEqual(readdirSync(target()), ["good"]);
  });
});
