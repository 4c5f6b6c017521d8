import { FirnError } from "../../base/error.ts";
import type { ProviderProfile } from "./provider-profile.ts";
import { providerNames, readProfile, regionNames } from "./read-profile.ts";

export interface ProfileQuestion {
  /** A store's `location`, or a host. */
  readonly endpoint?: string | undefined;
  /** What the user said; outranks what the endpoint shows. */
  readonly provider?: string | undefined;
  readonly region?: string | undefined;
}

export interface ProfileAnswer {
  readonly profile: ProviderProfile;
  /** True when the prices are a stand-in; `why` then belongs in every output that shows money. */
  readonly assumed: boolean;
  readonly why: string;
}

const ASSUMED_PROVIDER = "aws-s3";
const ASSUMED_REGION = "us-east-1";

/** Names people use, for the names in prices.json. */
const ALIASES: Readonly<Record<string, string>> = { aws: "aws-s3", s3: "aws-s3", b2: "backblaze-b2", r2: "cloudflare-r2", ovhcloud: "ovh" };

/** Hosts by provider, with the region where it is part of the name. */
const HOSTS: readonly (readonly [provider: string, host: RegExp])[] = [
  ["aws-s3", /(?:^|\.)s3(?:[.-](?:dualstack\.|fips\.)?(?<region>[a-z]{2}-[a-z-]+-\d))?\.amazonaws\.com(?:\.cn)?$/],
  ["gcs", /(?:^|\.)storage\.googleapis\.com$/],
  ["scaleway", /(?:^|\.)s3\.(?<region>[a-z]{2}-[a-z]{3})\.scw\.cloud$/],
  ["ovh", /(?:^|\.)s3\.(?<region>[a-z0-9-]+)\.(?:io|perf)\.cloud\.ovh\.(?:net|us)$/],
  ["backblaze-b2", /(?:^|\.)s3\.[a-z0-9-]+\.backblazeb2\.com$/],
  ["wasabi", /(?:^|\.)s3\.(?:[a-z0-9-]+\.)?wasabisys\.com$/],
  ["cloudflare-r2", /\.r2\.cloudflarestorage\.com$/],
  ["tigris", /(?:^|\.)(?:fly\.storage|t3\.storage)\.(?:tigris\.dev|dev)$/],
];

/** Finds the prices for an endpoint. What is not recognised, or not fully priced, is priced as AWS us-east-1, and says so. */
export function profileFor(question: ProfileQuestion): ProfileAnswer {
  const seen = recognise(question.endpoint);
  const provider = providerOf(question.provider) ?? seen?.provider;
  if (provider === undefined) {
    const named = question.region === undefined ? undefined : readProfile(ASSUMED_PROVIDER, question.region);
    const profile = named ?? assumedProfile();
    const nowhere = question.region !== undefined && named === undefined ? `, and ${question.region} no region of ${ASSUMED_PROVIDER}` : "";
    return assume(profile, `${hostOf(question.endpoint) ?? "this store"} is no provider whose prices are known${nowhere}`);
  }
  const regions = regionNames(provider);
  const region =
    question.region ?? (seen?.provider === provider ? seen.region : undefined) ?? (regions.length === 1 ? regions[0] : undefined);
  const wanted = region ?? defaultRegion(provider, regions);
  const profile =
    wanted === undefined
      ? undefined
      : (readProfile(provider, wanted) ?? (regions.includes("all") ? readProfile(provider, "all") : undefined));
  if (profile === undefined)
    return assume(assumedProfile(), `the prices of ${provider}${wanted === undefined ? "" : ` in ${wanted}`} are not fully known`);
  const why = `${provider} ${profile.region}`;
  return region === undefined
    ? { profile, assumed: true, why: `the region is not known: priced as ${why}` }
    : { profile, assumed: false, why };
}

function assume(profile: ProviderProfile, reason: string): ProfileAnswer {
  return { profile, assumed: true, why: `${reason}: priced as ${profile.name} ${profile.region}` };
}

function assumedProfile(): ProviderProfile {
  const profile = readProfile(ASSUMED_PROVIDER, ASSUMED_REGION);
  if (profile === undefined) throw new FirnError({ code: "prices", message: "prices.json has no prices for us-east-1" });
  return profile;
}

function providerOf(name: string | undefined): string | undefined {
  if (name === undefined || name === "") return undefined;
  const wanted = ALIASES[name.toLowerCase()] ?? name.toLowerCase();
  if (providerNames().includes(wanted)) return wanted;
  throw new FirnError({
    code: "usage",
    message: `--provider: ${JSON.stringify(name)} is unknown`,
    hint: `use one of ${providerNames().join(", ")}`,
  });
}

function defaultRegion(provider: string, regions: readonly string[]): string | undefined {
  return provider === ASSUMED_PROVIDER ? ASSUMED_REGION : regions[0];
}

function recognise(endpoint: string | undefined): { readonly provider: string; readonly region: string | undefined } | undefined {
  const host = hostOf(endpoint);
  if (host === undefined) return undefined;
  for (const [provider, pattern] of HOSTS) {
    const match = pattern.exec(host);
    if (match !== null) return { provider, region: match.groups?.["region"] };
  }
  return undefined;
}

/** The host in `s3:https://host:port/bucket`, `https://host` or `host`. A path is no host. */
function hostOf(endpoint: string | undefined): string | undefined {
  const match = /^(?:s3:)?(?:https?:)?(?:\/\/)?([a-z0-9.-]+)(?::\d+)?(?:\/|$)/i.exec(endpoint ?? "");
  return match?.[1]?.toLowerCase();
}
