import { isReadable } from "../archive.ts";
import { percentDecodeText } from "../http/percent.ts";
import { isoDate, xmlReply } from "../http/reply.ts";
import { checksumOf } from "../http/checksum.ts";
import { document, tag } from "../http/xml.ts";
import { GIB } from "../ledger/bill.ts";
import { lockOf, readLock } from "../lock/request.ts";
import { actionNamed } from "../policy/actions.ts";
import { invalidArgument, invalidRequest } from "../s3-error.ts";
import type { Bucket } from "../state/bucket.ts";
import { isMarker, newborn } from "../state/object.ts";
import type { ChecksumAlgorithm, StoredChecksum, StoredEncryption, StoredObject } from "../state/object.ts";
import { checkClass } from "../state/storage-class.ts";
import { bucketOf, findObject, header, keyOf, versionHeader } from "./call.ts";
import type { Call, Operation } from "./call.ts";
import { checkCopySource, checkWrite } from "./conditions.ts";
import { checksumHeaders, readDescription, readTagHeader } from "./describe.ts";
import { checkCustomerKey, encryptionHeaders, etagOf, readEncryption } from "./encryption.ts";
import { invalidObjectState } from "./get-object.ts";
import { checkKey } from "./put-object.ts";
import { algorithmNamed } from "./multipart-checksum.ts";
import { createHash } from "node:crypto";

const MAX_COPY_BYTES = 5 * 2 ** 30;

export const copyObject: Operation = (call) => {
  const { account, at } = call;
  const bucket = bucketOf(call);
  const key = keyOf(call);
  checkKey(key);
  const storageClass = checkClass(header(call, "x-amz-storage-class") ?? "STANDARD", account.extraClasses);
  call.billedClass = storageClass;
  const source = readSource(call);
  if (source.object.size > MAX_COPY_BYTES) {
    throw invalidRequest("The specified copy source is larger than the maximum allowable size for a copy source: 5368709120");
  }
  checkWrite(call, bucket.objects.get(key), key);
  const encryption = readEncryption(call, bucket.facts.encryption);
  checkChangesSomething(call, source, bucket, key, storageClass, encryption);
  const lock = lockOf(readLock(call, bucket), bucket, at);
  payRetrieval(call, source.object, source.object.size);
  account.touch(source.bucket, source.object, at);
  const object = duplicate(call, source.object, { key, encryption, ...lock, ...newborn(at, storageClass) }, bucket);
  account.bytes.alias(source.object.id, object.id);
  account.putObject(bucket, object, at);
  const result = tag("LastModified", isoDate(object.lastModified)) + tag("ETag", `"${object.etag}"`) + checksumElement(object.checksum);
  return xmlReply(document("CopyObjectResult", result), {
    ...versionHeader(bucket, object.versionId),
    ...source.versionHeader,
    ...encryptionHeaders(encryption),
    ...checksumHeaders(object.checksum),
  });
};

export interface CopySource {
  readonly bucket: Bucket;
  readonly object: StoredObject;
  /** x-amz-copy-source-version-id, where there are versions. */
  readonly versionHeader: Readonly<Record<string, string>>;
}

