import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { firn } from "../firn.ts";
import { watchedIcebox } from "../icebox.ts";
import { restic, withoutPeer } from "../peers.ts";
import { copyRepository, keysAt, localPlace, makeRepository, type Place } from "../scratch.ts";
import { compareTrees } from "../tree-compare.ts";
import { judgeAfterKill } from "./judge.ts";
import { type Ended, signalAfter, signalAtRequest, untilKilled, workLength } from "./kill.ts";
import { dice, PATIENCE, POINTS, spread } from "./points.ts";
import { writeSource } from "./source.ts";

const base = mkdtempSync(join(tmpdir(), "firn-kill-prune-"));
const source = join(base, "source");
const template = localPlace(join(base, "template"));
const half = Math.ceil(POINTS / 2);
const args = ["prune", "--max-unused", "0", "--quiet"];

/** Judges what a killed prune left, runs it again, and looks whether that finished the work. */
async function judge(place: Place, { where }: Ended): Promise<void> {
  await judgeAfterKill(place, where);
  const rerun = await firn(args, { ...place, anyStatus: true });
  assert.equal(rerun.status, 0, `again after ${where}: ${rerun.stderr}`);
  const checked = await restic(["check", "--read-data"], place);
  assert.doesNotMatch(checked.stdout, /not referenced|duplicate|unused/, `${where}: something was left over`);
  assert.deepEqual(
    (await keysAt(place)).filter((key) => key.includes("-tmp-") || key.startsWith("locks/")),
    [],
    where,
  );
}

describe("a prune killed anywhere leaves a sound repository, and the next one finishes", { skip: withoutPeer("restic") }, () => {
  before(async () => {
    await makeRepository(template);
    for (const generation of [0, 1, 2, 3]) {
      writeSource(source, generation);
      await firn(["backup", source, "--pack-size", "4", "--quiet"], template);
    }
    await restic(["forget", "--keep-last", "1"], template);
  });
  after(() => rmSync(base, { recursive: true, force: true }));

  test(`at ${half} random moments, in a folder`, PATIENCE, async () => {
    const fresh = async (name: string): Promise<Place> => {
      const place = localPlace(join(base, name));
      mkdirSync(place.repo);
      await copyRepository(template, place);
      return place;
    };
    const whole = await fresh("whole");
    const work = await workLength(whole.repo, { args, options: whole });
    await untilKilled(spread(half, dice("prune local")), async (point, attempt) => {
      const place = await fresh(`repo ${attempt}`);
      const ended = await signalAfter(place.repo, { args, options: place }, "SIGKILL", point, work);
      await judge(place, ended);
      rmSync(place.repo, { recursive: true, force: true });
      return ended;
    });
    const target = join(base, "target");
    await restic(["restore", `latest:${source}`, "--target", target], whole);
    assert.deepEqual(compareTrees(source, target), []);
  });

  test(`at ${POINTS - half} random requests, in S3`, PATIENCE, async () => {
    await using ice = await watchedIcebox();
    const fresh = async (name: string): Promise<Place> => {
      const place = ice.place(name);
      await copyRepository(template, place);
      return place;
    };
    const whole = await fresh("whole");
    ice.watch(() => "answer");
    await firn(args, whole);
    const requests = ice.watch();
    const roll = dice("prune s3");
    await untilKilled(spread(POINTS - half, roll), async (point, attempt) => {
      const place = await fresh(`repo-${attempt}`);
      const ended = await signalAtRequest(ice, { args, options: place }, "SIGKILL", point, requests, roll);
      await judge(place, ended);
      return ended;
    });
  });
});
