import type { FirnError } from "../base/error.ts";
import { THAW_REQUESTS_AT_ONCE } from "../base/limits.ts";
import { forEachParallel } from "../base/parallel.ts";
import { pathOf } from "../format/file-kind.ts";
import type { Journal } from "../catalog/journal.ts";
import { type ColdPack, requestPriceOf, thawPriceOf } from "../plan/thaw.ts";
import type { Repository } from "../repo/repository.ts";
import type { RetrievalTier } from "../store/object-store.ts";
import type { ProviderProfile } from "../store/profile/provider-profile.ts";
import { StoreError } from "../store/store-error.ts";
import { CeilingError, type Spending } from "./tier/spending.ts";
import { paid } from "./tier/step.ts";

export interface ThawRequest {
  readonly packs: readonly ColdPack[];
  readonly tier: RetrievalTier;
  readonly days: number;
  readonly profile: ProviderProfile;
  readonly spending: Spending;
  readonly journal: Journal;
  readonly job: string;
  readonly signal: AbortSignal;
}

export interface ThawReport {
  readonly asked: number;
  /** Already under way or already readable: nothing was paid. */
  readonly underWay: number;
  readonly failed: readonly { readonly pack: ColdPack; readonly error: unknown }[];
  readonly stopped: FirnError | undefined;
}

/**
 * Asks for every pack that is not on its way already; LIST said which, just before. Each request is journaled first, and the
 * server itself refuses a second one for the same copy (409), so nothing is paid twice after a kill either.
 */
export async function requestThaw(repo: Repository, request: ThawRequest): Promise<ThawReport> {
  let asked = 0;
  let underWay = 0;
  let stopped: FirnError | undefined;
  const failed: { pack: ColdPack; error: unknown }[] = [];
  await forEachParallel(
    request.packs,
    Math.min(THAW_REQUESTS_AT_ONCE, repo.store.connections),
    async (pack) => {
      if (stopped !== undefined) return;
      if (pack.state === "thawing") {
        underWay++;
        return;
      }
      try {
        if (await askFor(repo, pack, request)) asked++;
        else underWay++;
      } catch (error) {
        request.signal.throwIfAborted();
        if (error instanceof CeilingError) stopped = error;
        else failed.push({ pack, error });
      }
    },
    request.signal,
  );
  return { asked, underWay, failed, stopped };
}

/** True when this request was the one that started it. */
async function askFor(repo: Repository, pack: ColdPack, request: ThawRequest): Promise<boolean> {
  const { tier, days, profile, spending, journal, job, signal } = request;
  const price = thawPriceOf(pack, tier, profile, days);
  if (price === undefined) {
    throw new StoreError({
      code: "unsupported",
      message: `${pathOf("data", pack.pack)}: ${pack.storageClass} has no ${tier} retrieval`,
      hint: "use another --thaw tier",
    });
  }
  let accepted = false;
  const retryPrice = requestPriceOf(pack.storageClass, tier, profile);
  const tools = { repo, spending, journal, job };
  await paid(tools, { action: "thaw", pack: pack.pack, from: pack.storageClass, to: tier, price }, retryPrice, async (onRetry) => {
    try {
      const answer = await repo.store.restore(pathOf("data", pack.pack), { days, tier }, { signal, onRetry });
      // "already" extends a copy that is paid for by the day, and some servers mean "accepted" by it (object-storage §2.1).
      accepted = answer !== "ongoing";
      return accepted ? "done" : "undone";
    } catch (error) {
      // Somebody brought it back to an instant class meanwhile: it is readable, which is all that was wanted.
      if (error instanceof StoreError && error.code === "not-archived") return "undone";
      throw error;
    }
  });
  return accepted;
}
