import { FirnError } from "../../base/error.ts";
import { asId, isId } from "../../base/id.ts";
import { pathOf } from "../../format/file-kind.ts";
import { TIER_PLAN_SCHEMA, type TierPlan, type TierStep } from "./tier-plan.ts";

export class PlanFileError extends FirnError {
  constructor(file: string, why: string) {
    super({ code: "bad-plan", message: `${file}: ${why}`, hint: "make a new one with `firn tier plan --out FILE`" });
  }
}

/** Reads a plan that was written earlier; everything `apply` acts on is checked, everything else is only shown. */
export function parseTierPlan(text: string, file: string): TierPlan {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new PlanFileError(file, `not JSON: ${(error as Error).message}`);
  }
  if (!isRecord(value) || value["schema"] !== TIER_PLAN_SCHEMA) throw new PlanFileError(file, `not a plan of schema ${TIER_PLAN_SCHEMA}`);
  if (typeof value["repository"] !== "string" || !Array.isArray(value["steps"]) || !isRecord(value["totals"])) {
    throw new PlanFileError(file, "repository, steps or totals are missing");
  }
  const lists = ["recovery", "assumptions", "idleSeries", "unanswered"].filter((key) => !Array.isArray(value[key]));
  const records = ["prices", "mixed", "later", "neverFrozen"].filter((key) => !isRecord(value[key]));
  if (lists.length + records.length > 0) throw new PlanFileError(file, `${[...lists, ...records].join(", ")} missing or wrong`);
  if (!isAmount(value["totals"]["price"])) throw new PlanFileError(file, "totals.price is not an amount");
  for (const [i, step] of value["steps"].entries()) {
    const wrong = wrongField(step);
    if (wrong !== undefined) throw new PlanFileError(file, `step ${i + 1}: ${wrong} is missing or wrong`);
  }
  return value as unknown as TierPlan;
}

function wrongField(step: unknown): string | undefined {
  if (!isRecord(step)) return "the step";
  const checks: Record<keyof TierStep, boolean> = {
    kind: step["kind"] === "freeze" || step["kind"] === "promote",
    pack: typeof step["pack"] === "string" && isId(step["pack"]),
    path: typeof step["pack"] === "string" && step["path"] === pathOf("data", asId(step["pack"])),
    size: Number.isSafeInteger(step["size"]),
    from: typeof step["from"] === "string",
    to: typeof step["to"] === "string",
    etag: step["etag"] === undefined || typeof step["etag"] === "string",
    needMs: step["needMs"] === null || isAmount(step["needMs"]),
    why: typeof step["why"] === "string",
    price: isAmount(step["price"]),
    retryPrice: isAmount(step["retryPrice"]),
    savingPerMonth: typeof step["savingPerMonth"] === "number",
    payBackDays: true,
    thaw: step["thaw"] === undefined || isThaw(step["thaw"]),
  };
  return Object.entries(checks).find(([, fine]) => !fine)?.[0];
}

function isThaw(thaw: unknown): boolean {
  if (!isRecord(thaw) || ![undefined, "Standard", "Bulk"].includes(thaw["tier"] as string | undefined)) return false;
  return isAmount(thaw["price"]) && isAmount(thaw["days"]) && isAmount(thaw["waitMs"]);
}

function isAmount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
