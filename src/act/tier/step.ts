import { FirnError } from "../../base/error.ts";
import type { Intent, Journal } from "../../catalog/journal.ts";
import { requestPriceOf, thawPriceOf } from "../../plan/thaw.ts";
import type { TierFacts } from "../../plan/tier/tier-facts.ts";
import type { TierStep } from "../../plan/tier/tier-plan.ts";
import type { PackState, Repository } from "../../repo/repository.ts";
import { StoreError } from "../../store/store-error.ts";
import type { Spending } from "./spending.ts";

export interface StepTools {
  readonly repo: Repository;
  readonly spending: Spending;
  readonly journal: Journal;
  readonly job: string;
  readonly signal: AbortSignal;
}

/** Changes the class of one pack: HEAD for its encryption, journal, copy. The copy names the ETag that the facts were about. */
export async function movePack(step: TierStep, state: PackState, tools: StepTools): Promise<void> {
  const { store } = tools.repo;
  const head = await store.head(step.path, { signal: tools.signal });
  if (head === undefined) throw new StoreError({ code: "not-found", message: `${step.path}: gone`, key: step.path });
  if (head.encryption.kind === "customer") {
    throw new FirnError({
      code: "customer-key",
      message: `${step.path}: encrypted with a key that only the customer has (SSE-C), so it cannot be copied`,
      hint: "store packs with SSE-S3 or SSE-KMS to tier them; restic's own encryption stays either way",
    });
  }
  const price = step.price - (step.thaw?.price ?? 0);
  await paid(tools, { action: "move", pack: step.pack, from: step.from, to: step.to, price }, step.retryPrice, async (onRetry) => {
    const ifMatch = state.etag ?? head.etag;
    await store.changeClass(step.path, step.to, { ifMatch, encryption: head.encryption, size: step.size, signal: tools.signal, onRetry });
    return "done";
  });
}

/** Asks for the thaw of a pack that is to be promoted, unless one is under way. */
export async function askForThaw(step: TierStep, state: PackState, facts: TierFacts, tools: StepTools): Promise<void> {
  const tier = step.thaw === undefined ? "Bulk" : step.thaw.tier;
  const days = step.thaw?.days ?? 1;
  const pack = { pack: step.pack, size: state.size, storageClass: state.storageClass, state: "archived" } as const;
  const price = thawPriceOf(pack, tier, facts.profile, days) ?? 0;
  const retryPrice = requestPriceOf(state.storageClass, tier, facts.profile);
  await paid(tools, { action: "thaw", pack: step.pack, from: step.from, to: tier ?? "default", price }, retryPrice, async (onRetry) => {
    const answer = await tools.repo.store.restore(step.path, { days, tier }, { signal: tools.signal, onRetry });
    return answer === "ongoing" ? "undone" : "done";
  });
}

/**
 * Charge, announce, act, settle. An error that says the server did nothing gives the money back; after any other (a dropped connection, a
 * kill) the intent stays open and the next run asks LIST. Once an attempt has gone unanswered, what a later one is told proves nothing: "not
 * as you think" may be the first one's doing.
 */
export async function paid(
  tools: Pick<StepTools, "repo" | "spending" | "journal" | "job">,
  action: Pick<Intent, "action" | "pack" | "from" | "to" | "price">,
  retryPrice: number,
  act: (onRetry: (failure: unknown) => void) => Promise<"done" | "undone">,
): Promise<void> {
  const { spending, journal, job } = tools;
  const at = (): string => new Date(tools.repo.world.clock.now()).toISOString();
  const settle = (outcome: "done" | "undone"): void => {
    journal.append({ kind: "settled", at: at(), job, action: action.action, pack: action.pack, outcome });
    if (outcome === "undone") spending.giveBack(action.price);
  };
  spending.charge(action.price);
  journal.append({ kind: "intent", at: at(), job, ...action });
  let unanswered = false;
  const onRetry = (failure: unknown): void => {
    unanswered ||= !saysNothingDone(failure);
    spending.retry(retryPrice);
  };
  let outcome: "done" | "undone";
  try {
    outcome = await act(onRetry);
  } catch (error) {
    if (!unanswered && saysNothingDone(error)) settle("undone");
    throw error;
  }
  settle(unanswered ? "done" : outcome);
}

function saysNothingDone(error: unknown): boolean {
  return error instanceof StoreError && NOTHING_DONE.has(error.code);
}

/** Answers by which the server says that it did nothing. */
const NOTHING_DONE: ReadonlySet<string> = new Set([
  "not-found",
  "changed",
  "archived",
  "not-archived",
  "access-denied",
  "no-such-bucket",
  "clock-skew",
  "throttled",
  "expedited-unavailable",
  "unsupported",
  "invalid",
]);
