import type { Command } from "commander";
import { thawHook, type ThawNews } from "../app/thaw.ts";
import { FirnError } from "../base/error.ts";
import { THAW_DAYS_DEFAULT } from "../base/limits.ts";
import type { RetrievalTier } from "../store/object-store.ts";
import type { Door } from "./door.ts";
import { type GlobalOptions, wholeNumber } from "./global-options.ts";
import { addPriceOptions, amount, priceWish, type RawPriceOptions } from "./price-options.ts";
import { askedText, quoteJson, quoteText } from "./show/thaw-text.ts";

export interface RawThawOptions extends RawPriceOptions {
  thaw?: string | undefined;
  maxCost?: string;
  days?: string;
  wait?: boolean;
  stateDir?: string;
}

export function addThawOptions(command: Command): void {
  addPriceOptions(
    command
      .option("--thaw <tier>", "ask for what is archived: bulk, standard or expedited")
      .option("--max-cost <amount>", "spend at most so much on it (default: what is shown for the tier)")
      .option("--days <n>", "keep thawed copies so many days", String(THAW_DAYS_DEFAULT))
      .option("--wait", "stay until everything is readable, then finish")
      .option("--state-dir <folder>", "where the journal is (default: $FIRN_STATE_DIR, else the user's state folder)"),
  );
}

const TIERS: Readonly<Record<string, RetrievalTier>> = { bulk: "Bulk", standard: "Standard", expedited: "Expedited" };

/** What `restore` does when it meets the ice; `note` writes a line for people above the live one. */
export function thawHookOf(
  flags: RawThawOptions,
  globals: GlobalOptions,
  door: Door,
  note: (line: string) => void,
): ReturnType<typeof thawHook> {
  const tier = flags.thaw === undefined ? undefined : TIERS[flags.thaw.toLowerCase()];
  if (flags.thaw !== undefined && tier === undefined) {
    throw new FirnError({
      code: "usage",
      message: `--thaw: ${JSON.stringify(flags.thaw)} is unknown`,
      hint: "use one of bulk, standard, expedited",
    });
  }
  const days = wholeNumber(flags.days, "--days") ?? THAW_DAYS_DEFAULT;
  if (days < 1) throw new FirnError({ code: "usage", message: "--days: at least one day", hint: `the default is ${THAW_DAYS_DEFAULT}` });
  const json = (value: object): void => door.stdout.write(`${JSON.stringify(value)}\n`);
  let shown = -1;
  const news: ThawNews = {
    quoted: (quote, missing, priced) => (globals.json ? json(quoteJson(quote, missing, priced)) : note(quoteText(quote, missing, priced))),
    asked: (report, asked, spent, quote) =>
      globals.json
        ? json({ message_type: "thaw_requested", tier: asked.toLowerCase(), requested: report.asked, under_way: report.underWay, spent })
        : note(askedText(report, asked, spent, quote)),
    waiting: (ready, of) => {
      if (ready === shown) return;
      shown = ready;
      if (globals.json) json({ message_type: "thaw_status", ready, total: of });
      else note(`${ready} of ${of} packs are readable`);
    },
  };
  const wish = {
    ...priceWish(flags),
    tier,
    days,
    maxCost: amount(flags.maxCost, "--max-cost"),
    wait: flags.wait === true,
    stateDir: flags.stateDir,
  };
  return thawHook(globals, wish, news);
}
