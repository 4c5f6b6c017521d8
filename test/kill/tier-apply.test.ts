import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Files, snapshotOf } from "../../src/app/tier/testing.ts";
import { firn } from "../firn.ts";
import { BUCKET, type WatchedIcebox, watchedIcebox } from "../icebox.ts";
import { withoutPeer } from "../peers.ts";
import { copyRepository, keysAt, localPlace, makeRepository, type Place } from "../scratch.ts";
import { judgeAfterKill } from "./judge.ts";
import { signalAtRequest, untilKilled, type Victim } from "./kill.ts";
import { dice, PATIENCE, POINTS, spread } from "./points.ts";

const DAY = 86_400_000;
const FROZEN = 16;
const COPY = "DEEP_ARCHIVE";

/** Files that were there once, one pack each, beside files that still are. */
function filesOf(kind: string, count: number): Files {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`${kind} ${i}`, `${kind} ${i}`]));
}

describe(
  "tier apply killed anywhere: sound for restic, finished by the next run, nothing paid twice",
  { skip: withoutPeer("restic") },
  () => {
    const base = mkdtempSync(join(tmpdir(), "firn-kill-tier-"));
    const template = localPlace(join(base, "template"));
    const plan = join(base, "plan.json");
    let ice: WatchedIcebox;

    const fresh = async (name: string): Promise<Place> => {
      const place = ice.place(name);
      await copyRepository(template, place);
      return { ...place, env: { ...place.env, FIRN_STATE_DIR: join(base, `state ${name}`) } };
    };
    const victimAt = (place: Place): Victim => ({ args: ["tier", "apply", plan, "--yes", "--json"], options: place });
    /** Copies to the archive that were charged for so far. */
    const paidCopies = (): number =>
      ice.box
        .ledger()
        .lines.filter((line) => line.item === "requests-put" && line.class === COPY)
        .reduce((sum, line) => sum + line.quantity, 0);
    const classesBelow = (prefix: string): string[] =>
      ice.box
        .objects(BUCKET)
        .filter(({ key }) => key.startsWith(`${prefix}/data/`))
        .map(({ storageClass }) => storageClass);

    before(async () => {
      ice = await watchedIcebox();
      const repo = await makeRepository(template);
      const now = Date.now();
      await snapshotOf(repo, { ...filesOf("kept", 3), ...filesOf("gone", FROZEN) }, { time: now - 120 * DAY });
      await snapshotOf(repo, filesOf("kept", 3), { time: now - 100 * DAY });
      await snapshotOf(repo, filesOf("kept", 3), { time: now - DAY });
      await repo.close();
    });
    after(async () => {
      await ice[Symbol.asyncDispose]();
      rmSync(base, { recursive: true, force: true });
    });

    test(`at ${POINTS} random requests`, PATIENCE, async () => {
      const whole = await fresh("whole");
      const planned = JSON.parse((await firn(["tier", "plan", "--out", plan, "--json"], whole)).stdout) as { steps: { to: string }[] };
      assert.deepEqual(
        planned.steps.map(({ to }) => to),
        Array.from({ length: FROZEN }, () => COPY),
      );
      ice.watch(() => "answer");
      await firn(victimAt(whole).args, whole);
      const requests = ice.watch();
      assert.equal(paidCopies(), FROZEN);
      const roll = dice("tier apply");
      await untilKilled(spread(POINTS, roll), async (point, attempt) => {
        const name = `repo-${attempt}`;
        const place = await fresh(name);
        const before = paidCopies();
        const ended = await signalAtRequest(ice, victimAt(place), "SIGKILL", point, requests, roll);
        const { where } = ended;
        await judgeAfterKill(place, where);
        // The journal is on the machine; every other time the machine is lost with it.
        if (attempt % 2 === 1) rmSync(place.env["FIRN_STATE_DIR"]!, { recursive: true, force: true });
        const rerun = await firn(victimAt(place).args, { ...place, anyStatus: true });
        assert.equal(rerun.status, 0, `again after ${where}: ${rerun.stdout}${rerun.stderr}`);
        assert.equal(paidCopies() - before, FROZEN, `${where}: copies paid for`);
        assert.equal(classesBelow(name).filter((storageClass) => storageClass === COPY).length, FROZEN, where);
        assert.deepEqual(await keysAt(place, "locks/"), [], where);
        // An apply that exits 0 has verified; now and then it is asked once more, from outside.
        if (attempt % 5 === 0) await firn(["tier", "verify"], place);
        return ended;
      });
    });
  },
);
