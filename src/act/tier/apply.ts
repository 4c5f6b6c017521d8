import { FirnError, messageOf } from "../../base/error.ts";
import type { Listener } from "../../base/event.ts";
import { forEachParallel } from "../../base/parallel.ts";
import { TIER_SLICE_PAUSE_MS, TIER_SLICE_START_MS, TIER_SLICE_WAIT_MS } from "../../base/limits.ts";
import { type Journal, jobAccount } from "../../catalog/journal.ts";
import { sha256Hex } from "../../kernel/hash.ts";
import { utf8 } from "../../base/bytes.ts";
import { makeTierPlan } from "../../plan/tier/make-plan.ts";
import type { TierFacts } from "../../plan/tier/tier-facts.ts";
import { planText, type TierPlan, type TierStep } from "../../plan/tier/tier-plan.ts";
import { withLock } from "../../repo/lock.ts";
import type { Repository } from "../../repo/repository.ts";
import { refuseUnfitBucket } from "./bucket-check.ts";
import { recheck } from "./recheck.ts";
import { CeilingError, Spending } from "./spending.ts";
import { askForThaw, movePack, type StepTools } from "./step.ts";

export interface ApplyOptions {
  /** Undefined: the plan's own total. */
  readonly maxCost: number | undefined;
  readonly assumeUnversioned: boolean;
  readonly journal: Journal;
  /** Reads snapshots, index and LIST afresh and computes liveness; called under the lock of each slice. */
  readonly gather: (signal: AbortSignal) => Promise<TierFacts>;
  readonly retryLockMs: number;
  readonly listener: Listener;
  readonly signal: AbortSignal;
}

export interface ApplyReport {
  readonly moved: readonly TierStep[];
  /** Found in their new class: done by an earlier run. */
  readonly already: readonly TierStep[];
  readonly dropped: readonly { readonly step: TierStep; readonly why: string }[];
  readonly failed: readonly { readonly step: TierStep; readonly why: string }[];
  /** Promotions that wait for a thaw; `asked` in this run or before. */
  readonly waiting: readonly TierStep[];
  readonly spent: number;
  readonly currency: string;
  /** Set when the ceiling stopped the run. */
  readonly stopped: CeilingError | undefined;
  /** The facts after the last slice, LIST included, for the verdict. */
  readonly after: TierFacts;
}

interface Run {
  moved: TierStep[];
  readonly already: TierStep[];
  readonly dropped: { step: TierStep; why: string }[];
  failed: { step: TierStep; why: string }[];
  readonly waiting: TierStep[];
  stopped: CeilingError | undefined;
}

/** Names a plan by its content: a rerun of the same plan finds what it has spent. */
export function jobOf(plan: TierPlan): string {
  return sha256Hex(utf8(planText(plan))).slice(0, 16);
}

/** Carries a plan out in slices under the exclusive lock; each slice looks at everything again first. */
export async function applyTierPlan(repo: Repository, plan: TierPlan, options: ApplyOptions): Promise<ApplyReport> {
  if (plan.repository !== repo.config.id) {
    throw new FirnError({
      code: "other-repository",
      message: `the plan is for repository ${plan.repository.slice(0, 10)}, this is ${repo.config.id.slice(0, 10)}`,
      hint: "make a plan for this repository with `firn tier plan`",
    });
  }
  if (plan.steps.length > 0) await refuseUnfitBucket(repo.store, options);
  const run: Run = { moved: [], already: [], dropped: [], failed: [], waiting: [], stopped: undefined };
  const spending = spendingOf(plan, options, repo);
  let open: readonly TierStep[] = plan.steps;
  let after: TierFacts | undefined;
  const promoted = plan.steps.filter(({ kind }) => kind === "promote").map(({ pack }) => pack);
  options.listener({ kind: "plan", steps: open.length, bytes: open.reduce((sum, step) => sum + step.size, 0), unit: "packs" });
  for (let slice = 0; open.length > 0 || after === undefined; slice++) {
    if (slice > 0) await repo.world.clock.sleep(TIER_SLICE_PAUSE_MS, options.signal);
    const retryLockMs = slice === 0 ? options.retryLockMs : Math.max(options.retryLockMs, TIER_SLICE_WAIT_MS);
    await withLock(repo, { exclusive: true, retryLockMs, signal: options.signal }, async (lock) => {
      const started = repo.world.clock.monotonic();
      const facts = await options.gather(lock.signal);
      await repo.confirmStates(promoted, lock.signal);
      if (slice === 0) settleIntents(plan, facts, options.journal, (price) => spending.carry(price), undefined);
      const tools: StepTools = { repo, spending, journal: options.journal, job: jobOf(plan), signal: lock.signal };
      open = await runSlice(open, facts, tools, run, started, plan.strict, options);
      after = { ...facts, states: await repo.packStates({ refresh: true, signal: lock.signal }) };
      await repo.confirmStates(promoted, lock.signal);
      settleIntents(plan, after, options.journal, undefined, (price) => spending.giveBack(price));
      checkMoved(run, after);
    });
    if (run.stopped !== undefined) break;
  }
  return { ...run, spent: spending.spent, currency: spending.currency, after: after! };
}

