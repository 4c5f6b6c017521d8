import { createHash, createHmac } from "node:crypto";
import { percentDecode, uriEncode } from "../http/percent.ts";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What a signature says about itself: day, region and service, in the order they are hashed. */
export interface Scope {
  readonly day: string;
  readonly region: string;
  readonly service: string;
}

export interface CanonicalParts {
  readonly method: string;
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  readonly headers: ReadonlyMap<string, string>;
  readonly signedHeaders: readonly string[];
  readonly payloadHash: string;
}

export const EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

export function sha256Hex(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

export function scopeText(scope: Scope): string {
  return `${scope.day}/${scope.region}/${scope.service}/aws4_request`;
}

/** Signature V4 for S3: the path is encoded once, never normalised; the query is sorted by encoded name, then value. */
export function canonicalRequest(parts: CanonicalParts): string {
  const query = parts.query
    .map(([name, value]) => [uriEncode(name), uriEncode(value)] as const)
    .sort(([a, x], [b, y]) => (a === b ? order(x, y) : order(a, b)))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
  const headers = parts.signedHeaders.map((name) => `${name}:${tidy(parts.headers.get(name) ?? "")}\n`).join("");
  const path = uriEncode(percentDecode(parts.path), true);
  return [parts.method, path, query, headers, parts.signedHeaders.join(";"), parts.payloadHash].join("\n");
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function tidy(value: string): string {
  return value.trim().replace(/ +/g, " ");
}

export function stringToSign(amzDate: string, scope: Scope, canonical: string): string {
  return ["AWS4-HMAC-SHA256", amzDate, scopeText(scope), sha256Hex(canonical)].join("\n");
}

export function hmac(key: string | Uint8Array, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

const keys = new Map<string, Buffer>();
const MAX_KEYS = 64;

export function signingKey(secret: string, scope: Scope): Buffer {
  const name = `${secret}\n${scopeText(scope)}`;
  const known = keys.get(name);
  if (known !== undefined) return known;
  const key = hmac(hmac(hmac(hmac(`AWS4${secret}`, scope.day), scope.region), scope.service), "aws4_request");
  if (keys.size >= MAX_KEYS) keys.clear();
  keys.set(name, key);
  return key;
}

export function signatureOf(key: Uint8Array, text: string): string {
  return hmac(key, text).toString("hex");
}

/** `20130524T000000Z` → ms since the epoch; undefined when it is no such date. */
export function parseAmzDate(text: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [number, number, number, number, number, number];
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

export function formatAmzDate(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, "");
}
