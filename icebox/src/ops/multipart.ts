import { createHash } from "node:crypto";
import { stagedClass } from "../account.ts";
import { checksumOf } from "../http/checksum.ts";
import { isoDate, xmlReply } from "../http/reply.ts";
import { document, tag } from "../http/xml.ts";
import { checkLockedDigest, lockOf, readLock } from "../lock/request.ts";
import { invalidArgument, invalidRequest, S3Error } from "../s3-error.ts";
import type { StoredChecksum, StoredPart, Upload } from "../state/object.ts";
import { checkClass } from "../state/storage-class.ts";
import { bucketOf, header, keyOf, query } from "./call.ts";
import type { Call, Operation } from "./call.ts";
import { checksumElement, payRetrieval, readSource } from "./copy-object.ts";
import { checksumHeaders, readDescription, readTagHeader } from "./describe.ts";
import { checkCustomerKey, encryptionHeaders, readEncryption } from "./encryption.ts";
import { algorithmNamed, checksumTypeFor } from "./multipart-checksum.ts";
import { checkKey } from "./put-object.ts";

const MAX_PARTS = 10_000;
const MAX_PART_BYTES = 5 * 2 ** 30;

export const createMultipartUpload: Operation = (call) => {
  const bucket = bucketOf(call);
  checkKey(keyOf(call));
  const storageClass = checkClass(header(call, "x-amz-storage-class") ?? "STANDARD", call.account.extraClasses);
  call.billedClass = stagedClass(storageClass);
  const algorithmText = header(call, "x-amz-checksum-algorithm");
  const checksumAlgorithm = algorithmText === undefined ? undefined : algorithmNamed(algorithmText);
  const upload: Upload = {
    ...readDescription(call),
    id: call.account.newId().replaceAll("-", ""),
    key: keyOf(call),
    initiated: call.at,
    storageClass,
    tags: readTagHeader(call),
    encryption: readEncryption(call, bucket.facts.encryption),
    ...readLock(call, bucket),
    checksumAlgorithm,
    checksumType: checksumTypeFor(checksumAlgorithm, header(call, "x-amz-checksum-type")),
    parts: new Map(),
  };
  call.account.saveUpload(bucket, upload);
  const result = tag("Bucket", bucket.name) + tag("Key", upload.key) + tag("UploadId", upload.id);
  return xmlReply(document("InitiateMultipartUploadResult", result), encryptionHeaders(upload.encryption));
};

export const uploadPart: Operation = (call) => {
  const { upload } = uploadOf(call);
  checkCustomerKey(call, upload.encryption);
  checkLockedDigest(call, lockOf(upload, bucketOf(call), call.at), "Part");
  const checksum = call.body.checksum ?? ownChecksum(upload, call.body.bytes);
  const part = storePart(call, upload, call.body.bytes, checksum);
  return { status: 200, headers: { etag: `"${part.etag}"`, ...encryptionHeaders(upload.encryption), ...partChecksumHeader(checksum) } };
};

export const uploadPartCopy: Operation = (call) => {
  const { upload } = uploadOf(call);
  const from = readSource(call);
  const source = from.object;
  const { offset, length } = sourceRange(call, source.size);
  payRetrieval(call, source, length);
  call.account.touch(from.bucket, source, call.at);
  const bytes = call.account.bytes.read(source.id, offset, length);
  const part = storePart(call, upload, bytes, ownChecksum(upload, bytes));
  const result = tag("LastModified", isoDate(part.lastModified)) + tag("ETag", `"${part.etag}"`) + checksumElement(part.checksum);
  return xmlReply(document("CopyPartResult", result), { ...from.versionHeader, ...encryptionHeaders(upload.encryption) });
};

export const abortMultipartUpload: Operation = (call) => {
  const { upload } = uploadOf(call);
  call.account.endUpload(bucketOf(call), upload, call.at);
  return { status: 204 };
};

function uploadOf(call: Call): { upload: Upload } {
  const upload = call.account.upload(bucketOf(call), keyOf(call), query(call, "uploadId") ?? "");
  call.billedClass = stagedClass(upload.storageClass);
  return { upload };
}

function storePart(call: Call, upload: Upload, bytes: Buffer, checksum: StoredChecksum | undefined): StoredPart {
  if (bytes.length > MAX_PART_BYTES) throw new S3Error(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size");
  const number = partNumber(call);
  if (upload.checksumAlgorithm !== undefined && checksum !== undefined && checksum.algorithm !== upload.checksumAlgorithm) {
    throw invalidRequest(
      `Checksum Type mismatch occurred, expected checksum Type: ${upload.checksumAlgorithm}, actual checksum Type: ${checksum.algorithm}`,
    );
  }
  const part: StoredPart = {
    number,
    id: call.account.newId(),
    size: bytes.length,
    etag: createHash("md5").update(bytes).digest("hex"),
    lastModified: Math.floor(call.at / 1000) * 1000,
    checksum,
  };
  call.account.bytes.write(part.id, bytes);
  call.account.putPart(bucketOf(call), upload, part, call.at);
  return part;
}

function partNumber(call: Call): number {
  const text = query(call, "partNumber") ?? "";
  const number = Number(text);
  if (!/^\d{1,5}$/.test(text) || number < 1 || number > MAX_PARTS) {
    throw invalidArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", text);
  }
  return number;
}

function ownChecksum(upload: Upload, bytes: Buffer): StoredChecksum | undefined {
  const algorithm = upload.checksumAlgorithm;
  return algorithm === undefined ? undefined : { algorithm, value: checksumOf(algorithm, bytes), type: "FULL_OBJECT" };
}

function partChecksumHeader(checksum: StoredChecksum | undefined): Record<string, string> {
  const { "x-amz-checksum-type": _, ...rest } = checksumHeaders(checksum);
  return rest;
}

function sourceRange(call: Call, size: number): { offset: number; length: number } {
  const text = header(call, "x-amz-copy-source-range");
  if (text === undefined) return { offset: 0, length: size };
  const match = /^bytes=(\d+)-(\d+)$/.exec(text);
  const [from, to] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || from > to)
    throw invalidArgument("The x-amz-copy-source-range value must be of the form bytes=first-last", "x-amz-copy-source-range", text);
  if (to >= size) throw invalidArgument(`Range specified is not valid for source object of size: ${size}`, "x-amz-copy-source-range", text);
  return { offset: from, length: to - from + 1 };
}
