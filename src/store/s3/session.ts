import type { S3Client } from "@aws-sdk/client-s3";
import { COPY_PART, COPY_SINGLE_MAX, MULTIPART_ABOVE, MULTIPART_PART } from "../../base/limits.ts";
import type { Clock } from "../../base/world.ts";
import type { StorageClass } from "../object-store.ts";
import { s3Error } from "./error.ts";
import type { Line } from "./line/line.ts";

/** The SDK as a value, so that it is loaded only when a call needs it. */
export interface Aws {
  readonly sdk: typeof import("@aws-sdk/client-s3");
  readonly client: S3Client;
}

/** Where one request ends and several begin. */
export interface Sizes {
  readonly multipartAbove: number;
  readonly multipartPart: number;
  readonly copySingleMax: number;
  readonly copyPart: number;
}

export const SIZES: Sizes = {
  multipartAbove: MULTIPART_ABOVE,
  multipartPart: MULTIPART_PART,
  copySingleMax: COPY_SINGLE_MAX,
  copyPart: COPY_PART,
};

/** What every call needs. */
export interface Session {
  /** For what every run does: put, get, head, list, delete. */
  readonly line: Line;
  /** For the rest. */
  aws(): Promise<Aws>;
  readonly clock: Pick<Clock, "now">;
  readonly location: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly region: string;
  readonly storageClass: StorageClass;
  readonly sizes: Sizes;
  /** Pages of one list that may be asked for together. */
  readonly listsAtOnce: number;
  /** False once the server has refused to tell restore states in LIST. */
  restoreInList: boolean;
  /** Whether this server is known to say restore states in LIST. */
  restoreSeenInList: boolean;
  /** True once the server has asked for a Content-MD5, as buckets with object lock do. */
  wantsMd5: boolean;
}

export function objectName(session: Session, key: string): string {
  return session.prefix === "" ? key : `${session.prefix}/${key}`;
}

export function target(session: Session, key: string): { readonly Bucket: string; readonly Key: string } {
  return { Bucket: session.bucket, Key: objectName(session, key) };
}

export function sending(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}

/** Makes one call; a failure comes out as a StoreError, an abort as the signal's reason. */
export async function call<T>(
  session: Session,
  doing: { readonly verb: string; readonly key?: string | undefined; readonly signal: AbortSignal | undefined },
  send: () => Promise<T>,
): Promise<T> {
  doing.signal?.throwIfAborted();
  try {
    return await send();
  } catch (error) {
    doing.signal?.throwIfAborted();
    throw s3Error(error, { verb: doing.verb, what: whatOf(session, doing.key), key: doing.key });
  }
}

export function whatOf(session: Session, key: string | undefined): string {
  return key === undefined ? session.location : `${session.location}/${key}`;
}
