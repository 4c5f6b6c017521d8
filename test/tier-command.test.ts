import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { snapshotOf } from "../src/app/tier/testing.ts";
import { MS_PER_DAY } from "../src/base/time.ts";
import type { FirnFinished } from "./firn.ts";
import { firnHere } from "./firn-here.ts";
import { BUCKET, type WatchedIcebox, watchedIcebox } from "./icebox.ts";
import { makeRepository, type Place, storeAt } from "./scratch.ts";

describe("firn tier and a restore from the ice, as commands", () => {
  const base = mkdtempSync(join(tmpdir(), "firn-tier-"));
  let ice: WatchedIcebox;
  let place: Place;
  let first: string;

  const run = (args: string[], env: Record<string, string> = {}): Promise<FirnFinished> =>
    firnHere(args, {
      ...place,
      env: { ...place.env, FIRN_STATE_DIR: join(base, "state"), FIRN_CONFIG: join(base, "firn.yaml"), ...env },
      cwd: base,
      anyStatus: true,
    });
  const json = (finished: FirnFinished): unknown => JSON.parse(finished.stdout.trim().split("\n").at(-1)!);

  before(async () => {
    const now = Date.now();
    // A clock of its own: waiting for a thaw is moving it.
    ice = await watchedIcebox({ clock: { start: now } });
    place = ice.place("repo");
    writeFileSync(join(base, "firn.yaml"), "recovery:\n  - { current: true, within: instant }\n  - { within: 48h }\n");
    const repo = await makeRepository(place);
    first = await snapshotOf(repo, { kept: "kept", old: "old" }, { time: now - 90 * MS_PER_DAY });
    await snapshotOf(repo, { kept: "kept" }, { time: now - 80 * MS_PER_DAY });
    await snapshotOf(repo, { kept: "kept" }, { time: now - MS_PER_DAY });
    await repo.close();
  });
  after(async () => {
    await ice[Symbol.asyncDispose]();
    rmSync(base, { recursive: true, force: true });
  });

  test("status, plan, apply, verify; then the ice, a thaw, and the file comes back", async () => {
    const status = json(await run(["tier", "status", "--json"])) as { classes: { storageClass: string }[]; prices: { assumed: boolean } };
    assert.deepEqual([status.classes.length, status.prices.assumed], [1, true]);
    const planned = await run(["tier", "plan", "--out", "plan.json"]);
    assert.match(planned.stdout, /freeze from STANDARD to DEEP_ARCHIVE: /);
    assert.match(planned.stdout, /assumed: 127\.0\.0\.1 is no provider/);
    const unasked = await run(["tier", "apply", "plan.json"]);
    assert.deepEqual([unasked.status, /--yes/.test(unasked.stderr)], [1, true]);
    const poor = await run(["tier", "apply", "plan.json", "--yes", "--max-cost", "0.000001", "--json"]);
    assert.deepEqual([poor.status, (json(poor) as { moved: unknown[]; spent: number }).spent], [1, 0]);
    const applied = await run(["tier", "apply", "plan.json", "--yes", "--json"]);
    assert.deepEqual([applied.status, (json(applied) as { moved: unknown[] }).moved.length], [0, 1]);
    assert.equal((await run(["tier", "verify"])).status, 0);

    const cold = await run(["restore", first, "--target", "out"]);
    assert.equal(cold.status, 20);
    assert.match(cold.stdout, /--thaw bulk .*48h/);
    assert.match(cold.stdout, /--thaw standard .*12h/);
    assert.ok(readFileSync(join(base, "out", "kept")).length > 0, "what is readable is there already");
    assert.equal((await run(["restore", first, "--target", "out", "--thaw", "expedited"])).status, 1);
    assert.equal((await run(["restore", first, "--target", "out", "--thaw", "standard", "--dry-run"])).status, 20);
    const asked = (): number =>
      ice.box
        .ledger()
        .lines.filter((line) => line.item === "restore-requests")
        .reduce((sum, line) => sum + line.quantity, 0);
    assert.equal(asked(), 0, "nothing was asked for yet");
    assert.equal((await run(["restore", first, "--target", "out", "--thaw", "standard"])).status, 20);
    assert.equal((await run(["restore", first, "--target", "out", "--thaw", "standard"])).status, 20);
    assert.equal(asked(), 1);
    ice.box.clock.advance(13 * 3_600_000);
    const warm = await run(["restore", first, "--target", "out"]);
    assert.equal(warm.status, 0, warm.stderr);
    assert.equal(readFileSync(join(base, "out", "old")).length, readFileSync(join(base, "out", "kept")).length);
  });

  test("verify names the file and the pack when a lifecycle rule froze too much", async () => {
    const lifecycle = ice.box
      .objects(BUCKET)
      .find(({ key, storageClass }) => key.startsWith("repo/data/") && storageClass === "DEEP_ARCHIVE");
    writeFileSync(join(base, "strict.yaml"), "recovery:\n  - { within: instant }\n");
    const broken = await run(["tier", "verify", "--json"], { FIRN_CONFIG: join(base, "strict.yaml") });
    const report = json(broken) as { ok: boolean; files: { path: string; packs: string[] }[] };
    assert.equal(broken.status, 1);
    assert.deepEqual(
      report.files.map(({ path, packs }) => [path, packs]),
      [["/old", [lifecycle!.key.slice("repo/".length)]]],
    );
  });

  test("an index file in the ice is named", async () => {
    const store = await storeAt(place);
    const [index] = await Array.fromAsync(store.list("index/"));
    await store.changeClass(index!.key, "GLACIER", { encryption: { kind: "default" }, size: index!.size });
    const broken = await run(["tier", "verify"]);
    assert.equal(broken.status, 1);
    assert.match(broken.stdout, new RegExp(`^${index!.key}: in GLACIER`));
    await store.close();
  });

  test("a wait that no archive class can give is refused with its line", async () => {
    writeFileSync(join(base, "hasty.yaml"), "recovery:\n  - { within: 48h }\n  - { gone: 30d, within: 1h }\n");
    const refused = await run(["tier", "plan"], { FIRN_CONFIG: join(base, "hasty.yaml") });
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /hasty\.yaml:3: within: 1h.*\n.*instant.*5h/);
  });
});
