import { timingSafeEqual } from "node:crypto";
import type { S3Request } from "../http/request.ts";
import { accessDenied, invalidRequest, S3Error } from "../s3-error.ts";
import { canonicalRequest, parseAmzDate, scopeText, signatureOf, signingKey, stringToSign } from "./sigv4.ts";
import type { Credentials, Scope } from "./sigv4.ts";

/** What is needed to check the chunks of a signed request's body. */
export interface Signed {
  readonly payloadHash: string;
  readonly scope: Scope;
  readonly amzDate: string;
  readonly key: Buffer;
  readonly signature: string;
}

/** A request whose signature held. */
export interface Verified extends Signed {
  readonly accessKeyId: string;
}

export interface Gate {
  readonly credentials: readonly Credentials[];
  readonly region: string;
  /** Wall time: a signature's age is about the caller's clock, not about the clock of the stored world. */
  readonly wallNow: number;
}

const MAX_SKEW_MS = 15 * 60 * 1000;
const MAX_PRESIGNED_SECONDS = 7 * 24 * 3600;

interface Claim {
  readonly credential: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly amzDate: string;
  readonly payloadHash: string;
  readonly presigned: boolean;
}

export function verifyRequest(request: S3Request, gate: Gate): Verified {
  const claim = request.query.has("X-Amz-Algorithm") ? presignedClaim(request) : headerClaim(request);
  const { accessKeyId, scope } = readCredential(claim, gate.region);
  const credentials = gate.credentials.find((candidate) => candidate.accessKeyId === accessKeyId);
  if (credentials === undefined) {
    const text = "The AWS Access Key Id you provided does not exist in our records.";
    throw new S3Error(403, "InvalidAccessKeyId", text, { AWSAccessKeyId: accessKeyId });
  }
  checkTime(request, claim, scope, gate.wallNow);
  checkSignedHeaders(request, claim);
  return checkSignature(request, claim, scope, credentials);
}

function headerClaim(request: S3Request): Claim {
  const header = request.headers.get("authorization");
  if (header === undefined) throw accessDenied();
  if (!header.startsWith("AWS4-HMAC-SHA256 ")) {
    throw invalidRequest("The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.");
  }
  const fields = new Map(
    header
      .slice("AWS4-HMAC-SHA256 ".length)
      .split(",")
      .map((field) => field.trim().split("=", 2) as [string, string]),
  );
  const [credential, signedHeaders, signature] = ["Credential", "SignedHeaders", "Signature"].map((name) => fields.get(name));
  if (credential === undefined || signedHeaders === undefined || signature === undefined)
    throw malformed("The authorization header is malformed.");
  const payloadHash = request.headers.get("x-amz-content-sha256");
  if (payloadHash === undefined) throw invalidRequest("Missing required header for this request: x-amz-content-sha256");
  return { credential, signedHeaders: signedHeaders.split(";"), signature, amzDate: headerDate(request), payloadHash, presigned: false };
}

function headerDate(request: S3Request): string {
  const amzDate = request.headers.get("x-amz-date");
  if (amzDate !== undefined) return amzDate;
  const date = Date.parse(request.headers.get("date") ?? "");
  if (Number.isNaN(date)) throw accessDenied("AWS authentication requires a valid Date or x-amz-date header");
  return new Date(date).toISOString().replace(/[-:]|\.\d{3}/g, "");
}

function presignedClaim(request: S3Request): Claim {
  const get = (name: string): string => {
    const value = request.query.get(name);
    if (value === undefined) {
      const text =
        "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.";
      throw new S3Error(400, "AuthorizationQueryParametersError", text);
    }
    return value;
  };
  return {
    credential: get("X-Amz-Credential"),
    signedHeaders: get("X-Amz-SignedHeaders").split(";"),
    signature: get("X-Amz-Signature"),
    amzDate: get("X-Amz-Date"),
    payloadHash: request.headers.get("x-amz-content-sha256") ?? "UNSIGNED-PAYLOAD",
    presigned: true,
  };
}

