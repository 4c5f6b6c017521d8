import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type FirnOptions, startFirn } from "../firn.ts";
import type { WatchedIcebox } from "../icebox.ts";
import type { Dice } from "../kill/points.ts";
import { restic } from "../peers.ts";
import type { Place } from "../scratch.ts";
import { keysAt } from "../scratch.ts";
import { compareTrees } from "../tree-compare.ts";
import { WildTree } from "./mutate.ts";

export interface Scene {
  readonly base: string;
  readonly place: Place;
  readonly ice: WatchedIcebox | undefined;
  readonly roll: Dice;
  readonly rounds: number;
}

/** How long a backup of such a tree may take at most before a signal comes. */
const WORK_MS = 2500;
const THREADS = ["", "1", "2", "3", "5"];

/**
 * A tree that is changed at random and backed up by either program, with as many threads as it may be, through faults, kills and prunes.
 * Now and then restic reads every byte of the repository, and what the latest snapshot gives back is held against the tree.
 */
export async function stress({ base, place, ice, roll, rounds }: Scene): Promise<void> {
  const below = (limit: number): number => Math.floor(roll() * limit);
  const source = join(base, "source");
  const cacheDir = join(base, "cache");
  const tree = new WildTree(source, roll);
  const log: string[] = [];
  const target = join(base, "target");
  const options = (): FirnOptions => ({
    ...place,
    env: { ...place.env, RESTIC_READ_CONCURRENCY: THREADS[below(THREADS.length)]! },
    ...(below(4) === 0 ? {} : { cacheDir }),
    anyStatus: true,
  });
  const withCache = below(2) === 0 ? { ...place, cacheDir } : place;

  const run = async (args: readonly string[], ends: readonly number[], signal?: NodeJS.Signals): Promise<number> => {
    const chosen = options();
    const running = startFirn(args, chosen);
    if (signal !== undefined) void sleep(below(WORK_MS), undefined, { ref: false }).then(() => running.child.kill(signal));
    const patience = setTimeout(() => running.child.kill("SIGABRT"), 120_000);
    const { status, stderr, signal: by } = await running.finished;
    clearTimeout(patience);
    log.push(
      `firn ${args[0]} threads=${chosen.env!["RESTIC_READ_CONCURRENCY"]} cache=${chosen.cacheDir !== undefined} ${signal ?? ""} → ${status} ${by ?? ""}`,
    );
    if (by !== null && by === signal) return status;
    assert.ok(ends.includes(status), `${log.slice(-6).join("\n")}\n${stderr}`);
    return status;
  };
  const backup = ["backup", source, "--pack-size", "4", "--quiet"];

  for (let round = 0; round < rounds; round++) {
    tree.change(1 + below(25));
    const kind = below(12);
    const before = new Set(await keysAt(place, "snapshots/"));
    if (kind < 3) {
      await run(backup, [0, 130], kind === 0 ? "SIGKILL" : "SIGINT");
      if (kind !== 0) assert.deepEqual(await keysAt(place, "locks/"), [], "ctrl-C leaves no lock");
      if (kind === 0) await restic(["unlock", "--remove-all"], place);
    } else if (kind === 3 && ice !== undefined) {
      for (let k = 0; k < 2; k++) {
        const op = below(2) === 0 ? { match: { op: "PutObject" } } : {};
        const faults = ["throttle", "error500", "drop"] as const;
        ice.box.faults.add({
          kind: faults[below(3)]!,
          ...op,
          probability: 0.3,
          count: 2,
          seed: below(1e6),
          at: below(2) === 0 ? "request" : "response",
        });
      }
      await run(backup, [0]);
      ice.box.faults.clear();
    } else if (kind === 4 && ice !== undefined) {
      ice.box.faults.add({ kind: "access-denied", match: { op: "PutObject" }, skip: below(12), seed: below(1e6) });
      await run(backup, [0, 1]);
      ice.box.faults.clear();
      await restic(["unlock", "--remove-all"], place);
    } else if (kind === 5) {
      log.push("restic backup");
      await restic(["backup", source, "--quiet"], withCache);
    } else if (kind === 6) {
      log.push("restic forget, prune");
      await restic(["forget", "--keep-last", "2", "--group-by", "", "--prune", "--max-unused", below(2) === 0 ? "0" : "10%"], withCache);
    } else if (kind === 7) {
      log.push("firn and restic at once");
      await Promise.all([run(backup, [0]), restic(["backup", join(source, "."), "--quiet"], withCache)]);
    } else if (kind === 8) {
      log.push("firn and a prune at once");
      const [status, pruned] = await Promise.all([
        run(backup, [0, 11]),
        restic(["prune", "--max-unused", "0"], { ...withCache, anyStatus: true }),
      ]);
      assert.ok(status === 0 || pruned.status === 0 || pruned.status === 11, pruned.stderr);
    } else if (kind === 9) {
      await run(["prune", "--max-unused", "0", "--quiet"], [0, 130], below(2) === 0 ? "SIGINT" : undefined);
    } else {
      const extra = [[], ["--force"], ["--dry-run"], ["--ignore-ctime", "--force"]][below(4)]!;
      const objects = extra[0] === "--dry-run" ? await keysAt(place) : [];
      await run([...backup, ...extra], [0]);
      if (extra[0] === "--dry-run") assert.deepEqual(await keysAt(place), objects, "a dry run stores nothing");
    }
    if (kind !== 6) {
      const after = new Set(await keysAt(place, "snapshots/"));
      assert.deepEqual(
        [...before].filter((id) => !after.has(id)),
        [],
      );
    }
    if (round % 4 === 3 || round === rounds - 1) await judge(round);
  }

  async function judge(round: number): Promise<void> {
    await run(backup, [0]);
    const checked = await restic(["check", "--read-data"], { ...place, anyStatus: true });
    assert.equal(checked.status, 0, `round ${round}:\n${log.join("\n")}\n${checked.stdout}${checked.stderr}`);
    rmSync(target, { recursive: true, force: true });
    await restic(["restore", `latest:${source}`, "--target", target], place);
    assert.deepEqual(compareTrees(source, target), [], `round ${round}:\n${log.join("\n")}`);
  }
}
