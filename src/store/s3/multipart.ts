import type { CompletedPart, CreateMultipartUploadCommandInput } from "@aws-sdk/client-s3";
import type { Bytes } from "../../base/bytes.ts";
import type { PutOptions } from "../object-store.ts";
import { StoreError } from "../store-error.ts";
import { call, type Session, sending, target, whatOf } from "./session.ts";
import { contentMd5, sdkClass } from "./wire.ts";

/** Stores a large body part by part. Nothing is visible before the last step, and a failure leaves no parts to pay for. */
export async function putInParts(session: Session, key: string, body: Bytes, options: PutOptions): Promise<void> {
  const { signal } = options;
  const start = { ContentType: "application/octet-stream", StorageClass: sdkClass(options.storageClass ?? session.storageClass) };
  await inParts(session, key, start, { signal, ...(options.onlyIfAbsent === true ? { ifNoneMatch: "*" } : {}) }, async (uploadId) => {
    const parts: CompletedPart[] = [];
    for (let offset = 0; offset < body.length; offset += session.sizes.multipartPart) {
      const part = body.subarray(offset, offset + session.sizes.multipartPart);
      const input = {
        ...target(session, key),
        UploadId: uploadId,
        PartNumber: parts.length + 1,
        Body: part,
        ContentLength: part.length,
        ContentMD5: contentMd5(part),
      };
      const { sdk, client } = await session.aws();
      const { ETag } = await client.send(new sdk.UploadPartCommand(input), sending(signal));
      parts.push({ PartNumber: input.PartNumber, ETag });
    }
    return parts;
  });
}

/** The frame of every multipart upload: create, parts, complete; abort when anything fails. */
export async function inParts(
  session: Session,
  key: string,
  start: Omit<CreateMultipartUploadCommandInput, "Bucket" | "Key">,
  options: { readonly signal: AbortSignal | undefined; readonly ifNoneMatch?: string },
  sendParts: (uploadId: string) => Promise<CompletedPart[]>,
): Promise<void> {
  const { client, sdk } = await session.aws();
  const where = target(session, key);
  await call(session, { verb: "store", key, signal: options.signal }, async () => {
    const { UploadId } = await client.send(new sdk.CreateMultipartUploadCommand({ ...where, ...start }), sending(options.signal));
    if (UploadId === undefined) throw new StoreError({ code: "server", message: `${whatOf(session, key)}: no upload id was given`, key });
    try {
      const Parts = await sendParts(UploadId);
      const condition = options.ifNoneMatch === undefined ? {} : { IfNoneMatch: options.ifNoneMatch };
      const complete = new sdk.CompleteMultipartUploadCommand({ ...where, UploadId, MultipartUpload: { Parts }, ...condition });
      await client.send(complete, sending(options.signal));
    } catch (error) {
      // Not under the caller's signal: parts left behind are billed until somebody aborts them.
      await client.send(new sdk.AbortMultipartUploadCommand({ ...where, UploadId })).catch(() => undefined);
      throw error;
    }
  });
}
