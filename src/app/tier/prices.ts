import type { PlanPrices } from "../../plan/tier/tier-plan.ts";
import { profileFor } from "../../store/profile/profile-for.ts";
import type { ProviderProfile } from "../../store/profile/provider-profile.ts";
import type { World } from "../../base/world.ts";
import type { Config } from "../config/config.ts";

/** What flags say about whose prices hold; they outrank firn.yaml. */
export interface PriceWish {
  readonly provider: string | undefined;
  readonly region: string | undefined;
  /** Prices from elsewhere, in place of any list; the demo bills a larger server than it has. */
  readonly profile?: ProviderProfile | undefined;
}

export interface Priced {
  readonly profile: ProviderProfile;
  readonly prices: PlanPrices;
}

/** Chooses the price list: flags, then firn.yaml, then what the endpoint shows; otherwise AWS us-east-1, and it says so. */
export function pricesFor(
  location: string,
  wish: PriceWish,
  config: Config,
  world: World,
  backendOptions: Readonly<Record<string, string>>,
): Priced {
  const named = wish.region ?? config.region;
  const region = named ?? backendOptions["s3.region"] ?? config.storageOptions["s3.region"] ?? regionOfAws(location, world);
  const { profile, assumed, why } =
    wish.profile === undefined
      ? profileFor({ endpoint: location, provider: wish.provider ?? config.provider, region })
      : { profile: wish.profile, assumed: false, why: "given" };
  return {
    profile,
    prices: { provider: profile.name, region: profile.region, currency: profile.currency, date: profile.priceDate, assumed, why },
  };
}

/** s3.amazonaws.com is everywhere; where the bucket is, the usual variables say. For other endpoints they say nothing about prices. */
function regionOfAws(location: string, world: World): string | undefined {
  if (!location.includes("amazonaws.com")) return undefined;
  return world.env["AWS_REGION"] || world.env["AWS_DEFAULT_REGION"] || undefined;
}
