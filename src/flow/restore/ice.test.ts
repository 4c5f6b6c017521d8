import assert from "node:assert/strict";
import { readdirSync, rmSync } from "node:fs";
import { describe, test } from "node:test";
import { textLossy, utf8 } from "../../base/bytes.ts";
import type { BlobId, PackId } from "../../base/id.ts";
import { pathOf } from "../../format/file-kind.ts";
import { sha256Hex } from "../../kernel/hash.ts";
import { createBlobWriter } from "../../repo/packer.ts";
import { memoryRepository, type MemoryRepository, putBlob } from "../../repo/testing.ts";
import { StoreError } from "../../store/store-error.ts";
import { makeSnapshot } from "../testing.ts";
import { read, run, target, useFolders } from "./restore-testing.ts";

useFolders();

describe("ice", () => {
  async function freeze(repo: MemoryRepository, pack: PackId, to = "DEEP_ARCHIVE"): Promise<void> {
    const key = pathOf("data", pack);
    await repo.store.changeClass(key, to, { encryption: { kind: "default" }, size: 0 });
  }

  async function halfFrozen(): Promise<{ repo: MemoryRepository; tree: BlobId; cold: PackId }> {
    const repo = await memoryRepository();
    await makeSnapshot(repo.repo, { cold: { parts: ["cold content"] } });
    const cold = repo.repo.index.lookup("data", sha256Hex(utf8("cold content")))[0]!.pack;
    const node = { inode: 3n, deviceId: 3n, links: 2n };
    const { tree } = await makeSnapshot(repo.repo, {
      cold: { parts: ["cold content"], node },
      "cold too": { parts: ["cold content"], node },
      half: { parts: ["warm", "cold content"] },
      warm: { parts: ["warm"] },
    });
    await freeze(repo, cold);
    return { repo, tree, cold };
  }

  test("what is readable comes back at once, the rest is a value in the report", async () => {
    const { repo, tree, cold } = await halfFrozen();
    const { report } = await run(repo, tree);
    assert.equal(report.errors, 0);
    assert.deepEqual(readdirSync(target()), ["warm"]);
    assert.deepEqual(report.missing?.files.map(({ path }) => textLossy(path)).sort(), ["/cold", "/cold too", "/half"]);
    const [pack, ...others] = report.missing?.packs ?? [];
    assert.deepEqual(others, []);
    assert.deepEqual([pack?.id, pack?.storageClass, pack?.state], [cold, "DEEP_ARCHIVE", "archived"]);
    assert.ok(pack !== undefined && pack.needed > 0 && pack.needed < pack.size);
  });

  test("run again after the thaw it continues; a copy that ends within the hour is not relied on", async () => {
    const { repo, tree, cold } = await halfFrozen();
    await run(repo, tree);
    await repo.store.restore(pathOf("data", cold), { days: 1, tier: "Bulk" });
    assert.equal((await run(repo, tree)).report.missing?.packs[0]?.state, "thawing");
    await repo.world.clock.advance(48 * 3_600_000);
    const until = (await repo.store.head(pathOf("data", cold)))?.restore?.expiry ?? 0;
    const { report, items } = await run(repo, tree);
    assert.equal(report.missing, undefined);
    assert.deepEqual(items, ["restored /cold", "restored /cold too", "restored /half", "unchanged /warm"]);
    rmSync(target(), { recursive: true });
    repo.world.clock.set(until - 59 * 60_000);
    assert.equal((await run(repo, tree)).report.missing?.packs[0]?.state, "thawed");
  });

  test("a hot copy is read rather than a frozen one", async () => {
    const { repo, tree } = await halfFrozen();
    const again = createBlobWriter(repo.repo, { usable: () => false });
    await putBlob(repo.repo, again, "data", utf8("cold content"));
    await again.flush();
    const { report } = await run(repo, tree, { verify: true });
    assert.deepEqual([report.errors, report.missing, read("half")], [0, undefined, "warmcold content"]);
  });

  test("a class LIST cannot vouch for is tried; when it turns out to be archived the files are missing, not half there", async () => {
    const repo = await memoryRepository({
      wrap: (store) => ({
        ...store,
        get: async (key, options) => {
          if (store.objects.get(key)?.storageClass === "INTELLIGENT_TIERING") {
            throw new StoreError({ code: "archived", message: `${key} is archived`, key });
          }
          return store.get(key, options);
        },
      }),
    });
    const { tree } = await makeSnapshot(repo.repo, { a: { parts: ["a"] }, b: { parts: ["b"] } });
    await freeze(repo, repo.repo.index.lookup("data", sha256Hex(utf8("a")))[0]!.pack, "INTELLIGENT_TIERING");
    const { report } = await run(repo, tree);
    assert.equal(report.errors, 0);
    assert.equal(report.missing?.packs[0]?.storageClass, "INTELLIGENT_TIERING");
    assert.equal(report.missing?.files.length, 2);
    assert.deepEqual(readdirSync(target()), []);
  });
});
