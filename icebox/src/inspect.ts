import type { Account } from "./account.ts";
import { archiveState } from "./archive.ts";
import type { ArchiveState } from "./archive.ts";
import type { RetrievalTier } from "./ledger/prices.ts";
import type { Retention } from "./lock/retention.ts";
import { compareKeys } from "./state/key-order.ts";
import { isMarker } from "./state/object.ts";
import type { StoredObject } from "./state/object.ts";
import type { AccessTier } from "./tiering/tiers.ts";

/** An object as it really is, seen without a request and without a charge. */
export interface ObjectView {
  readonly key: string;
  readonly versionId: string;
  readonly size: number;
  readonly storageClass: string;
  /** Of INTELLIGENT_TIERING. */
  readonly accessTier: AccessTier | undefined;
  readonly state: ArchiveState;
  /** ms since the epoch. */
  readonly lastModified: number;
  /** When a newer version came, ms since the epoch; undefined for the current one. */
  readonly noncurrentSince: number | undefined;
  readonly etag: string;
  readonly encryption: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly retention: Retention | undefined;
  readonly legalHold: "ON" | "OFF" | undefined;
  readonly restore: { readonly tier: RetrievalTier; readonly readyAt: number; readonly expiry: number | undefined } | undefined;
}

export interface MarkerView {
  readonly key: string;
  readonly versionId: string;
  readonly deleteMarker: true;
  readonly lastModified: number;
  readonly noncurrentSince: number | undefined;
}

export type VersionView = ObjectView | MarkerView;

export function inspectObjects(account: Account, bucketName: string): ObjectView[] {
  account.catchUp();
  return account.bucket(bucketName).objects.values().map(viewOf);
}

export function inspectVersions(account: Account, bucketName: string): VersionView[] {
  account.catchUp();
  const bucket = account.bucket(bucketName);
  const keys = [...new Set([...bucket.objects.keys(), ...bucket.others.keys()])].sort(compareKeys);
  return keys.flatMap((key) =>
    bucket.versions(key).map((version) => {
      if (!isMarker(version)) return viewOf(version);
      const { versionId, deleteMarker, lastModified, noncurrentSince } = version;
      return { key, versionId, deleteMarker, lastModified, noncurrentSince };
    }),
  );
}

function viewOf(object: StoredObject): ObjectView {
  const { restore, encryption } = object;
  return {
    key: object.key,
    versionId: object.versionId,
    size: object.size,
    storageClass: object.storageClass,
    accessTier: object.accessTier,
    state: archiveState(object),
    lastModified: object.lastModified,
    noncurrentSince: object.noncurrentSince,
    etag: object.etag,
    encryption: encryption.customerKeyMd5 === undefined ? encryption.algorithm : "customer",
    tags: Object.fromEntries(object.tags),
    retention: object.retention,
    legalHold: object.legalHold,
    restore: restore === undefined ? undefined : { tier: restore.tier, readyAt: restore.readyAt, expiry: restore.expiry },
  };
}
