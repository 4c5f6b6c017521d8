import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type FirnFinished, type FirnOptions, type RunningFirn, startFirn } from "../firn.ts";
import type { WatchedIcebox } from "../icebox.ts";
import type { Dice } from "./points.ts";

export type Ended = FirnFinished & {
  readonly signal: NodeJS.Signals | null;
  /** What the point came to, for the message of a failure. */
  readonly where: string;
};

export interface Victim {
  readonly args: readonly string[];
  readonly options: FirnOptions;
}

/**
 * Runs firn against icebox and signals it when request number `point` × `requests` arrives; half the time the request is still carried
 * out. `requests` is what an undisturbed run makes.
 */
export async function signalAtRequest(
  ice: WatchedIcebox,
  victim: Victim,
  signal: NodeJS.Signals,
  point: number,
  requests: number,
  roll: Dice,
): Promise<Ended> {
  const target = 1 + Math.floor(point * requests);
  const carriedOut = signal !== "SIGKILL" || roll() < 0.5;
  let running: RunningFirn | undefined = undefined;
  let where = `before request ${target} of about ${requests}`;
  ice.watch((count, operation, key) => {
    if (count !== target) return "answer";
    where = `${signal} at request ${count} of about ${requests}, ${operation} ${key ?? ""}, ${carriedOut ? "carried out" : "lost"}`;
    running?.child.kill(signal);
    return carriedOut ? "answer" : "drop";
  });
  running = startFirn(victim.args, victim.options);
  const ended = await running.finished;
  ice.watch();
  return { ...ended, where };
}

/** How long an undisturbed run works after its lock has appeared; corrected when a run was faster than its kill. */
export interface WorkLength {
  ms: number;
}

/** Runs firn on a local repository and signals it when `point` of its work should be done, counted from the moment its lock appears. */
export async function signalAfter(repo: string, victim: Victim, signal: NodeJS.Signals, point: number, work: WorkLength): Promise<Ended> {
  const running = startFirn(victim.args, victim.options);
  let over = false;
  void running.finished.then(() => (over = true));
  await lockAppears(repo, () => over);
  const began = performance.now();
  await Promise.race([sleep(point * work.ms), running.finished]);
  running.child.kill(signal);
  const ended = await running.finished;
  if (ended.signal !== signal) work.ms = Math.min(work.ms, performance.now() - began);
  return { ...ended, where: `${signal} ${(point * work.ms).toFixed(0)} ms after the lock` };
}

export async function workLength(repo: string, victim: Victim): Promise<WorkLength> {
  const running = startFirn(victim.args, victim.options);
  let over = false;
  const finished = running.finished.then((ended) => {
    over = true;
    return ended;
  });
  await lockAppears(repo, () => over);
  const began = performance.now();
  const { status, stderr } = await finished;
  if (status !== 0) throw new Error(`firn ${victim.args.join(" ")} exited ${status}: ${stderr}`);
  return { ms: performance.now() - began };
}

async function lockAppears(repo: string, over: () => boolean): Promise<void> {
  const folder = join(repo, "locks");
  while (!over() && !(existsSync(folder) && readdirSync(folder).some((name) => !name.includes("-tmp-")))) await sleep(2);
}

/** Tries every point until a run was killed there; a run that was faster than its kill is no kill, but counts as tried. */
export async function untilKilled(points: readonly number[], attempt: (point: number, attempt: number) => Promise<Ended>): Promise<void> {
  const left = [...points];
  for (let tried = 0; left.length > 0; tried++) {
    if (tried > 2 * points.length + 10) throw new Error(`${left.length} of ${points.length} points were never reached`);
    const point = left.shift()!;
    const { signal, status, where, stderr } = await attempt(point, tried);
    if (signal === "SIGKILL") continue;
    if (status !== 0) throw new Error(`${where}: exited ${status}: ${stderr}`);
    left.push(point);
  }
}
