import { createHmac, hash } from "node:crypto";

export interface SigningKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** A request as its signature sees it. */
export interface Unsigned {
  readonly method: string;
  /** Percent-encoded, from the root on. */
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  /** Lower-case names; host must be among them. All of them are signed. */
  readonly headers: Readonly<Record<string, string>>;
  /** SHA-256 of the body, hex. The server compares. */
  readonly payloadSha256: string;
}

/** The headers of a request with AWS's Signature Version 4 for S3 added to them. */
export function signed(request: Unsigned, keys: SigningKeys, region: string, at: Date): Record<string, string> {
  const stamp = at.toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
  const day = stamp.slice(0, 8);
  const headers: Record<string, string> = {
    ...request.headers,
    "x-amz-content-sha256": request.payloadSha256,
    "x-amz-date": stamp,
    ...(keys.sessionToken === undefined ? {} : { "x-amz-security-token": keys.sessionToken }),
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    request.method,
    request.path,
    queryString(request.query),
    ...names.map((name) => `${name}:${headers[name]!.trim().replaceAll(/ +/g, " ")}`),
    "",
    names.join(";"),
    request.payloadSha256,
  ].join("\n");
  const scope = `${day}/${region}/s3/aws4_request`;
  const text = ["AWS4-HMAC-SHA256", stamp, scope, hash("sha256", canonical)].join("\n");
  const signature = hmac(signingKey(keys.secretAccessKey, day, region), text).toString("hex");
  const credential = `Credential=${keys.accessKeyId}/${scope}`;
  return { ...headers, authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names.join(";")}, Signature=${signature}` };
}

/** Sorted by encoded name, as the signature wants it and as it is sent. */
export function queryString(query: Unsigned["query"]): string {
  return query
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .sort()
    .join("&");
}

/** Percent-encodes all but RFC 3986's unreserved characters. */
export function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function signingKey(secret: string, day: string, region: string): Buffer {
  return ["s3", "aws4_request"].reduce(hmac, hmac(hmac(Buffer.from(`AWS4${secret}`), day), region));
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
