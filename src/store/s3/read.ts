import { addAbortSignal, Readable } from "node:stream";
import type { GetObjectCommandOutput, HeadObjectCommandOutput } from "@aws-sdk/client-s3";
import { type Bytes, concatBytes } from "../../base/bytes.ts";
import type { CallOptions, GetOptions, ObjectHead } from "../object-store.ts";
import { badRange } from "../range.ts";
import { isStoreError, StoreError } from "../store-error.ts";
import { encryptionOf } from "./encryption.ts";
import { statusOf } from "./error.ts";
import { parseRestoreHeader } from "./restore-header.ts";
import { call, type Session, sending, target, whatOf } from "./session.ts";

export async function getObject(session: Session, key: string, options: GetOptions): Promise<Bytes> {
  const { range, signal } = options;
  if (range?.length === 0) return emptyRange(session, key, range, signal);
  try {
    return await call(session, { verb: "read", key, signal }, async () => {
      const input = { ...target(session, key), ...(range === undefined ? {} : { Range: rangeHeader(range) }) };
      const output = await session.client.send(new session.sdk.GetObjectCommand(input), sending(signal));
      const wanted = range === undefined ? output.ContentLength : expectedLength(session, key, range, output);
      return readBody(session, key, output.Body, wanted, signal);
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
function expectedLength(session: Session, key: string, range: NonNullable<GetOptions["range"]>, output: GetObjectCommandOutput): number {
  const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(output.ContentRange ?? "");
  if (match === null || Number(match[1]) !== range.offset) {
    destroyBody(output.Body);
    throw new StoreError({
      code: "unsupported",
      message: `${whatOf(session, key)}: the server does not answer ranges (${output.ContentRange ?? "no Content-Range"})`,
      hint: "the endpoint, or a proxy before it, is not good enough for a repository",
      key,
    });
  }
  const size = Number(match[3]);
  if (size < range.offset + range.length) {
    destroyBody(output.Body);
    throw badRange(range, size, whatOf(session, key), key);
  }
  return range.length;
}

async function readBody(
  session: Session,
  key: string,
  body: GetObjectCommandOutput["Body"],
  wanted: number | undefined,
  signal: AbortSignal | undefined,
): Promise<Bytes> {
  if (!(body instanceof Readable)) return new Uint8Array();
  if (signal !== undefined) addAbortSignal(signal, body);
  const bytes = wanted === undefined ? await collect(body) : await fill(body, wanted);
  if (wanted === undefined || bytes.length === wanted) return bytes;
  throw new StoreError({
    code: "truncated",
    message: `${whatOf(session, key)}: the answer has ${bytes.length} bytes instead of ${wanted}`,
    key,
  });
}

/** One buffer of the right size, of its own memory: packs are large, and callers hand them to worker threads. */
async function fill(body: Readable, wanted: number): Promise<Bytes> {
  const bytes = Buffer.allocUnsafeSlow(wanted);
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    if (length + chunk.length > wanted) {
      body.destroy();
      return Buffer.alloc(length + chunk.length);
    }
    bytes.set(chunk, length);
    length += chunk.length;
  }
  return bytes.subarray(0, length);
}

async function collect(body: Readable): Promise<Bytes> {
  return concatBytes(await Array.fromAsync(body as AsyncIterable<Buffer>));
}

function destroyBody(body: GetObjectCommandOutput["Body"]): void {
  if (body instanceof Readable) body.destroy();
}

export async function headObject(session: Session, key: string, { signal }: CallOptions): Promise<ObjectHead | undefined> {
  try {
    const output = await call(session, { verb: "look at", key, signal }, async () => {
      try {
        return await session.client.send(new session.sdk.HeadObjectCommand(target(session, key)), sending(signal));
      } catch (error) {
        throw statusOf(error) === 400 ? unreadableHead(session, key) : error;
      }
    });
    return headOf(session, key, output);
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

function headOf(session: Session, key: string, output: HeadObjectCommandOutput): ObjectHead {
  return {
    key,
    size: output.ContentLength ?? 0,
    lastModified: output.LastModified?.getTime() ?? 0,
    storageClass: output.StorageClass ?? "STANDARD",
    restore: parseRestoreHeader(output.Restore, session.clock.now()),
    etag: output.ETag,
    encryption: encryptionOf(output),
  };
}
