import { createHash } from "node:crypto";
import { CHECKSUM_ALGORITHMS, checksumOf } from "../http/checksum.ts";
import { invalidRequest } from "../s3-error.ts";
import type { ChecksumAlgorithm, StoredChecksum, StoredPart, Upload } from "../state/object.ts";

export function algorithmNamed(name: string): ChecksumAlgorithm {
  const found = CHECKSUM_ALGORITHMS.find((algorithm) => algorithm === name.toLowerCase());
  if (found === undefined) {
    throw invalidRequest(
      "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
    );
  }
  return found;
}

/** CRCs of the whole can be had from the parts, hashes cannot: CRC64NVME is always of the whole, SHA always composite, the others as asked. */
export function checksumTypeFor(algorithm: ChecksumAlgorithm | undefined, asked: string | undefined): "FULL_OBJECT" | "COMPOSITE" {
  if (asked !== undefined && asked !== "FULL_OBJECT" && asked !== "COMPOSITE")
    throw invalidRequest(`Value for x-amz-checksum-type header is invalid.`);
  const type = asked ?? (algorithm === "crc64nvme" ? "FULL_OBJECT" : "COMPOSITE");
  const impossible =
    (algorithm === "crc64nvme" && type === "COMPOSITE") || (algorithm?.startsWith("sha") === true && type === "FULL_OBJECT");
  if (impossible) throw invalidRequest(`The ${type} checksum type cannot be used with the ${algorithm} checksum algorithm.`);
  return type;
}

export function completedChecksum(upload: Upload, parts: readonly StoredPart[], bytes: Uint8Array): StoredChecksum | undefined {
  const algorithm = upload.checksumAlgorithm;
  if (algorithm === undefined) return undefined;
  if (upload.checksumType === "FULL_OBJECT") return { algorithm, value: checksumOf(algorithm, bytes), type: "FULL_OBJECT" };
  const values = parts.map((part) => part.checksum?.value);
  if (values.some((value) => value === undefined)) return undefined;
  const joined = Buffer.concat(values.map((value) => Buffer.from(value!, "base64")));
  return { algorithm, value: `${checksumOf(algorithm, joined)}-${parts.length}`, type: "COMPOSITE" };
}

/** MD5 of the parts' MD5s, with the number of parts behind it. */
export function multipartEtag(parts: readonly StoredPart[]): string {
  const hash = createHash("md5");
  for (const part of parts) hash.update(Buffer.from(part.etag, "hex"));
  return `${hash.digest("hex")}-${parts.length}`;
}
