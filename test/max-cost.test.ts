import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { MIB } from "../src/base/limits.ts";
import { snapshotOf } from "../src/app/tier/testing.ts";
import { firnHere } from "./firn-here.ts";
import type { FirnFinished } from "./firn.ts";
import { watchedIcebox } from "./icebox.ts";
import { keysAt, makeRepository, storeAt } from "./scratch.ts";

test("--max-cost bounds prune and backup: refused before anything goes, or stopped with nothing lost", async (t) => {
  const base = mkdtempSync(join(tmpdir(), "firn-cost-"));
  t.after(() => rmSync(base, { recursive: true, force: true }));
  await using ice = await watchedIcebox();
  const place = ice.place("repo");
  const run = (...args: string[]): Promise<FirnFinished> =>
    firnHere(args, { ...place, env: { ...place.env, HOME: base }, cwd: base, anyStatus: true });

  const repo = await makeRepository(place);
  await snapshotOf(repo, { kept: "kept" });
  const store = await storeAt(place);
  // A dead pack in the ice, large enough for its minimum duration to cost more than all the requests of a prune.
  await store.put(`data/ab/${"ab".repeat(32)}`, new Uint8Array(64 * MIB), { storageClass: "DEEP_ARCHIVE" });
  await store.close();
  await repo.close();
  const before = await keysAt(place);

  const refused = await run("prune", "--max-cost", "0.0001");
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /would cost 0\.000\d+ USD, more than --max-cost/);
  assert.deepEqual(await keysAt(place), before, "nothing was removed");

  const tooPoor = await run("prune", "--max-cost", "0.000003", "--dry-run");
  assert.match(tooPoor.stderr, /stopped before --max-cost/);

  const shown = await run("prune", "--dry-run", "--max-cost", "0.0001", "--json", "--region", "us-west-2");
  assert.equal(shown.status, 0, shown.stderr);
  const { cost } = JSON.parse(shown.stdout) as { cost: { one_off: number; prices: { region: string; assumed: boolean } } };
  assert.ok(cost.one_off > 0.0001);
  assert.deepEqual([cost.prices.region, cost.prices.assumed], ["us-west-2", true]);

  writeFileSync(join(base, "file"), "new");
  const stopped = await run("backup", "--max-cost", "0.00002", "file");
  assert.deepEqual([stopped.status, /--max-cost/.test(stopped.stderr)], [1, true]);
  assert.deepEqual((await keysAt(place, "locks/")).length, 0, "the lock went all the same");
  assert.equal((await run("backup", "--max-cost", "1", "file")).status, 0);

  assert.equal((await run("prune", "--max-cost", "1")).status, 0);
  assert.equal((await run("check", "--read-data")).status, 0);
});
