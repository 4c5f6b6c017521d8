import type { S3Request } from "../http/request.ts";
import { accessDenied } from "../s3-error.ts";
import type { Bucket } from "../state/bucket.ts";
import { isMarker } from "../state/object.ts";
import type { Version } from "../state/object.ts";
import { holds, isLike } from "./condition.ts";
import type { Lookup } from "./condition.ts";
import type { Denial, Patterns } from "./policy.ts";

export const ACCOUNT_ID = "000000000000";

/** Who asks: the first pair of credentials is the account's root, the others are its users, named by their access key. */
export interface Caller {
  readonly accessKeyId: string;
  readonly isRoot: boolean;
}

/** One thing somebody wants to do. A request may be several: a copy reads its source and writes its target. */
export interface Act {
  /** AWS's name with its prefix: `s3:GetObject`. */
  readonly action: string;
  readonly bucket: Bucket;
  readonly key?: string | undefined;
  readonly versionId?: string | undefined;
}

/** Root can always look at a policy and put it right, or nobody could. */
const ALWAYS_ROOTS = new Set(["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"]);

export function checkAllowed(act: Act, request: S3Request, caller: Caller): void {
  if (isDenied(act, request, caller)) {
    const text = `User: ${arnOf(caller)} is not authorized to perform: ${act.action} on resource: "${resourceOf(act)}" with an explicit deny in a resource-based policy`;
    throw accessDenied(text);
  }
}

export function isDenied(act: Act, request: S3Request, caller: Caller): boolean {
  const denials = act.bucket.facts.policy?.denials;
  if (denials === undefined || (caller.isRoot && ALWAYS_ROOTS.has(act.action))) return false;
  const lookup = (key: string) => valueOf(key, act, request, caller);
  return denials.some((denial) => applies(denial, act, caller, lookup));
}

function applies(denial: Denial, act: Act, caller: Caller, lookup: Lookup): boolean {
  if (!denial.principals.some((principal) => isPrincipal(principal, caller))) return false;
  if (!selects(denial.actions, act.action, "i") || !selects(denial.resources, resourceOf(act))) return false;
  return denial.conditions.every((condition) => holds(condition, lookup));
}

function selects({ patterns, except }: Patterns, text: string, flags = ""): boolean {
  return patterns.some((pattern) => isLike(text, pattern, flags)) !== except;
}

function isPrincipal(principal: string, caller: Caller): boolean {
  const account = `arn:aws:iam::${ACCOUNT_ID}:root`;
  return principal === "*" || principal === ACCOUNT_ID || principal === account || principal === arnOf(caller);
}

export function arnOf(caller: Caller): string {
  return `arn:aws:iam::${ACCOUNT_ID}:${caller.isRoot ? "root" : `user/${caller.accessKeyId}`}`;
}

function resourceOf({ bucket, key }: Act): string {
  return `arn:aws:s3:::${bucket.name}${key === undefined ? "" : `/${key}`}`;
}

/** Condition keys that come straight from the request's query. */
const FROM_QUERY: Readonly<Record<string, string>> = { "s3:prefix": "prefix", "s3:delimiter": "delimiter", "s3:max-keys": "max-keys" };

/** Condition keys are compared without regard to case, except for the name of a tag. */
function valueOf(key: string, act: Act, request: S3Request, caller: Caller): string | undefined {
  const lower = key.toLowerCase();
  const tag = /^s3:(existingobjecttag|requestobjecttag)\/(.+)$/i.exec(key);
  if (tag !== null) return tag[1]!.toLowerCase() === "existingobjecttag" ? existingTag(act, tag[2]!) : requestTag(request, tag[2]!);
  if (lower.startsWith("s3:x-amz-")) return request.headers.get(lower.slice("s3:".length));
  if (lower.startsWith("s3:object-lock-")) return request.headers.get(`x-amz-${lower.slice("s3:".length)}`);
  const parameter = FROM_QUERY[lower];
  if (parameter !== undefined) return request.query.get(parameter);
  switch (lower) {
    case "s3:versionid":
      return act.versionId;
    case "aws:securetransport":
      return "false";
    case "aws:principalarn":
      return arnOf(caller);
    case "aws:principalaccount":
      return ACCOUNT_ID;
    case "aws:useragent":
      return request.headers.get("user-agent");
    case "aws:referer":
      return request.headers.get("referer");
    default:
      return undefined;
  }
}

function existingTag({ bucket, key, versionId }: Act, name: string): string | undefined {
  if (key === undefined) return undefined;
  const version: Version | undefined = versionId === undefined ? bucket.objects.get(key) : bucket.version(key, versionId);
  if (version === undefined || isMarker(version)) return undefined;
  return version.tags.find(([own]) => own === name)?.[1];
}

function requestTag(request: S3Request, name: string): string | undefined {
  return new URLSearchParams(request.headers.get("x-amz-tagging") ?? "").get(name) ?? undefined;
}
