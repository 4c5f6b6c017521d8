import type { Bytes } from "../../base/bytes.ts";
import type { CallOptions, PutOptions } from "../object-store.ts";
import { isStoreError, StoreError } from "../store-error.ts";
import { putInParts } from "./multipart.ts";
import { headObject } from "./read.ts";
import { call, type Session, sending, target, whatOf } from "./session.ts";
import { contentMd5, sdkClass } from "./wire.ts";

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

/** The class is always named: left out, a bucket or a proxy may choose another. MD5 lets the server refuse bytes damaged on their way. */
async function putWhole(session: Session, key: string, body: Bytes, options: PutOptions): Promise<void> {
  await call(session, { verb: "store", key, signal: options.signal }, () =>
    session.client.send(
      new session.sdk.PutObjectCommand({
        ...target(session, key),
        Body: body,
        ContentLength: body.length,
        ContentMD5: contentMd5(body),
        ContentType: "application/octet-stream",
        StorageClass: sdkClass(options.storageClass ?? session.storageClass),
        ...(options.onlyIfAbsent === true ? { IfNoneMatch: "*" } : {}),
      }),
      sending(options.signal),
    ),
  );
}

export async function deleteObject(session: Session, key: string, { signal }: CallOptions): Promise<void> {
  try {
    await call(session, { verb: "remove", key, signal }, () =>
      session.client.send(new session.sdk.DeleteObjectCommand(target(session, key)), sending(signal)),
    );
  } catch (error) {
    if (!isStoreError(error, "not-found")) throw error;
  }
}
