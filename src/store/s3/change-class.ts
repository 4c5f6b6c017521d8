import type { CompletedPart } from "@aws-sdk/client-s3";
import type { CallOptions, Encryption, StorageClass } from "../object-store.ts";
import { StoreError } from "../store-error.ts";
import { encryptionHeaders } from "./encryption.ts";
import { inParts } from "./multipart.ts";
import { call, objectName, type Session, sending, target, whatOf } from "./session.ts";
import { sdkClass } from "./wire.ts";

export interface ClassChange extends CallOptions {
  readonly ifMatch?: string | undefined;
  readonly encryption: Encryption;
  readonly size: number;
}

/**
 * Copies an object onto itself with another class (object-storage §2.5): the one way to change a class now. The class is always sent
 * (left out it would mean STANDARD), and so is the encryption. The server may answer 200 and an error; the SDK reads the body for that.
 */
export async function changeClass(session: Session, key: string, to: StorageClass, change: ClassChange): Promise<void> {
  const encryption = encryptionHeaders(change.encryption, whatOf(session, key), key);
  if (change.size > session.sizes.copySingleMax) return copyInParts(session, key, to, change, encryption);
  await call(session, { verb: "change the class of", key, signal: change.signal }, async () => {
    const { sdk, client } = await session.aws();
    const { CopyObjectResult } = await client.send(
      new sdk.CopyObjectCommand({
        ...target(session, key),
        ...source(session, key, change.ifMatch),
        ...encryption,
        MetadataDirective: "COPY",
        TaggingDirective: "COPY",
        StorageClass: sdkClass(to),
      }),
      sending(change.signal),
    );
    if (CopyObjectResult?.ETag === undefined) {
      throw new StoreError({ code: "server", message: `${whatOf(session, key)}: the server did not confirm the copy`, key });
    }
  });
}

/** Above 5 GiB a copy goes part by part; metadata is then not copied by the server. Packs never get there: 128 MiB is their limit. */
async function copyInParts(
  session: Session,
  key: string,
  to: StorageClass,
  change: ClassChange,
  encryption: ReturnType<typeof encryptionHeaders>,
): Promise<void> {
  const { signal } = change;
  const start = { ContentType: "application/octet-stream", StorageClass: sdkClass(to), ...encryption };
  await inParts(session, key, start, { signal }, async (uploadId) => {
    const parts: CompletedPart[] = [];
    for (let offset = 0; offset < change.size; offset += session.sizes.copyPart) {
      const end = Math.min(offset + session.sizes.copyPart, change.size) - 1;
      const input = {
        ...target(session, key),
        ...source(session, key, change.ifMatch),
        UploadId: uploadId,
        PartNumber: parts.length + 1,
        CopySourceRange: `bytes=${offset}-${end}`,
      };
      const { sdk, client } = await session.aws();
      const { CopyPartResult } = await client.send(new sdk.UploadPartCopyCommand(input), sending(signal));
      parts.push({ PartNumber: input.PartNumber, ETag: CopyPartResult?.ETag });
    }
    return parts;
  });
}

function source(session: Session, key: string, ifMatch: string | undefined): { CopySource: string; CopySourceIfMatch?: string } {
  const name = `${session.bucket}/${objectName(session, key)}`.split("/").map(encodeURIComponent).join("/");
  return { CopySource: name, ...(ifMatch === undefined ? {} : { CopySourceIfMatch: ifMatch }) };
}
