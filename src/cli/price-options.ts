import type { Command } from "commander";
import type { CostWish } from "../app/cost-watch.ts";
import type { PriceWish } from "../app/tier/prices.ts";
import { FirnError } from "../base/error.ts";

export interface RawPriceOptions {
  provider?: string;
  region?: string;
}

/** Whose prices to count with, where the endpoint does not say. */
export function addPriceOptions(command: Command): Command {
  return command
    .option("--provider <name>", "prices of this provider, such as aws (default: what the endpoint shows, else aws)")
    .option("--region <name>", "prices of this region (default: what the endpoint shows, else us-east-1)");
}

export function priceWish(options: RawPriceOptions): PriceWish {
  return { provider: options.provider, region: options.region };
}

export interface RawCostOptions extends RawPriceOptions {
  maxCost?: string;
}

/** For commands that cost little enough to make no plan of it: a bound where somebody wants one. */
export function addCostOptions(command: Command): Command {
  return addPriceOptions(
    command.option("--max-cost <amount>", "stop before requests, retrieval, egress and early deletion cost more (default: no bound)"),
  );
}

export function costWish(options: RawCostOptions): CostWish {
  return { ...priceWish(options), maxCost: amount(options.maxCost, "--max-cost") };
}

/** `--max-cost`: an amount in the currency of the prices. */
export function amount(text: string | undefined, flag: string): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+(\.\d+)?$/.test(text))
    throw new FirnError({
      code: "usage",
      message: `${flag}: ${JSON.stringify(text)} is not an amount`,
      hint: "write a number such as 0.5",
    });
  return Number(text);
}
