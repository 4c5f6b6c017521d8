import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { makeSnapshot } from "../../src/flow/testing.ts";
import { seededRandom } from "../../src/base/testing.ts";
import { firn } from "../firn.ts";
import { restic, withoutPeer } from "../peers.ts";
import { keysAt, localPlace, makeRepository } from "../scratch.ts";
import { compareTrees } from "../tree-compare.ts";

describe("both programs in one repository", { skip: withoutPeer("restic") }, () => {
  const base = mkdtempSync(join(tmpdir(), "firn-together-"));
  const sources = [0, 1, 2, 3].map((i) => join(base, `source ${i}`));
  before(() => {
    const shared = seededRandom("shared")(3_000_000);
    for (const [i, source] of sources.entries()) {
      mkdirSync(source);
      writeFileSync(join(source, "shared"), shared);
      for (let file = 0; file < 20; file++) writeFileSync(join(source, `file ${file}`), seededRandom(`${i} ${file}`)(200_000));
    }
  });
  after(() => rmSync(base, { recursive: true, force: true }));

  test("backups at the same time, one cache: all succeed, all is there", async () => {
    const place = { ...localPlace(join(base, "repo")), cacheDir: join(base, "cache") };
    await makeRepository(place);
    await Promise.all(sources.map((source, i) => (i % 2 === 0 ? firn : restic)(["backup", source, "--pack-size", "4"], place)));
    await restic(["check", "--read-data"], place);
    await firn(["check", "--read-data"], place);
    for (const [i, source] of sources.entries()) {
      const target = join(base, `target ${i}`);
      // Whoever did not write it gives it back.
      await (i % 2 === 0 ? restic : firn)(["restore", `latest:${source}`, "--path", source, "--target", target], place);
      assert.deepEqual(compareTrees(source, target), []);
    }
    assert.deepEqual(await keysAt(place, "locks/"), []);
  });

  test("a prune of either waits for the other's backup when told to, and the next backup finds a sound repository", async () => {
    const place = { ...localPlace(join(base, "pruned")), cacheDir: join(base, "cache of pruned") };
    await makeRepository(place);
    for (const source of sources) await firn(["backup", source, "--pack-size", "4"], place);
    await restic(["forget", "--keep-last", "1", "--group-by", ""], place);
    for (const [backup, prune] of [
      [firn, restic],
      [restic, firn],
    ] as const) {
      await Promise.all([
        backup(["backup", sources[0]!, "--retry-lock", "1m"], place),
        prune(["prune", "--max-unused", "0", "--retry-lock", "1m"], place),
      ]);
      await restic(["check", "--read-data"], place);
    }
  });

  test("integers up to 2^64 − 1 survive", async () => {
    const place = localPlace(join(base, "integers"));
    const repo = await makeRepository(place);
    const largest = 2n ** 64n - 1n;
    await makeSnapshot(repo, {
      odd: { parts: ["odd"], node: { inode: 2n ** 53n + 1n, deviceId: 2n ** 63n, links: largest } },
      huge: { parts: [], node: { inode: largest, deviceId: largest, size: largest } },
      device: { node: { type: "chardev", device: largest, inode: 2n ** 63n + 1n } },
    });
    await repo.close();
    const ours = (await firn(["ls", "latest", "--json"], place)).stdout;
    assert.equal(ours, (await restic(["ls", "latest", "--json"], place)).stdout);
    for (const digits of ["18446744073709551615", "9007199254740993", "9223372036854775809"]) assert.ok(ours.includes(digits), digits);
    const tree = async (): Promise<string> => {
      const [snapshot] = JSON.parse((await restic(["snapshots", "--json"], place)).stdout) as { tree: string }[];
      return (await restic(["cat", "blob", snapshot!.tree], place)).stdout;
    };
    const before = await tree();
    // restic writes every tree anew here: were a number lost in reading, the tree would get another id.
    await restic(["rewrite", "--exclude", "odd", "--forget", "latest"], place);
    const after = await tree();
    for (const digits of [`"size":${largest}`, `"inode":${largest}`, `"device":${largest}`]) {
      assert.ok(before.includes(digits), `${digits} in ${before}`);
      assert.ok(after.includes(digits), `${digits} in ${after}`);
    }
  });
});