function readCredential(claim: Claim, region: string): { accessKeyId: string; scope: Scope } {
  const parts = claim.credential.split("/");
  const [day, scopeRegion, service, end] = parts.slice(-4);
  const accessKeyId = parts.slice(0, -4).join("/");
  if (day === undefined || scopeRegion === undefined || service !== "s3" || end !== "aws4_request" || accessKeyId === "") {
    throw malformed("The authorization header is malformed; the Credential is mal-formed.");
  }
  if (scopeRegion !== region) {
    throw malformed(`The authorization header is malformed; the region '${scopeRegion}' is wrong; expecting '${region}'`, {
      Region: region,
    });
  }
  return { accessKeyId, scope: { day, region: scopeRegion, service } };
}

function malformed(message: string, details: Record<string, string> = {}): S3Error {
  return new S3Error(400, "AuthorizationHeaderMalformed", message, details);
}

function checkTime(request: S3Request, claim: Claim, scope: Scope, wallNow: number): void {
  const at = parseAmzDate(claim.amzDate);
  if (at === undefined) throw accessDenied("AWS authentication requires a valid Date or x-amz-date header");
  if (!claim.amzDate.startsWith(scope.day)) throw malformed("Invalid credential date; it does not match the date of the request");
  if (claim.presigned) return checkExpiry(request, at, wallNow);
  if (Math.abs(wallNow - at) > MAX_SKEW_MS) {
    throw new S3Error(403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.", {
      RequestTime: claim.amzDate,
      ServerTime: new Date(wallNow).toISOString(),
      MaxAllowedSkewMilliseconds: String(MAX_SKEW_MS),
    });
  }
}

function checkExpiry(request: S3Request, at: number, wallNow: number): void {
  const seconds = Number(request.query.get("X-Amz-Expires"));
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > MAX_PRESIGNED_SECONDS) {
    throw new S3Error(400, "AuthorizationQueryParametersError", "X-Amz-Expires must be a number between 1 and 604800 seconds");
  }
  if (at - wallNow > MAX_SKEW_MS) throw accessDenied("Request is not valid yet");
  if (wallNow > at + seconds * 1000) throw accessDenied("Request has expired");
}

/** An unsigned x-amz-* header could change what a request means; S3 refuses it. */
function checkSignedHeaders(request: S3Request, claim: Claim): void {
  const signed = new Set(claim.signedHeaders);
  const missing = [...request.headers.keys()].filter((name) => name.startsWith("x-amz-") && !signed.has(name));
  const required = claim.presigned ? missing.filter((name) => name !== "x-amz-content-sha256") : missing;
  if (!signed.has("host")) required.push("host");
  if (required.length === 0) return;
  throw new S3Error(403, "AccessDenied", "There were headers present in the request which were not signed", {
    HeadersNotSigned: required.join(", "),
  });
}

function checkSignature(request: S3Request, claim: Claim, scope: Scope, credentials: Credentials): Verified {
  const canonical = canonicalRequest({
    method: request.method,
    path: request.path,
    query: claim.presigned ? request.queryPairs.filter(([name]) => name !== "X-Amz-Signature") : request.queryPairs,
    headers: request.headers,
    signedHeaders: claim.signedHeaders,
    payloadHash: claim.payloadHash,
  });
  const text = stringToSign(claim.amzDate, scope, canonical);
  const key = signingKey(credentials.secretAccessKey, scope);
  if (!sameText(signatureOf(key, text), claim.signature)) {
    const message = "The request signature we calculated does not match the signature you provided. Check your key and signing method.";
    throw new S3Error(403, "SignatureDoesNotMatch", message, {
      AWSAccessKeyId: credentials.accessKeyId,
      StringToSign: text,
      SignatureProvided: claim.signature,
      CanonicalRequest: canonical,
      Scope: scopeText(scope),
    });
  }
  return {
    payloadHash: claim.payloadHash,
    scope,
    amzDate: claim.amzDate,
    key,
    signature: claim.signature,
    accessKeyId: credentials.accessKeyId,
  };
}

export function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
