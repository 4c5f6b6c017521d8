import type { IncomingHttpHeaders } from "node:http";
import type { Bytes } from "../../base/bytes.ts";
import type { CallOptions, GetOptions, ObjectHead } from "../object-store.ts";
import { badRange } from "../range.ts";
import { isStoreError, StoreError } from "../store-error.ts";
import { encryptionOf } from "./encryption.ts";
import { statusOf } from "./error.ts";
import type { Answer } from "./line/exchange.ts";
import { parseRestoreHeader } from "./restore-header.ts";
import { call, objectName, type Session, whatOf } from "./session.ts";

export async function getObject(session: Session, key: string, options: GetOptions): Promise<Bytes> {
  const { range, signal } = options;
  if (range?.length === 0) return emptyRange(session, key, range, signal);
  try {
    return await call(session, { verb: "read", key, signal }, async () => {
      const headers = range === undefined ? {} : { range: rangeHeader(range) };
      const answer = await session.line.send({ method: "GET", name: objectName(session, key), headers, signal });
      return range === undefined ? answer.body() : rangeOf(session, key, range, answer);
    });
  } catch (error) {
    if (range !== undefined && isStoreError(error, "bad-range")) throw badRange(range, undefined, whatOf(session, key), key);
    throw error;
  }
}

function rangeHeader({ offset, length }: { readonly offset: number; readonly length: number }): string {
  return `bytes=${offset}-${offset + length - 1}`;
}

/** HTTP cannot ask for no bytes, so the size answers whether they are there. */
async function emptyRange(
  session: Session,
  key: string,
  range: NonNullable<GetOptions["range"]>,
  signal: AbortSignal | undefined,
): Promise<Bytes> {
  const head = await headObject(session, key, { signal });
  if (head === undefined) throw new StoreError({ code: "not-found", message: `${whatOf(session, key)} does not exist`, key });
  if (range.offset > head.size) throw badRange(range, head.size, whatOf(session, key), key);
  return new Uint8Array();
}

/** A server shortens a range that reaches past the end and answers 206 all the same; only Content-Range shows it. */
async function rangeOf(session: Session, key: string, range: NonNullable<GetOptions["range"]>, answer: Answer): Promise<Bytes> {
  const contentRange = answer.headers["content-range"];
  const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(contentRange ?? "");
  if (match === null || Number(match[1]) !== range.offset) {
    answer.discard();
    throw new StoreError({
      code: "unsupported",
      message: `${whatOf(session, key)}: the server does not answer ranges (${contentRange ?? "no Content-Range"})`,
      hint: "the endpoint, or a proxy before it, is not good enough for a repository",
      key,
    });
  }
  const size = Number(match[3]);
  if (size < range.offset + range.length) {
    answer.discard();
    throw badRange(range, size, whatOf(session, key), key);
  }
  const bytes = await answer.body();
  if (bytes.length === range.length) return bytes;
  throw new StoreError({
    code: "truncated",
    message: `${whatOf(session, key)}: the answer has ${bytes.length} bytes instead of ${range.length}`,
    key,
  });
}

export async function headObject(session: Session, key: string, { signal }: CallOptions): Promise<ObjectHead | undefined> {
  try {
    const { headers } = await call(session, { verb: "look at", key, signal }, async () => {
      try {
        return await session.line.ask({ method: "HEAD", name: objectName(session, key), signal });
      } catch (error) {
        throw statusOf(error) === 400 ? unreadableHead(session, key) : error;
      }
    });
    return headOf(session, key, headers);
  } catch (error) {
    if (isStoreError(error, "not-found")) return undefined;
    throw error;
  }
}

/** HEAD errors have no body; S3 answers 400 for an object that needs a customer's key, and for a wrong region. */
function unreadableHead(session: Session, key: string): StoreError {
  return new StoreError({
    code: "unsupported",
    message: `${whatOf(session, key)}: the server refuses to describe it (400)`,
    hint: "objects encrypted with a customer's key (SSE-C) cannot be used; otherwise check -o s3.region",
    key,
  });
}

function headOf(session: Session, key: string, headers: IncomingHttpHeaders): ObjectHead {
  const said = (name: string): string | undefined => headers[name]?.toString();
  return {
    key,
    size: Number(headers["content-length"] ?? 0),
    lastModified: Date.parse(headers["last-modified"] ?? "") || 0,
    storageClass: said("x-amz-storage-class") ?? "STANDARD",
    restore: parseRestoreHeader(said("x-amz-restore"), session.clock.now()),
    etag: headers.etag,
    encryption: encryptionOf({
      algorithm: said("x-amz-server-side-encryption"),
      customerAlgorithm: said("x-amz-server-side-encryption-customer-algorithm"),
      keyId: said("x-amz-server-side-encryption-aws-kms-key-id"),
      bucketKey: said("x-amz-server-side-encryption-bucket-key-enabled") === "true",
    }),
  };
}
