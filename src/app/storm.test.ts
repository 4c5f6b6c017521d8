import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { executePrune } from "../act/prune/prune.ts";
import { applyTierPlan } from "../act/tier/apply.ts";
import { silent } from "../base/event.ts";
import { seededRandom, testWorld, type TestWorld } from "../base/testing.ts";
import { MS_PER_DAY } from "../base/time.ts";
import { memoryJournal } from "../catalog/journal.ts";
import { jobFor } from "../flow/backup/backup-testing.ts";
import { runBackup } from "../flow/backup/run.ts";
import { check } from "../flow/check/check.ts";
import { findUsedBlobs } from "../flow/used-blobs.ts";
import { planPrune } from "../plan/prune/plan-prune.ts";
import { DEFAULT_PRUNE } from "../plan/prune/prune-options.ts";
import { makeTierPlan } from "../plan/tier/make-plan.ts";
import { TEST_PROFILE } from "../plan/tier/testing.ts";
import { acquireLock, unlock } from "../repo/lock.ts";
import { openRepository } from "../repo/open.ts";
import type { OpenedRepository } from "../repo/opened-repository.ts";
import { memoryRepository, TEST_PASSWORD } from "../repo/testing.ts";
import type { MemoryStore } from "../store/memory.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { wrapStore } from "../store/wrap/around.ts";
import { withFaults } from "../store/wrap/fault.ts";
import { withRetry } from "../store/wrap/retry.ts";
import { defaultConfig } from "./config/config.ts";
import { FactsReader } from "./tier/facts-reader.ts";

/** Several programs at one repository, on a network that drops calls, each killed at some call or none. */
const SEED = process.env["FIRN_TEST_SEED"] ?? "storm";
const ROUNDS = Number(process.env["FIRN_TEST_RUNS"] ?? 6);
const RETRY_LOCK_MS = 10 * 60_000;

interface Program {
  readonly name: string;
  readonly run: (repo: OpenedRepository, signal: AbortSignal) => Promise<unknown>;
}

class Dead extends Error {}

/** Every call takes some turns; after `callsLeft` the process is gone: its last call may have been carried out or not. */
function mortal(inner: ObjectStore, dice: () => number, callsLeft: number): ObjectStore {
  let left = callsLeft;
  const turns = async (): Promise<void> => {
    for (let turn = dice() % 4; turn > 0; turn--) await new Promise<void>((resolve) => void setImmediate(resolve));
  };
  return wrapStore(inner, {
    once: async (_call, next) => {
      await turns();
      if (left-- <= 0) throw new Dead("killed");
      const answer = await next();
      await turns();
      if (left <= 0) throw new Dead("killed");
      return answer;
    },
    list: async function* (_call, next) {
      await turns();
      if (left-- <= 0) throw new Dead("killed");
      yield* next();
    },
  });
}

class Storm {
  readonly store: MemoryStore;
  readonly #random: (length: number) => Uint8Array;
  readonly #dead = new Set<number>();
  readonly outcomes: string[] = [];
  #pids = 1000;
  now: number;

  constructor(store: MemoryStore, now: number) {
    this.store = store;
    this.now = now;
    this.#random = seededRandom(SEED);
  }

  dice = (): number => this.#random(1)[0]!;

  #world(pid: number): TestWorld {
    const isProcessAlive = (other: number): boolean => !this.#dead.has(other);
    return testWorld({ now: this.now, seed: `${SEED} ${pid}`, pid, isProcessAlive });
  }

  async open(store: ObjectStore, world: TestWorld): Promise<OpenedRepository> {
    return openRepository(store, { world, password: async () => TEST_PASSWORD, packSizeMib: 0.5, extraVerify: false });
  }

  /** One process from its start to its end, whatever that is. */
  async launch({ name, run }: Program): Promise<void> {
    const pid = this.#pids++;
    const world = this.#world(pid);
    const faults = withFaults(this.store, `${SEED} ${pid}`, [
      { code: "network", when: "before", probability: 0.02 },
      { code: "server", when: "after", probability: 0.02 },
    ]);
    const callsLeft = this.dice() % 2 === 0 ? Infinity : 5 + (this.dice() % 80);
    const store = withRetry(mortal(faults.store, this.dice, callsLeft), world);
    try {
      await run(await this.open(store, world), new AbortController().signal);
      this.outcomes.push(`${name}: done`);
    } catch (error) {
      this.outcomes.push(`${name}: ${(error as Error).constructor.name}`);
    }
    // Whatever it was, the process is over.
    this.#dead.add(pid);
  }

  async assertSound(when: string): Promise<void> {
    const repo = await this.open(this.store, this.#world(this.#pids++));
    await unlock(repo, { removeAll: false });
    const findings: string[] = [];
    const deps = {
      signal: new AbortController().signal,
      emit: silent,
      workers: 0,
      onFinding: (found: { level: string; object: string; check: string }) => {
        if (found.level === "error") findings.push(`${found.object}: ${found.check}`);
      },
    };
    await check(repo, { read: { kind: "all" }, wants: undefined }, deps);
    assert.deepEqual(findings, [], when);
    assert.deepEqual(
      [...this.store.objects.keys()].filter((key) => key.startsWith("locks/")),
      [],
    );
  }
}

