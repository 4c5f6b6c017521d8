import { readFile } from "node:fs/promises";
import { FirnError } from "../../base/error.ts";
import type { Listener } from "../../base/event.ts";
import { applyTierPlan, type ApplyReport } from "../../act/tier/apply.ts";
import { openJournal } from "../../catalog/journal.ts";
import { stateFolder } from "../../catalog/state-folder.ts";
import { makeTierPlan } from "../../plan/tier/make-plan.ts";
import { parseTierPlan } from "../../plan/tier/plan-file.ts";
import type { TierPlan } from "../../plan/tier/tier-plan.ts";
import type { Access } from "../access.ts";
import type { Caller } from "../open-repository.ts";
import type { PriceWish } from "./prices.ts";
import { metadataFiles, verdictOf, type VerifyReport } from "./verify.ts";
import { withTiers } from "./with-tiers.ts";

export interface ApplyWish extends PriceWish {
  /** A plan made earlier; without it one is made now. */
  readonly file: string | undefined;
  readonly strict: boolean;
  readonly maxCost: number | undefined;
  readonly assumeUnversioned: boolean;
  readonly stateDir: string | undefined;
  readonly listener: Listener;
  /** Shows the plan and says whether to go on. */
  readonly confirm: (plan: TierPlan) => Promise<boolean>;
}

export interface Applied extends ApplyReport {
  readonly plan: TierPlan;
  /** Whether rule 3 holds now, promotions that wait for a thaw aside. */
  readonly verify: VerifyReport;
}

/** Carries a plan out; undefined when it was not confirmed. */
export function applyTiers(access: Access, caller: Caller, wish: ApplyWish): Promise<Applied | undefined> {
  return withTiers(access, caller, wish, async ({ repo, reader, signal }) => {
    const plan = wish.file === undefined ? makeTierPlan(await reader.read(signal), { strict: wish.strict }) : await readPlan(wish.file);
    if (!(await wish.confirm(plan))) return undefined;
    const report = await applyTierPlan(repo, plan, {
      maxCost: wish.maxCost,
      assumeUnversioned: wish.assumeUnversioned,
      journal: openJournal(stateFolder(caller.world, repo.config.id, wish.stateDir)),
      gather: (lockSignal) => reader.read(lockSignal),
      retryLockMs: access.retryLockMs,
      listener: wish.listener,
      signal,
    });
    const verify = await verdictOf(report.after, await metadataFiles(repo, signal), plan.strict, reader.trees, signal);
    return { ...report, plan, verify };
  });
}

async function readPlan(file: string): Promise<TierPlan> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new FirnError({
      code: "bad-plan",
      message: `${file}: cannot be read: ${(cause as Error).message}`,
      hint: "make one with `firn tier plan --out FILE`",
      cause,
    });
  }
  return parseTierPlan(text, file);
}
