import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { decodeChunked } from "../auth/chunked.ts";
import { sha256Hex } from "../auth/sigv4.ts";
import type { Verified } from "../auth/verify.ts";
import { invalidRequest, S3Error } from "../s3-error.ts";
import { CHECKSUM_ALGORITHMS, checksumOf } from "./checksum.ts";
import type { S3Request } from "./request.ts";
import type { StoredChecksum } from "../state/object.ts";

export interface Body {
  readonly bytes: Buffer;
  /** The checksum the client sent and that held, if it sent one. */
  readonly checksum: StoredChecksum | undefined;
}

const MAX_BODY_BYTES = 5 * 2 ** 30;

/** The whole body in memory: requests are executed at once, so that the account never sees half of one. */
export async function receive(message: IncomingMessage): Promise<Buffer> {
  const declared = Number(message.headers["content-length"] ?? 0);
  if (declared > MAX_BODY_BYTES) throw new S3Error(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size");
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

/** Undoes the transfer encoding and checks every digest the client sent. */
export function openBody(raw: Buffer, request: S3Request, verified: Verified): Body {
  const { body, trailers } = unwrap(raw, request, verified);
  checkMd5(body, request.headers.get("content-md5"));
  return { bytes: body, checksum: checkChecksum(body, request, trailers) };
}

function unwrap(raw: Buffer, request: S3Request, verified: Verified): { body: Buffer; trailers: ReadonlyMap<string, string> } {
  const hash = verified.payloadHash;
  if (hash.startsWith("STREAMING-")) {
    const decoded = decodeChunked(raw, verified);
    const length = request.headers.get("x-amz-decoded-content-length");
    if (length === undefined) throw new S3Error(411, "MissingContentLength", "You must provide the Content-Length HTTP header.");
    if (Number(length) !== decoded.body.length) throw incomplete();
    return decoded;
  }
  if (hash !== "UNSIGNED-PAYLOAD" && sha256Hex(raw) !== hash.toLowerCase()) {
    throw new S3Error(400, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.", {
      ClientComputedContentSHA256: hash,
      S3ComputedContentSHA256: sha256Hex(raw),
    });
  }
  return { body: raw, trailers: new Map() };
}

function incomplete(): S3Error {
  return new S3Error(400, "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header");
}

function checkMd5(body: Buffer, claimed: string | undefined): void {
  if (claimed === undefined) return;
  if (Buffer.from(claimed, "base64").length !== 16) throw new S3Error(400, "InvalidDigest", "The Content-MD5 you specified is not valid.");
  const computed = createHash("md5").update(body).digest("base64");
  if (computed !== claimed) {
    throw new S3Error(400, "BadDigest", "The Content-MD5 you specified did not match what we received.", {
      ExpectedDigest: claimed,
      CalculatedDigest: computed,
    });
  }
}

function checkChecksum(body: Buffer, request: S3Request, trailers: ReadonlyMap<string, string>): StoredChecksum | undefined {
  const sent = CHECKSUM_ALGORITHMS.flatMap((algorithm) => {
    const value = request.headers.get(`x-amz-checksum-${algorithm}`) ?? trailers.get(`x-amz-checksum-${algorithm}`);
    return value === undefined ? [] : [{ algorithm, value }];
  });
  // On CompleteMultipartUpload these headers speak of the object, not of the XML in the body.
  if (sent.length === 0 || (request.method === "POST" && request.query.has("uploadId"))) return undefined;
  if (sent.length > 1) throw invalidRequest("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
  const { algorithm, value } = sent[0]!;
  if (checksumOf(algorithm, body) !== value) {
    throw new S3Error(400, "BadDigest", `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`);
  }
  return { algorithm, value, type: "FULL_OBJECT" };
}
