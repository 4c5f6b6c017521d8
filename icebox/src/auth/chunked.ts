import { invalidRequest, S3Error } from "../s3-error.ts";
import { EMPTY_HASH, scopeText, sha256Hex, signatureOf } from "./sigv4.ts";
import { sameText } from "./verify.ts";
import type { Signed } from "./verify.ts";

export interface Decoded {
  readonly body: Buffer;
  /** Lower-case names; checksums sent after the body. */
  readonly trailers: ReadonlyMap<string, string>;
}

interface Cursor {
  readonly raw: Buffer;
  at: number;
}

const MAX_LINE = 8192;

/** The aws-chunked encoding: `size;chunk-signature=…` before every chunk, each signature continuing the one before it. */
export function decodeChunked(raw: Buffer, verified: Signed): Decoded {
  const signed = !verified.payloadHash.startsWith("STREAMING-UNSIGNED-");
  const cursor: Cursor = { raw, at: 0 };
  const chunks: Buffer[] = [];
  let previous = verified.signature;
  for (;;) {
    const [sizeText, extension] = readLine(cursor).split(";", 2) as [string, string | undefined];
    const chunk = readChunk(cursor, sizeText);
    if (signed) {
      const claimed = extension?.startsWith("chunk-signature=") === true ? extension.slice("chunk-signature=".length) : "";
      previous = checkChunk(verified, previous, claimed, chunk);
    }
    if (chunk.length === 0) break;
    chunks.push(chunk);
    if (readLine(cursor) !== "") throw incomplete();
  }
  const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
  return { body, trailers: readTrailers(cursor, verified, signed, previous) };
}

function readLine(cursor: Cursor): string {
  const end = cursor.raw.indexOf("\r\n", cursor.at, "latin1");
  if (end < 0 || end - cursor.at > MAX_LINE) throw incomplete();
  const line = cursor.raw.toString("latin1", cursor.at, end);
  cursor.at = end + 2;
  return line;
}

function readChunk(cursor: Cursor, sizeText: string): Buffer {
  if (!/^[0-9a-fA-F]{1,12}$/.test(sizeText)) throw incomplete();
  const size = Number.parseInt(sizeText, 16);
  if (cursor.at + size > cursor.raw.length) throw incomplete();
  const chunk = cursor.raw.subarray(cursor.at, cursor.at + size);
  cursor.at += size;
  return chunk;
}

function checkChunk(verified: Signed, previous: string, claimed: string, chunk: Buffer): string {
  const text = ["AWS4-HMAC-SHA256-PAYLOAD", verified.amzDate, scopeText(verified.scope), previous, EMPTY_HASH, sha256Hex(chunk)].join("\n");
  if (!sameText(signatureOf(verified.key, text), claimed)) throw mismatch();
  return claimed;
}

function readTrailers(cursor: Cursor, verified: Signed, signed: boolean, previous: string): Map<string, string> {
  const trailers = new Map<string, string>();
  const announced = verified.payloadHash.endsWith("-TRAILER");
  let hashed = "";
  let claimed: string | undefined;
  while (announced && cursor.at < cursor.raw.length) {
    const line = readLine(cursor);
    if (line === "") break;
    const colon = line.indexOf(":");
    if (colon < 1) throw new S3Error(400, "MalformedTrailerError", "The request contained trailing data that was not well-formed.");
    const [name, value] = [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
    if (name === "x-amz-trailer-signature") claimed = value;
    else {
      trailers.set(name, value);
      hashed += `${name}:${value}\n`;
    }
  }
  if (signed && announced) checkTrailer(verified, previous, hashed, claimed);
  return trailers;
}

function checkTrailer(verified: Signed, previous: string, hashed: string, claimed: string | undefined): void {
  const text = ["AWS4-HMAC-SHA256-TRAILER", verified.amzDate, scopeText(verified.scope), previous, sha256Hex(hashed)].join("\n");
  if (claimed === undefined || !sameText(signatureOf(verified.key, text), claimed)) throw mismatch();
}

function mismatch(): S3Error {
  return new S3Error(403, "SignatureDoesNotMatch", "The signature of a chunk does not match the signature we calculated.");
}

function incomplete(): S3Error {
  return invalidRequest("The body is not well-formed aws-chunked data.");
}
