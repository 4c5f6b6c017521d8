import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { snapshotOf } from "../../src/app/tier/testing.ts";
import { firn } from "../firn.ts";
import { type WatchedIcebox, watchedIcebox } from "../icebox.ts";
import { restic, withoutPeer } from "../peers.ts";
import { copyRepository, keysAt, localPlace, makeRepository, openPlace, type Place } from "../scratch.ts";
import { type Ended, signalAtRequest } from "./kill.ts";
import { dice, PATIENCE, POINTS, spread } from "./points.ts";
import { writeSource } from "./source.ts";

const DAY = 86_400_000;
const base = mkdtempSync(join(tmpdir(), "firn-interrupt-"));
const source = join(base, "source");
const template = localPlace(join(base, "template"));
/** Fewer than the kills: a run that is interrupted cleans up, and there are five commands. */
const points = Math.max(2, Math.ceil(POINTS / 6));

/** Requests that may be under way together, and the two that end every run. */
const IN_FLIGHT = 8;

/** Exit code 130, one line, no lock; done all the same only when what was left was under way already. */
function judge({ status, signal, stderr, where }: Ended, requests: number, seen: number): void {
  if (status === 0) {
    assert.ok(seen >= requests - IN_FLIGHT, `${where}: took no notice, ${seen} requests`);
    return;
  }
  assert.equal(signal, null, where);
  assert.equal(status, 130, `${where}: ${stderr}`);
  assert.match(stderr, /^firn: [^\n]*interrupted[^\n]*\n(?: {6}[^\n]+\n)?$/, where);
}

describe("ctrl-C at any point: exit code 130, the lock removed, the repository sound", { skip: withoutPeer("restic") }, () => {
  let ice: WatchedIcebox;
  before(async () => {
    ice = await watchedIcebox();
    await makeRepository(template);
    for (const generation of [0, 1]) {
      writeSource(source, generation);
      await firn(["backup", source, "--pack-size", "4", "--quiet"], template);
    }
    await restic(["forget", "--keep-last", "1"], template);
    writeSource(source, 2);
    const repo = await openPlace(template);
    const now = Date.now();
    await snapshotOf(repo, { a: "a", b: "b", c: "c", d: "d" }, { time: now - 120 * DAY });
    await snapshotOf(repo, { a: "a" }, { time: now - 100 * DAY });
    await repo.close();
  });
  after(async () => {
    await ice[Symbol.asyncDispose]();
    rmSync(base, { recursive: true, force: true });
  });

  const cases: Readonly<Record<string, readonly string[]>> = {
    backup: ["backup", source, "--pack-size", "4", "--quiet"],
    prune: ["prune", "--max-unused", "0", "--quiet"],
    "tier apply": ["tier", "apply", "--yes", "--quiet"],
    check: ["check", "--read-data", "--quiet"],
    restore: ["restore", `latest:${source}`, "--path", source, "--quiet", "--target"],
  };
  for (const [name, words] of Object.entries(cases)) {
    test(`${name}, at ${points} random requests`, PATIENCE, async () => {
      const fresh = async (prefix: string): Promise<{ place: Place; args: readonly string[] }> => {
        const place = ice.place(`${name.replace(" ", "-")}-${prefix}`);
        await copyRepository(template, place);
        const args = name === "restore" ? [...words, join(base, `target ${prefix}`)] : words;
        return { place: { ...place, env: { ...place.env, FIRN_STATE_DIR: join(base, `state ${prefix}`) } }, args };
      };
      const whole = await fresh("whole");
      ice.watch(() => "answer");
      await firn(whole.args, whole.place);
      const requests = ice.watch();
      const roll = dice(`interrupt ${name}`);
      for (const [i, point] of spread(points, roll).entries()) {
        const { place, args } = await fresh(String(i));
        const ended = await signalAtRequest(ice, { args, options: place }, "SIGINT", point, requests, roll);
        judge(ended, requests, Math.floor(point * requests) + 1);
        assert.deepEqual(await keysAt(place, "locks/"), [], ended.where);
        await restic(["check"], place);
      }
    });
  }
});