/** The object x-amz-copy-source names, checked to be readable and as the request expects it. */
export function readSource(call: Call): CopySource {
  const text = header(call, "x-amz-copy-source") ?? "";
  const [path, parameters] = text.split("?", 2) as [string, string | undefined];
  const versionId = parameters === undefined ? undefined : (/^versionId=(.+)$/.exec(parameters)?.[1] ?? "");
  const name = percentDecodeText(path).replace(/^\//, "");
  const slash = name.indexOf("/");
  if (slash < 1 || slash === name.length - 1) {
    throw invalidArgument("Copy Source must mention the source bucket and key: sourcebucket/sourcekey", "x-amz-copy-source", text);
  }
  const bucket = call.account.bucket(name.slice(0, slash));
  const key = name.slice(slash + 1);
  call.checkAllowed({ action: actionNamed("GetObject", versionId), bucket, key, versionId });
  const object = findSource(call, bucket, key, versionId);
  checkCustomerKey(call, object.encryption, "x-amz-copy-source-server-side-encryption");
  checkCopySource(call, object);
  if (!isReadable(object)) throw invalidObjectState(object, "Operation is not valid for the source object's storage class");
  const seen = bucket.facts.versioning === undefined ? {} : { "x-amz-copy-source-version-id": object.versionId };
  return { bucket, object, versionHeader: seen };
}

/** A delete marker is no source: named, it is a mistake of the request. */
function findSource(call: Call, bucket: Bucket, key: string, versionId: string | undefined): StoredObject {
  const version = versionId === undefined ? undefined : bucket.version(key, versionId);
  if (version !== undefined && isMarker(version)) {
    throw invalidRequest("The source of a copy request may not specifically refer to a delete marker by version id.");
  }
  return findObject(call, bucket, key, versionId);
}

/** Reading out of IA or GLACIER_IR costs by the GiB, for a copy as for a GET; a thaw has been paid already. */
export function payRetrieval(call: Call, source: StoredObject, bytes: number): void {
  if (source.restore === undefined) call.account.ledger.count("retrieval", source.storageClass, undefined, bytes / GIB, call.at);
}

function replaces(call: Call, directive: string): boolean {
  const value = header(call, directive) ?? "COPY";
  if (value !== "COPY" && value !== "REPLACE") throw invalidArgument("Unknown directive.", directive, value);
  return value === "REPLACE";
}

function checkChangesSomething(
  call: Call,
  source: { bucket: Bucket; object: StoredObject },
  bucket: Bucket,
  key: string,
  storageClass: string,
  encryption: StoredEncryption,
): void {
  // An older version copied onto its key is how it is brought back: that changes which one is current.
  if (source.bucket !== bucket || source.object !== bucket.objects.get(key)) return;
  const asksEncryption = [...call.request.headers.keys()].some((name) => name.startsWith("x-amz-server-side-encryption"));
  const changes =
    storageClass !== source.object.storageClass ||
    replaces(call, "x-amz-metadata-directive") ||
    header(call, "x-amz-website-redirect-location") !== undefined ||
    asksEncryption ||
    encryption.algorithm !== source.object.encryption.algorithm;
  if (changes) return;
  throw invalidRequest(
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
  );
}

type Target = Pick<StoredObject, "key" | "encryption" | "retention" | "legalHold"> & ReturnType<typeof newborn>;

/** Metadata and tags come along unless they are replaced; what Object Lock says of the source does not. */
function duplicate(call: Call, source: StoredObject, target: Target, bucket: Bucket): StoredObject {
  const description = replaces(call, "x-amz-metadata-directive")
    ? readDescription(call)
    : { headers: source.headers, metadata: source.metadata };
  const tags = replaces(call, "x-amz-tagging-directive") ? readTagHeader(call) : source.tags;
  const wantedAlgorithm = header(call, "x-amz-checksum-algorithm");
  return {
    ...description,
    ...target,
    versionId: call.account.newVersionId(bucket),
    order: call.account.newOrder(),
    id: call.account.newId(),
    size: source.size,
    etag: copiedEtag(call, source, target.encryption),
    tags,
    checksum: copiedChecksum(call, source, wantedAlgorithm === undefined ? undefined : algorithmNamed(wantedAlgorithm)),
    partSizes: undefined,
  };
}

/** A copy is one piece: an ETag of parts, or one of another encryption, does not survive it. */
function copiedEtag(call: Call, source: StoredObject, encryption: StoredEncryption): string {
  const plain = (candidate: StoredEncryption) => candidate.algorithm === "AES256" && candidate.customerKeyMd5 === undefined;
  if (source.partSizes === undefined && plain(source.encryption) && plain(encryption)) return source.etag;
  const bytes = call.account.bytes.read(source.id, 0, source.size);
  return etagOf(createHash("md5").update(bytes).digest("hex"), encryption);
}

function copiedChecksum(call: Call, source: StoredObject, wanted: ChecksumAlgorithm | undefined): StoredChecksum | undefined {
  const before = source.checksum;
  const algorithm = wanted ?? before?.algorithm;
  if (algorithm === undefined) return undefined;
  if (before?.algorithm === algorithm && before.type === "FULL_OBJECT") return before;
  return { algorithm, value: checksumOf(algorithm, call.account.bytes.read(source.id, 0, source.size)), type: "FULL_OBJECT" };
}

export function checksumElement(checksum: StoredChecksum | undefined): string {
  if (checksum === undefined) return "";
  return tag(`Checksum${checksum.algorithm.toUpperCase()}`, checksum.value) + tag("ChecksumType", checksum.type);
}
