import type { Bytes } from "../../base/bytes.ts";
import type { CallOptions, PutOptions } from "../object-store.ts";
import { isStoreError, StoreError } from "../store-error.ts";
import { putInParts } from "./multipart.ts";
import { headObject } from "./read.ts";
import { WireError } from "./line/wire-error.ts";
import { call, objectName, type Session, whatOf } from "./session.ts";
import { contentMd5 } from "./wire.ts";

export async function putObject(session: Session, key: string, body: Bytes, options: PutOptions): Promise<void> {
  try {
    await (body.length > session.sizes.multipartAbove ? putInParts(session, key, body, options) : putWhole(session, key, body, options));
  } catch (error) {
    if (options.onlyIfAbsent !== true) throw error;
    if (isStoreError(error, "changed")) throw exists(session, key);
    // A server without conditional writes: look first. Two writers at once could both win there; nothing better exists.
    if (!isStoreError(error, "unsupported")) throw error;
    if ((await headObject(session, key, options)) !== undefined) throw exists(session, key);
    await putObject(session, key, body, { ...options, onlyIfAbsent: false });
  }
}

function exists(session: Session, key: string): StoreError {
  return new StoreError({ code: "already-exists", message: `${whatOf(session, key)} exists already`, key });
}

/**
 * The class is always named: left out, a bucket or a proxy may choose another. The signed SHA-256 lets the server refuse bytes damaged on
 * their way, or in memory since they were named by it; MD5 would say the same again (0.8 s of CPU for 400 MB) and is sent only where a bucket
 * insists on it.
 */
async function putWhole(session: Session, key: string, body: Bytes, options: PutOptions): Promise<void> {
  const { signal } = options;
  const headers = {
    "content-type": "application/octet-stream",
    "x-amz-storage-class": options.storageClass ?? session.storageClass,
    ...(options.onlyIfAbsent === true ? { "if-none-match": "*" } : {}),
  };
  const name = objectName(session, key);
  await call(session, { verb: "store", key, signal }, async () => {
    const put = (md5: Readonly<Record<string, string>>): Promise<unknown> =>
      session.line.ask({ method: "PUT", name, headers: { ...headers, ...md5 }, body, bodySha256: options.sha256, signal });
    try {
      await put(session.wantsMd5 || session.line.unsigned ? { "content-md5": contentMd5(body) } : {});
    } catch (error) {
      if (session.wantsMd5 || !asksForMd5(error)) throw error;
      session.wantsMd5 = true;
      await put({ "content-md5": contentMd5(body) });
    }
  });
}

function asksForMd5(error: unknown): boolean {
  return error instanceof WireError && error.$metadata.httpStatusCode === 400 && /content-md5/i.test(error.message);
}

export async function deleteObject(session: Session, key: string, { signal }: CallOptions): Promise<void> {
  try {
    const name = objectName(session, key);
    await call(session, { verb: "remove", key, signal }, () => session.line.ask({ method: "DELETE", name, signal }));
  } catch (error) {
    if (!isStoreError(error, "not-found")) throw error;
  }
}
