import type { ThawReport } from "../../act/thaw.ts";
import { textLossy } from "../../base/bytes.ts";
import { formatMoney } from "../../base/money.ts";
import { countOf, formatBytes } from "../../base/size.ts";
import type { MissingArchived } from "../../flow/restore/missing.ts";
import type { ThawOffer, ThawQuote } from "../../plan/thaw.ts";
import { formatWait } from "../../plan/tier/rule.ts";
import type { RetrievalTier } from "../../store/object-store.ts";
import { showPath } from "../../watch/screen.ts";
import type { Priced } from "../../app/tier/prices.ts";
import { pricesLine } from "./tier-text.ts";

const FILES_SHOWN = 20;

/** What is missing, how long it takes and what it costs, by each retrieval tier. */
export function quoteText(quote: ThawQuote, missing: MissingArchived, priced: Priced): string {
  const files = missing.files.slice(0, FILES_SHOWN).map((file) => `  ${showPath(file.path)}  ${formatBytes(file.size)}`);
  if (missing.files.length > files.length) files.push(`  and ${missing.files.length - files.length} more`);
  const lines = [
    `in the ice: ${countOf(missing.files.length, "file")}, ${formatBytes(missing.bytes)}, in ${countOf(quote.packs, "pack")} of ${formatBytes(quote.bytes)}`,
    ...files,
  ];
  if (quote.underWay > 0) lines.push(`being thawed already: ${countOf(quote.underWay, "pack")}`);
  if (quote.underWay < quote.packs) {
    lines.push(
      `to thaw ${countOf(quote.packs - quote.underWay, "pack")} for ${countOf(quote.days, "day")}:`,
      ...quote.offers.map((offer) => `  ${offerText(offer, quote)}`),
    );
    if (quote.egressPerGib !== undefined)
      lines.push(
        `downloading may cost ${formatMoney(quote.egressPerGib, quote.currency)} per GiB on top, beyond the account's free allowance`,
      );
    lines.push(pricesLine(priced.prices));
  }
  return lines.join("\n");
}

function offerText(offer: ThawOffer, quote: ThawQuote): string {
  const money = (amount: number): string => formatMoney(amount, quote.currency);
  const parts = `requests ${money(offer.requests)}, retrieval ${money(offer.retrieval)}, temporary copy ${money(offer.temporary)}`;
  const lacking = offer.notOffered > 0 ? `, not offered for ${countOf(offer.notOffered, "pack")}` : "";
  return `--thaw ${offer.tier.toLowerCase().padEnd(9)}  within ${formatWait(offer.waitMs).padStart(5)}  ${money(offer.total)} (${parts}${lacking})`;
}

export function askedText(report: ThawReport, tier: RetrievalTier, spent: number, quote: ThawQuote): string {
  const wait = quote.offers.find((offer) => offer.tier === tier)?.waitMs ?? 0;
  const before = report.underWay > 0 ? `, ${report.underWay} were on their way already` : "";
  return `asked for ${countOf(report.asked, "pack")}${before}: readable within ${formatWait(wait)}, ${formatMoney(spent, quote.currency)}`;
}

export function quoteJson(quote: ThawQuote, missing: MissingArchived, priced: Priced): object {
  return {
    message_type: "thaw_quote",
    files: missing.files.map((file) => ({ path: textLossy(file.path), size: Number(file.size) })),
    bytes: Number(missing.bytes),
    packs: quote.packs,
    pack_bytes: quote.bytes,
    under_way: quote.underWay,
    days: quote.days,
    offers: quote.offers.map((offer) => ({
      tier: offer.tier.toLowerCase(),
      wait_ms: offer.waitMs,
      requests: offer.requests,
      retrieval: offer.retrieval,
      temporary: offer.temporary,
      total: offer.total,
      not_offered: offer.notOffered,
    })),
    egress_per_gib: quote.egressPerGib,
    currency: quote.currency,
    prices: priced.prices,
  };
}
