import { requestThaw, type ThawReport } from "../act/thaw.ts";
import { Spending } from "../act/tier/spending.ts";
import { FirnError } from "../base/error.ts";
import { THAW_POLL_MS } from "../base/limits.ts";
import type { PackId } from "../base/id.ts";
import { openJournal, paidFor } from "../catalog/journal.ts";
import { stateFolder } from "../catalog/state-folder.ts";
import type { MissingArchived, MissingPack } from "../flow/restore/missing.ts";
import { type ColdPack, quoteThaw, type ThawQuote } from "../plan/thaw.ts";
import type { PackState, Repository } from "../repo/repository.ts";
import type { RetrievalTier } from "../store/object-store.ts";
import type { Access } from "./access.ts";
import { loadConfig } from "./config/load.ts";
import type { MissingContext } from "./restore.ts";
import { type Priced, type PriceWish, pricesFor } from "./tier/prices.ts";

export interface ThawWish extends PriceWish {
  /** undefined: say what it would cost and ask for nothing. */
  readonly tier: RetrievalTier | undefined;
  readonly days: number;
  /** undefined: what the quote says for this tier. */
  readonly maxCost: number | undefined;
  /** Stay until everything is readable, then go on. */
  readonly wait: boolean;
  readonly stateDir: string | undefined;
}

/** What is told while a restore meets the ice. */
export interface ThawNews {
  readonly quoted: (quote: ThawQuote, missing: MissingArchived, priced: Priced) => void;
  readonly asked: (report: ThawReport, tier: RetrievalTier, spent: number, quote: ThawQuote) => void;
  readonly waiting: (ready: number, of: number) => void;
}

/** The hook `restore` calls when packs are archived: prices, asks when told to, waits when told to. Nothing is asked for twice. */
export function thawHook(
  access: Access,
  wish: ThawWish,
  news: ThawNews,
): (missing: MissingArchived, context: MissingContext) => Promise<"retry" | "stop"> {
  const waitedFor = new Set<PackId>();
  return async (missing, { repo, signal, snapshot }) => {
    // Thawed once in this run and in the ice again: waiting longer would go round in circles.
    if (missing.packs.every((pack) => waitedFor.has(pack.id))) return "stop";
    const config = await loadConfig(access.configFile, repo.world);
    const priced = pricesFor(repo.store.location, wish, config, repo.world, access.backendOptions);
    const packs = missing.packs.map(coldPack);
    const quote = quoteThaw(packs, priced.profile, wish.days);
    news.quoted(quote, missing, priced);
    if (wish.tier !== undefined && quote.underWay < quote.packs) {
      const spending = spendingFor(wish.tier, quote, wish, repo, snapshot.id, await repo.packStates({ signal }));
      const before = spending.account.spent;
      const { journal, job } = spending;
      const report = await requestThaw(repo, {
        packs,
        tier: wish.tier,
        days: wish.days,
        profile: priced.profile,
        spending: spending.account,
        journal,
        job,
        signal,
      });
      news.asked(report, wish.tier, spending.account.spent - before, quote);
      if (report.failed.length > 0) throw report.failed[0]!.error;
      if (report.stopped !== undefined) throw report.stopped;
    } else if (quote.underWay < quote.packs) return "stop";
    if (!wish.wait) return "stop";
    await untilReadable(repo, packs, signal, news);
    for (const { pack } of packs) waitedFor.add(pack);
    return "retry";
  };
}

/** A temporary copy that is about to end must be asked for once more; that is cheap, and it counts as archived here. */
function coldPack(pack: MissingPack): ColdPack {
  return { pack: pack.id, size: pack.size, storageClass: pack.storageClass, state: pack.state === "thawing" ? "thawing" : "archived" };
}

/** The ceiling is the job's, however many runs and rounds it takes: thaws of it that are in effect have been paid out of it. */
function spendingFor(
  tier: RetrievalTier,
  quote: ThawQuote,
  wish: ThawWish,
  repo: Repository,
  snapshot: string,
  states: ReadonlyMap<PackId, PackState>,
) {
  const offer = quote.offers.find((one) => one.tier === tier);
  if (offer === undefined || offer.notOffered > 0) {
    const offered = quote.offers.filter((one) => one.notOffered === 0).map((one) => one.tier.toLowerCase());
    throw new FirnError({
      code: "usage",
      message: `--thaw ${tier.toLowerCase()}: not offered for the class of ${offer?.notOffered ?? quote.packs} of ${quote.packs} packs`,
      hint: offered.length === 0 ? "this class cannot be thawed" : `use --thaw ${offered.join(" or ")}`,
    });
  }
  const journal = openJournal(stateFolder(repo.world, repo.config.id, wish.stateDir));
  const job = `restore ${snapshot.slice(0, 8)}`;
  const now = (): string => new Date(repo.world.clock.now()).toISOString();
  const inEffect = (pack: PackId): boolean => ["thawing", "thawed"].includes(states.get(pack)?.state ?? "");
  const spent = paidFor(journal.records(), job, inEffect);
  const account = new Spending({ limit: wish.maxCost ?? spent + offer.total, spent, currency: quote.currency, journal, job, now });
  return { account, journal, job };
}

/** Looks by LIST, on the world's clock, until every pack is readable. Throws when one is neither readable nor on its way. */
async function untilReadable(repo: Repository, packs: readonly ColdPack[], signal: AbortSignal, news: ThawNews): Promise<void> {
  for (;;) {
    const states = await repo.packStates({ refresh: true, signal });
    await repo.confirmStates(
      packs.map(({ pack }) => pack),
      signal,
    );
    const now = packs.map(({ pack }) => states.get(pack)?.state ?? "gone");
    const ready = now.filter((state) => state === "hot" || state === "thawed").length;
    news.waiting(ready, packs.length);
    if (ready === packs.length) return;
    if (!now.includes("thawing")) {
      throw new FirnError({
        code: "thaw-lost",
        message: `${packs.length - ready} packs are neither readable nor being thawed`,
        hint: "run the same command again to ask for them once more",
      });
    }
    await repo.world.clock.sleep(THAW_POLL_MS, signal);
  }
}
