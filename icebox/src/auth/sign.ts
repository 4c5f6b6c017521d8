import { canonicalRequest, EMPTY_HASH, formatAmzDate, scopeText, sha256Hex, signatureOf, signingKey, stringToSign } from "./sigv4.ts";
import type { Credentials, Scope } from "./sigv4.ts";

export interface Signable {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | undefined;
  /** Instead of the body's hash: `UNSIGNED-PAYLOAD` or one of the `STREAMING-…` forms. */
  readonly payloadHash?: string | undefined;
}

export interface Signer {
  readonly credentials: Credentials;
  readonly region: string;
  /** ms since the epoch. */
  readonly now: number;
}

export interface Signed {
  readonly headers: Record<string, string>;
  readonly signature: string;
  readonly scope: Scope;
  readonly amzDate: string;
  readonly key: Buffer;
}

/** The caller's half of Signature V4, for tests and for the contract suite that runs without any client library. */
export function signRequest(request: Signable, signer: Signer): Signed {
  const url = new URL(request.url);
  const amzDate = formatAmzDate(signer.now);
  const scope: Scope = { day: amzDate.slice(0, 8), region: signer.region, service: "s3" };
  const payloadHash = request.payloadHash ?? (request.body === undefined ? EMPTY_HASH : sha256Hex(request.body));
  const headers = new Map(Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  headers.set("host", headers.get("host") ?? url.host);
  headers.set("x-amz-date", amzDate);
  headers.set("x-amz-content-sha256", payloadHash);
  const signedHeaders = [...headers.keys()].sort();
  const canonical = canonicalRequest({
    method: request.method,
    path: rawPath(request.url),
    query: [...url.searchParams],
    headers,
    signedHeaders,
    payloadHash,
  });
  const key = signingKey(signer.credentials.secretAccessKey, scope);
  const signature = signatureOf(key, stringToSign(amzDate, scope, canonical));
  const credential = `${signer.credentials.accessKeyId}/${scopeText(scope)}`;
  headers.set("authorization", `AWS4-HMAC-SHA256 Credential=${credential},SignedHeaders=${signedHeaders.join(";")},Signature=${signature}`);
  return { headers: Object.fromEntries(headers), signature, scope, amzDate, key };
}

export function presign(method: string, url: string, expiresSeconds: number, signer: Signer): string {
  const target = new URL(url);
  const amzDate = formatAmzDate(signer.now);
  const scope: Scope = { day: amzDate.slice(0, 8), region: signer.region, service: "s3" };
  target.searchParams.set("X-Amz-Algorithm", "AWS4-HMAC-SHA256");
  target.searchParams.set("X-Amz-Credential", `${signer.credentials.accessKeyId}/${scopeText(scope)}`);
  target.searchParams.set("X-Amz-Date", amzDate);
  target.searchParams.set("X-Amz-Expires", String(expiresSeconds));
  target.searchParams.set("X-Amz-SignedHeaders", "host");
  const canonical = canonicalRequest({
    method,
    path: rawPath(url),
    query: [...target.searchParams],
    headers: new Map([["host", target.host]]),
    signedHeaders: ["host"],
    payloadHash: "UNSIGNED-PAYLOAD",
  });
  const signature = signatureOf(signingKey(signer.credentials.secretAccessKey, scope), stringToSign(amzDate, scope, canonical));
  target.searchParams.set("X-Amz-Signature", signature);
  return target.href;
}

/** URL would fold `.` and `..` segments, which are legal in keys; the path is signed as it is sent. */
function rawPath(url: string): string {
  const path = /^[a-z]+:\/\/[^/?#]*([^?#]*)/i.exec(url)?.[1] ?? "";
  return path === "" ? "/" : path;
}
