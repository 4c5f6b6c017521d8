import type { World } from "../base/world.ts";
import type { Access } from "./access.ts";
import type { Config } from "./config/config.ts";
import { chargeUpTo } from "./max-cost.ts";
import type { ChargeAt } from "./open-repository.ts";
import { type Priced, type PriceWish, pricesFor } from "./tier/prices.ts";

/** What flags say about what a command may cost. */
export interface CostWish extends PriceWish {
  /** One-off charges it may cause; undefined sets no bound. */
  readonly maxCost: number | undefined;
}

export interface CostWatch {
  readonly ceiling: number | undefined;
  readonly priced: (location: string) => Priced;
  /** Undefined when nothing bounds the charges. */
  readonly chargeAt: ChargeAt | undefined;
}

/** The prices that hold for a repository, and the bound kept on every attempt at a call where one is given. */
export function costWatch(access: Access, world: World, config: Config, wish: CostWish | undefined): CostWatch {
  const ceiling = wish?.maxCost;
  const priced = (location: string): Priced =>
    pricesFor(location, wish ?? { provider: undefined, region: undefined }, config, world, access.backendOptions);
  const chargeAt: ChargeAt | undefined =
    ceiling === undefined ? undefined : (location) => chargeUpTo({ limit: ceiling, profile: priced(location).profile });
  return { ceiling, priced, chargeAt };
}
