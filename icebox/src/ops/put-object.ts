import { createHash } from "node:crypto";
import { S3Error } from "../s3-error.ts";
import { checkLockedDigest, lockOf, readLock } from "../lock/request.ts";
import { newborn } from "../state/object.ts";
import { checkClass } from "../state/storage-class.ts";
import { bucketOf, header, keyOf, versionHeader } from "./call.ts";
import type { Operation } from "./call.ts";
import { checkWrite } from "./conditions.ts";
import { checksumHeaders, readDescription, readTagHeader } from "./describe.ts";
import { encryptionHeaders, etagOf, readEncryption } from "./encryption.ts";

const MAX_KEY_BYTES = 1024;

export const putObject: Operation = (call) => {
  const { account, at, body } = call;
  const bucket = bucketOf(call);
  const key = keyOf(call);
  checkKey(key);
  const storageClass = checkClass(header(call, "x-amz-storage-class") ?? "STANDARD", account.extraClasses);
  call.billedClass = storageClass;
  checkWrite(call, bucket.objects.get(key), key);
  const encryption = readEncryption(call, bucket.facts.encryption);
  const lock = lockOf(readLock(call, bucket), bucket, at);
  checkLockedDigest(call, lock, "Object");
  const etag = etagOf(createHash("md5").update(body.bytes).digest("hex"), encryption);
  const object = {
    ...readDescription(call),
    ...newborn(at, storageClass),
    ...lock,
    key,
    versionId: account.newVersionId(bucket),
    order: account.newOrder(),
    id: account.newId(),
    size: body.bytes.length,
    etag,
    tags: readTagHeader(call),
    encryption,
    checksum: body.checksum,
    partSizes: undefined,
  };
  account.bytes.write(object.id, body.bytes);
  account.putObject(bucket, object, at);
  return {
    status: 200,
    headers: {
      etag: `"${etag}"`,
      ...versionHeader(bucket, object.versionId),
      ...encryptionHeaders(encryption),
      ...checksumHeaders(body.checksum),
    },
  };
};

export function checkKey(key: string): void {
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) throw new S3Error(400, "KeyTooLongError", "Your key is too long");
}
