import assert from "node:assert/strict";
import { lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { utf8 } from "../../base/bytes.ts";
import type { PackId } from "../../base/id.ts";
import { pathOf } from "../../format/file-kind.ts";
import { sha256Hex } from "../../kernel/hash.ts";
import { createBlobWriter } from "../../repo/packer.ts";
import { memoryRepository, type MemoryRepository, putBlob } from "../../repo/testing.ts";
import { type Entries, fakeBlobId, makeSnapshot, plainNode } from "../testing.ts";
import { made, read, run, target, useFolders } from "./restore-testing.ts";

useFolders();

describe("damage", () => {
  const FILES: Entries = {
    a: { parts: ["alpha alpha", "beta beta"] },
    b: { parts: ["beta beta"] },
    c: { parts: ["gamma gamma"] },
    sub: { entries: { d: { parts: ["delta delta"] } } },
  };

  function dataPack(repo: MemoryRepository, id: string): { pack: PackId; key: string; offset: number } {
    const [at] = repo.repo.index.lookup("data", id);
    assert.ok(at !== undefined);
    return { pack: at.pack, key: pathOf("data", at.pack), offset: at.offset };
  }

  function alter(repo: MemoryRepository, key: string, change: (body: Uint8Array) => Uint8Array): void {
    const stored = repo.store.objects.get(key)!;
    repo.store.objects.set(key, { ...stored, body: change(Uint8Array.from(stored.body)) });
  }

  function idOf(text: string): string {
    return sha256Hex(utf8(text));
  }

  test("a flipped bit costs only the files of that blob, and names pack and check", async () => {
    const { repo, tree } = await made(FILES);
    const { key, offset } = dataPack(repo, idOf("beta beta"));
    alter(repo, key, (body) => {
      body[offset + 20]! ^= 1;
      return body;
    });
    const { report, failed, events } = await run(repo, tree);
    assert.deepEqual(failed, ["/a", "/b"]);
    assert.equal(report.errors, 2);
    assert.deepEqual([read("c"), read("sub/d")], ["gamma gamma", "delta delta"]);
    const said = events.find((event) => event.kind === "error");
    assert.match(said?.kind === "error" ? said.message : "", new RegExp(`${key} at offset ${offset}: .*authentication failed`));
  });

  test("a pack cut short loses only what lay past its end", async () => {
    const { repo, tree } = await made(FILES);
    const ids = ["alpha alpha", "beta beta", "gamma gamma", "delta delta"].map(idOf);
    const places = ids.map((id) => ({ id, ...dataPack(repo, id) })).sort((x, y) => x.offset - y.offset);
    const last = places.at(-1)!;
    alter(repo, last.key, (body) => body.subarray(0, last.offset + 10));
    const { failed } = await run(repo, tree);
    const lost = { [ids[0]!]: ["/a"], [ids[1]!]: ["/a", "/b"], [ids[2]!]: ["/c"], [ids[3]!]: ["/sub/d"] }[last.id];
    assert.deepEqual(failed, lost);
  });

  test("a pack that is gone costs its files; the others come back", async () => {
    const { repo, tree } = await made(FILES);
    const second = await makeSnapshot(repo.repo, { ...FILES, z: { parts: ["in another pack"] } });
    repo.store.objects.delete(dataPack(repo, idOf("gamma gamma")).key);
    const { failed } = await run(repo, second.tree);
    assert.deepEqual(failed, ["/a", "/b", "/c", "/sub/d"]);
    assert.equal(read("z"), "in another pack");
    assert.ok((await run(repo, tree)).report.errors > 0);
  });

  test("another copy of the blob is used when the first is damaged", async () => {
    const { repo, tree } = await made(FILES);
    const again = createBlobWriter(repo.repo, { usable: () => false });
    await putBlob(repo.repo, again, "data", utf8("beta beta"));
    await again.flush();
    const copies = repo.repo.index.lookup("data", idOf("beta beta"));
    assert.equal(copies.length, 2);
    for (const copy of copies) {
      const key = pathOf("data", copy.pack);
      const whole = repo.store.objects.get(key)!;
      alter(repo, key, (body) => {
        body[copy.offset + 20]! ^= 1;
        return body;
      });
      rmSync(target(), { recursive: true, force: true });
      const { report } = await run(repo, tree, { verify: true });
      assert.deepEqual([report.errors, read("a"), read("b")], [0, "alpha alphabeta beta", "beta beta"]);
      assert.equal(lstatSync(join(target(), "a"), { bigint: true }).mtimeNs, 1_700_000_000_123_456_789n);
      repo.store.objects.set(key, whole);
    }
  });

  test("a damaged tree costs what is below it, and nothing is deleted", async () => {
    const repo = await memoryRepository();
    const lost = plainNode("dir", "sub", { subtree: fakeBlobId("e") });
    const { tree } = await makeSnapshot(repo.repo, { a: { parts: ["a"] }, sub: { node: lost } });
    mkdirSync(target());
    writeFileSync(join(target(), "extra"), "");
    const { failed } = await run(repo, tree, { delete: true });
    assert.deepEqual(failed, ["/sub"]);
    assert.deepEqual(readdirSync(target()).sort(), ["a", "extra"]);
  });

  test("a blob that no index knows costs its file", async () => {
    const repo = await memoryRepository();
    const { tree } = await makeSnapshot(repo.repo, { a: { parts: ["a"] }, b: { node: { type: "file", content: [fakeBlobId("f")] } } });
    const { failed } = await run(repo, tree);
    assert.deepEqual(failed, ["/b"]);
    assert.equal(read("a"), "a");
  });
});
