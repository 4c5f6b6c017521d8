import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { firn } from "../firn.ts";
import { watchedIcebox } from "../icebox.ts";
import { restic, withoutPeer } from "../peers.ts";
import { keysAt, localPlace, makeRepository, type Place } from "../scratch.ts";
import { compareTrees } from "../tree-compare.ts";
import { judgeAfterKill } from "./judge.ts";
import { type Ended, signalAfter, signalAtRequest, untilKilled, workLength } from "./kill.ts";
import { dice, PATIENCE, POINTS, spread } from "./points.ts";
import { writeSource } from "./source.ts";

const skip = withoutPeer("restic");
const base = mkdtempSync(join(tmpdir(), "firn-kill-backup-"));
after(() => rmSync(base, { recursive: true, force: true }));

const half = Math.ceil(POINTS / 2);

/** Kills a backup at each point, each time with a third of the files changed. */
async function killedBackups(place: Place, source: string, kill: (point: number) => Promise<Ended>, points: number[]): Promise<void> {
  const args = ["backup", source, "--pack-size", "4", "--quiet"];
  let known = new Set(await keysAt(place, "snapshots/"));
  await untilKilled(points, async (point, attempt) => {
    writeSource(source, attempt + 2);
    const ended = await kill(point);
    await judgeAfterKill(place, ended.where);
    const rerun = await firn(args, { ...place, anyStatus: true });
    assert.equal(rerun.status, 0, `again after ${ended.where}: ${rerun.stderr}`);
    const now = new Set(await keysAt(place, "snapshots/"));
    const gone = [...known].filter((id) => !now.has(id));
    assert.deepEqual(gone, [], `${ended.where}: a snapshot is gone`);
    assert.ok(now.size > known.size, ended.where);
    known = now;
    return ended;
  });
  await restic(["check", "--read-data"], place);
  const target = mkdtempSync(join(base, "target-"));
  await restic(["restore", `latest:${source}`, "--target", target], place);
  assert.deepEqual(compareTrees(source, target), []);
}

test(
  `a backup to a folder killed at ${half} random moments leaves a sound repository and can be run again`,
  { skip, ...PATIENCE },
  async () => {
    const source = join(base, "source local");
    const place = localPlace(join(base, "repo"));
    await makeRepository(place);
    writeSource(source, 0);
    const victim = { args: ["backup", source, "--pack-size", "4", "--quiet"], options: place };
    await firn(victim.args, place);
    writeSource(source, 1);
    const work = await workLength(place.repo, victim);
    const kill = (point: number): Promise<Ended> => signalAfter(place.repo, victim, "SIGKILL", point, work);
    await killedBackups(place, source, kill, spread(half, dice("backup local")));
  },
);

test(
  `a backup to S3 killed at ${POINTS - half} random requests leaves a sound repository and can be run again`,
  { skip, ...PATIENCE },
  async () => {
    await using ice = await watchedIcebox();
    const source = join(base, "source s3");
    const place = ice.place("backup");
    await makeRepository(place);
    const victim = { args: ["backup", source, "--pack-size", "4", "--quiet"], options: place };
    writeSource(source, 0);
    await firn(victim.args, place);
    writeSource(source, 1);
    ice.watch(() => "answer");
    await firn(victim.args, place);
    const requests = ice.watch();
    const roll = dice("backup s3");
    await killedBackups(
      place,
      source,
      (point) => signalAtRequest(ice, victim, "SIGKILL", point, requests, roll),
      spread(POINTS - half, roll),
    );
  },
);
