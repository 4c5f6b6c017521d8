import type { RetrievalTier } from "../ledger/prices.ts";

export type ChecksumAlgorithm = "crc32" | "crc32c" | "crc64nvme" | "sha1" | "sha256";

export interface StoredChecksum {
  readonly algorithm: ChecksumAlgorithm;
  /** base64, with `-N` behind it for a composite of N parts. */
  readonly value: string;
  readonly type: "FULL_OBJECT" | "COMPOSITE";
}

export interface StoredEncryption {
  readonly algorithm: "AES256" | "aws:kms" | "aws:kms:dsse";
  readonly keyId?: string;
  readonly bucketKey?: boolean;
  readonly context?: string;
  /** MD5 (base64) of a key the customer keeps; the object cannot be read without it. */
  readonly customerKeyMd5?: string;
}

/** One request to thaw an archived object. `expiry` is set once the copy is readable. */
export interface Restore {
  readonly tier: RetrievalTier;
  readonly days: number;
  readonly requestedAt: number;
  readonly readyAt: number;
  readonly expiry: number | undefined;
}

/** What a client chose to say about an object besides its bytes. */
export interface Description {
  /** Content-Type and its like, by lower-case header name. */
  readonly headers: Readonly<Record<string, string>>;
  /** x-amz-meta-*, without the prefix. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface StoredObject extends Description {
  readonly key: string;
  /** Of the bytes; a new one at every write, also of a copy onto itself. */
  readonly id: string;
  readonly size: number;
  readonly etag: string;
  /** Whole seconds, as S3 keeps it. */
  readonly lastModified: number;
  /** When the object came into its class, to the ms: minimum durations count from here. */
  entered: number;
  storageClass: string;
  tags: readonly (readonly [string, string])[];
  readonly encryption: StoredEncryption;
  readonly checksum: StoredChecksum | undefined;
  /** Sizes, for an object that was uploaded in parts. */
  readonly partSizes: readonly number[] | undefined;
  restore: Restore | undefined;
}

export interface StoredPart {
  readonly number: number;
  readonly id: string;
  readonly size: number;
  readonly etag: string;
  readonly lastModified: number;
  readonly checksum: StoredChecksum | undefined;
}

export interface Upload extends Description {
  readonly id: string;
  readonly key: string;
  readonly initiated: number;
  readonly storageClass: string;
  readonly tags: readonly (readonly [string, string])[];
  readonly encryption: StoredEncryption;
  readonly checksumAlgorithm: ChecksumAlgorithm | undefined;
  readonly checksumType: "FULL_OBJECT" | "COMPOSITE";
  readonly parts: Map<number, StoredPart>;
}
