import { writeFile } from "node:fs/promises";
import { FirnError } from "../../base/error.ts";
import { makeTierPlan } from "../../plan/tier/make-plan.ts";
import { planText, type TierPlan } from "../../plan/tier/tier-plan.ts";
import type { Access } from "../access.ts";
import type { Caller } from "../open-repository.ts";
import type { PriceWish } from "./prices.ts";
import { withTiers } from "./with-tiers.ts";

export interface PlanWish extends PriceWish {
  readonly strict: boolean;
  /** Where to write it for a later `apply FILE`. */
  readonly out: string | undefined;
}

export function planTiers(access: Access, caller: Caller, wish: PlanWish): Promise<TierPlan> {
  return withTiers(access, caller, wish, async ({ reader, signal }) => {
    const plan = makeTierPlan(await reader.read(signal), { strict: wish.strict });
    if (wish.out !== undefined) await writePlan(wish.out, plan);
    return plan;
  });
}

async function writePlan(file: string, plan: TierPlan): Promise<void> {
  try {
    await writeFile(file, planText(plan));
  } catch (cause) {
    throw new FirnError({ code: "plan-file", message: `${file}: cannot be written: ${(cause as Error).message}`, cause });
  }
}
