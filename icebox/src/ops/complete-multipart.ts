import { childText, children, document, parseXml, tag } from "../http/xml.ts";
import { xmlReply } from "../http/reply.ts";
import { CHECKSUM_ALGORITHMS } from "../http/checksum.ts";
import { lockOf } from "../lock/request.ts";
import { malformedXml, S3Error } from "../s3-error.ts";
import { newborn } from "../state/object.ts";
import type { StoredChecksum, StoredObject, StoredPart, Upload } from "../state/object.ts";
import { bodyText, bucketOf, header, keyOf, query, versionHeader } from "./call.ts";
import type { Call, Operation } from "./call.ts";
import { checkWrite } from "./conditions.ts";
import { checksumElement } from "./copy-object.ts";
import { encryptionHeaders } from "./encryption.ts";
import { completedChecksum, multipartEtag } from "./multipart-checksum.ts";

const MIN_PART_BYTES = 5 * 2 ** 20;

export const completeMultipartUpload: Operation = (call) => {
  const { account, at } = call;
  const bucket = bucketOf(call);
  const upload = account.upload(bucket, keyOf(call), query(call, "uploadId") ?? "");
  call.billedClass = upload.storageClass;
  const parts = chosenParts(call, upload);
  checkWrite(call, bucket.objects.get(upload.key), upload.key);
  const bytes = Buffer.concat(parts.map((part) => account.bytes.read(part.id, 0, part.size)));
  const checksum = completedChecksum(upload, parts, bytes);
  checkClaim(call, checksum);
  const object: StoredObject = {
    ...newborn(at, upload.storageClass),
    ...lockOf(upload, bucket, at),
    versionId: account.newVersionId(bucket),
    order: account.newOrder(),
    headers: upload.headers,
    metadata: upload.metadata,
    key: upload.key,
    id: account.newId(),
    size: bytes.length,
    etag: multipartEtag(parts),
    tags: upload.tags,
    encryption: upload.encryption,
    checksum,
    partSizes: parts.map((part) => part.size),
  };
  account.bytes.write(object.id, bytes);
  account.endUpload(bucket, upload, at);
  account.putObject(bucket, object, at);
  const location = `http://${header(call, "host") ?? "localhost"}/${bucket.name}/${object.key}`;
  const result = tag("Location", location) + tag("Bucket", bucket.name) + tag("Key", object.key) + tag("ETag", `"${object.etag}"`);
  return xmlReply(document("CompleteMultipartUploadResult", result + checksumElement(checksum)), {
    ...versionHeader(bucket, object.versionId),
    ...encryptionHeaders(upload.encryption),
  });
};

function chosenParts(call: Call, upload: Upload): StoredPart[] {
  const root = parseXml(bodyText(call));
  const elements = children(root, "Part");
  if (root.name !== "CompleteMultipartUpload" || elements.length === 0) throw malformedXml();
  let last = 0;
  const parts = elements.map((element) => {
    const number = Number(childText(element, "PartNumber"));
    if (!Number.isInteger(number)) throw malformedXml();
    if (number <= last) {
      const text = "The list of parts was not in ascending order. Parts must be ordered by part number.";
      throw new S3Error(400, "InvalidPartOrder", text, { UploadId: upload.id });
    }
    last = number;
    const part = upload.parts.get(number);
    if (part === undefined || childText(element, "ETag")?.replaceAll('"', "") !== part.etag) throw invalidPart(upload, number);
    for (const algorithm of CHECKSUM_ALGORITHMS) {
      const claimed = childText(element, `Checksum${algorithm.toUpperCase()}`);
      if (claimed !== undefined && part.checksum?.algorithm === algorithm && claimed !== part.checksum.value)
        throw invalidPart(upload, number);
    }
    return part;
  });
  const small = parts.slice(0, -1).find((part) => part.size < MIN_PART_BYTES);
  if (small !== undefined) {
    throw new S3Error(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", {
      ProposedSize: String(small.size),
      MinSizeAllowed: String(MIN_PART_BYTES),
      PartNumber: String(small.number),
      ETag: small.etag,
    });
  }
  return parts;
}

function invalidPart(upload: Upload, number: number): S3Error {
  const text =
    "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.";
  return new S3Error(400, "InvalidPart", text, { UploadId: upload.id, PartNumber: String(number) });
}

function checkClaim(call: Call, checksum: StoredChecksum | undefined): void {
  if (checksum === undefined) return;
  const claimed = header(call, `x-amz-checksum-${checksum.algorithm}`);
  if (claimed !== undefined && claimed.split("-")[0] !== checksum.value.split("-")[0]) {
    throw new S3Error(400, "BadDigest", `The ${checksum.algorithm} you specified did not match what we received.`);
  }
}
