import { type TierStatus, tierStatus } from "../../plan/tier/status.ts";
import type { Access } from "../access.ts";
import type { Caller } from "../open-repository.ts";
import type { PriceWish } from "./prices.ts";
import { withTiers } from "./with-tiers.ts";

export function showTierStatus(access: Access, caller: Caller, wish: PriceWish): Promise<TierStatus> {
  return withTiers(access, caller, wish, async ({ reader, signal }) => tierStatus(await reader.read(signal)));
}
