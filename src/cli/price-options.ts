import type { Command } from "commander";
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
