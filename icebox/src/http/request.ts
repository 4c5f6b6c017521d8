import type { IncomingMessage } from "node:http";
import { percentDecodeText } from "./percent.ts";

export interface S3Request {
  readonly method: string;
  /** As sent, still percent-encoded: the signature is computed over it. */
  readonly path: string;
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  /** Decoded; the first value when a name is repeated. */
  readonly query: ReadonlyMap<string, string>;
  readonly queryPairs: readonly (readonly [string, string])[];
  /** Lower-case names; repeated headers joined by a comma. */
  readonly headers: ReadonlyMap<string, string>;
}

export function readRequest(message: IncomingMessage, domains: readonly string[]): S3Request {
  const target = message.url ?? "/";
  const split = target.indexOf("?");
  const path = split < 0 ? target : target.slice(0, split);
  const queryPairs = split < 0 ? [] : readQuery(target.slice(split + 1));
  const query = new Map<string, string>();
  for (const [name, value] of queryPairs) if (!query.has(name)) query.set(name, value);
  const headers = readHeaders(message.rawHeaders);
  return { method: message.method ?? "GET", path, ...locate(path, headers.get("host") ?? "", domains), query, queryPairs, headers };
}

function readQuery(text: string): [string, string][] {
  return text
    .split("&")
    .filter((part) => part !== "")
    .map((part) => {
      const at = part.indexOf("=");
      const decode = (raw: string) => percentDecodeText(raw.replaceAll("+", "%20"));
      return at < 0 ? [decode(part), ""] : [decode(part.slice(0, at)), decode(part.slice(at + 1))];
    });
}

function readHeaders(raw: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at]!.toLowerCase();
    // HTTP header bytes arrive as latin1; S3 user metadata and copy sources are UTF-8 inside them.
    const value = raw[at + 1]!;
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before},${value}`);
  }
  return headers;
}

function locate(path: string, hostHeader: string, domains: readonly string[]): { bucket: string | undefined; key: string | undefined } {
  const virtual = virtualBucket(hostHeader.replace(/:\d+$/, "").toLowerCase(), domains);
  const rest = path.startsWith("/") ? path.slice(1) : path;
  if (virtual !== undefined) return { bucket: virtual, key: rest === "" ? undefined : percentDecodeText(rest) };
  const slash = rest.indexOf("/");
  const bucket = percentDecodeText(slash < 0 ? rest : rest.slice(0, slash));
  const key = slash < 0 ? "" : percentDecodeText(rest.slice(slash + 1));
  return { bucket: bucket === "" ? undefined : bucket, key: key === "" ? undefined : key };
}

/** `bucket.localhost` is a bucket of the endpoint `localhost`; the longest domain wins. */
function virtualBucket(host: string, domains: readonly string[]): string | undefined {
  if (domains.includes(host)) return undefined;
  const domain = [...domains].sort((a, b) => b.length - a.length).find((candidate) => host.endsWith(`.${candidate}`));
  return domain === undefined ? undefined : host.slice(0, -domain.length - 1);
}
