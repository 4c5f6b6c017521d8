import type { RetrievalTier } from "../ledger/prices.ts";
import type { Retention } from "../lock/retention.ts";
import type { AccessTier } from "../tiering/tiers.ts";

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
  /** Undefined for INTELLIGENT_TIERING, which moves the object itself and makes no copy. */
  readonly days: number | undefined;
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

/** What every version of a key has, be it bytes or the note that they were deleted. */
interface InHistory {
  readonly key: string;
  /** `null` where versioning was not enabled when it was written. */
  readonly versionId: string;
  /** Grows with every version the account takes in; the higher one of a key is the newer. */
  readonly order: number;
  /** When its successor came; undefined while it is current. */
  noncurrentSince: number | undefined;
}

/** Stands on top of a key's versions where the key was deleted: nothing but a name, and billed as one. */
export interface DeleteMarker extends InHistory {
  readonly deleteMarker: true;
  readonly lastModified: number;
}

export type Version = StoredObject | DeleteMarker;

export function isMarker(version: Version): version is DeleteMarker {
  return "deleteMarker" in version;
}

/** One version of a key, with its bytes. */
export interface StoredObject extends Description, InHistory {
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
  retention: Retention | undefined;
  /** Undefined when nobody ever said anything. */
  legalHold: "ON" | "OFF" | undefined;
  /** Of INTELLIGENT_TIERING only. */
  accessTier: AccessTier | undefined;
  /** When it was last written, read, copied or thawed: what INTELLIGENT_TIERING counts from. */
  lastAccess: number;
}

/** What a version begins with, whoever wrote it. */
export function newborn(at: number, storageClass: string) {
  return {
    lastModified: Math.floor(at / 1000) * 1000,
    entered: at,
    storageClass,
    noncurrentSince: undefined,
    restore: undefined,
    accessTier: storageClass === "INTELLIGENT_TIERING" ? ("FREQUENT" as const) : undefined,
    lastAccess: at,
  };
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
  /** As the request that began it asked; what it did not ask for is the bucket's default at the end. */
  readonly retention: Retention | undefined;
  readonly legalHold: "ON" | "OFF" | undefined;
  readonly checksumAlgorithm: ChecksumAlgorithm | undefined;
  readonly checksumType: "FULL_OBJECT" | "COMPOSITE";
  readonly parts: Map<number, StoredPart>;
}