function spendingOf(plan: TierPlan, options: ApplyOptions, repo: Repository): Spending {
  const job = jobOf(plan);
  return new Spending({
    limit: options.maxCost ?? plan.totals.price,
    spent: jobAccount(options.journal.records(), job).spent,
    currency: plan.prices.currency,
    journal: options.journal,
    job,
    now: () => new Date(repo.world.clock.now()).toISOString(),
  });
}

/** After a kill or a dropped connection: LIST says whether an announced step happened. What did not was not paid for. */
function settleIntents(
  plan: TierPlan,
  facts: TierFacts,
  journal: Journal,
  onDone: ((price: number) => void) | undefined,
  onUndone: ((price: number) => void) | undefined,
): void {
  const job = jobOf(plan);
  for (const intent of jobAccount(journal.records(), job).open) {
    const state = facts.states.get(intent.pack);
    const happened = intent.action === "move" ? state?.storageClass === intent.to : state?.state === "thawing" || state?.state === "thawed";
    const at = new Date(facts.liveness.now).toISOString();
    journal.append({ kind: "settled", at, job, action: intent.action, pack: intent.pack, outcome: happened ? "done" : "undone" });
    (happened ? onDone : onUndone)?.(intent.price);
  }
}

/** Runs what can be started in this slice; returns the steps left for the next. */
async function runSlice(
  steps: readonly TierStep[],
  facts: TierFacts,
  tools: StepTools,
  run: Run,
  started: number,
  strict: boolean,
  options: ApplyOptions,
): Promise<readonly TierStep[]> {
  const fresh = makeTierPlan(facts, { strict });
  const { clock } = tools.repo.world;
  const left: TierStep[] = [];
  let begun = 0;
  await forEachParallel(
    steps,
    tools.repo.store.connections,
    async (step) => {
      // However long it took to look at everything, each slice moves something, or the run would never end.
      const late = clock.monotonic() - started > TIER_SLICE_START_MS && begun >= tools.repo.store.connections;
      if (run.stopped !== undefined || late) {
        left.push(step);
        return;
      }
      begun++;
      try {
        await runStep(step, facts, fresh, tools, run);
      } catch (error) {
        tools.signal.throwIfAborted();
        if (error instanceof CeilingError) {
          run.stopped = error;
          left.push(step);
          return;
        }
        run.failed.push({ step, why: messageOf(error) });
        options.listener({ kind: "error", message: messageOf(error), during: "apply", item: step.path });
      }
      options.listener({ kind: "advance", files: 1, bytes: step.size });
    },
    tools.signal,
  );
  return left;
}

async function runStep(step: TierStep, facts: TierFacts, fresh: TierPlan, tools: StepTools, run: Run): Promise<void> {
  const now = recheck(step, facts, fresh);
  switch (now.kind) {
    case "done":
      run.already.push(step);
      return;
    case "drop":
      run.dropped.push({ step, why: now.why });
      return;
    case "wait":
      run.waiting.push(step);
      return;
    case "thaw":
      await askForThaw(step, now.state, facts, tools);
      run.waiting.push(step);
      return;
    case "move":
      await movePack(step, now.state, tools);
      run.moved.push(step);
  }
}

/**
 * Believes LIST, not the answers: a moved pack must be there, in its new class, with its old size; and one whose answer was lost may
 * have arrived all the same.
 */
function checkMoved(run: Run, after: TierFacts): void {
  const arrived = (step: TierStep): boolean => {
    const state = after.states.get(step.pack);
    return state?.storageClass === step.to && state.size === step.size;
  };
  const lost = run.moved.filter((step) => !arrived(step));
  const found = run.failed.filter(({ step }) => arrived(step));
  run.moved = [...run.moved.filter(arrived), ...found.map(({ step }) => step)];
  run.failed = [
    ...run.failed.filter(({ step }) => !arrived(step)),
    ...lost.map((step) => ({ step, why: `LIST still shows it as ${after.states.get(step.pack)?.storageClass ?? "gone"}` })),
  ];
}