function backup(folder: string, host: string): Program {
  return {
    name: "backup",
    run: async (repo, signal) => {
      await using lock = await acquireLock(repo, { exclusive: false, retryLockMs: RETRY_LOCK_MS, signal });
      const job = jobFor(repo, [folder], { signal: lock.signal });
      const parent = (await repo.loadSnapshots()).findLast((snapshot) => snapshot.hostname === host);
      await runBackup(repo, { ...job, parent, facts: { ...job.facts, hostname: host } });
    },
  };
}

const prune: Program = {
  name: "prune",
  run: async (repo, signal) => {
    await using lock = await acquireLock(repo, { exclusive: true, retryLockMs: RETRY_LOCK_MS, signal });
    const snapshots = await repo.loadSnapshots();
    for (const snapshot of snapshots.slice(0, Math.max(0, snapshots.length - 24)))
      await repo.removeFile("snapshots", snapshot.id, lock.signal);
    await repo.loadIndex({ reload: true });
    const kept = (await repo.loadSnapshots()).map(({ tree }) => tree);
    const used = await findUsedBlobs(repo, kept, { signal: lock.signal });
    const facts = {
      version: repo.config.version,
      packSize: repo.packSize,
      index: repo.index,
      listed: await repo.packStates({ refresh: true }),
      isUsed: (type: "data" | "tree", id: string) => used.has(type, id),
    };
    const options = { ...DEFAULT_PRUNE, maxUnused: { kind: "bytes", bytes: 0 }, smallPackBytes: 1 } as const;
    await executePrune(repo, planPrune(facts, options), { signal: lock.signal, emit: silent });
  },
};

const tier: Program = {
  name: "tier apply",
  run: async (repo, signal) => {
    const prices = { provider: "aws-s3", region: "us-east-1", currency: "USD", date: "2026-11-22", assumed: false, why: "test" };
    const reader = new FactsReader(repo, defaultConfig(), TEST_PROFILE, prices, signal);
    await applyTierPlan(repo, makeTierPlan(await reader.read(signal), { strict: false }), {
      maxCost: 1000,
      assumeUnversioned: false,
      journal: memoryJournal(),
      gather: (lockSignal) => reader.read(lockSignal),
      retryLockMs: RETRY_LOCK_MS,
      listener: silent,
      signal,
    });
  },
};

test("backups, prunes and tier runs at once, killed anywhere on a bad network: what was saved is all there", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "firn-storm-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const { store, world } = await memoryRepository({ packSizeMib: 0.5 });
  const storm = new Storm(store, world.clock.now());
  for (let round = 0; round < ROUNDS; round++) {
    for (let file = 0; file < 8; file++) {
      if (round === 0 || storm.dice() % 3 === 0) writeFileSync(join(folder, `f${file}`), seededRandom(`${SEED} ${storm.dice()}`)(150_000));
    }
    const programs = [backup(folder, "a"), backup(folder, "b"), prune, tier, backup(folder, "a")];
    await Promise.all(programs.map((program) => storm.launch(program)));
    await storm.assertSound(`round ${round}: ${storm.outcomes.slice(-programs.length).join(", ")}`);
    storm.now += 100 * MS_PER_DAY;
  }
  assert.ok(storm.outcomes.includes("backup: done"), storm.outcomes.join());
});
