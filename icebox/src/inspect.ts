import type { Account } from "./account.ts";
import { archiveState } from "./archive.ts";
import type { ArchiveState } from "./archive.ts";
import type { RetrievalTier } from "./ledger/prices.ts";

/** An object as it really is, seen without a request and without a charge. */
export interface ObjectView {
  readonly key: string;
  readonly size: number;
  readonly storageClass: string;
  readonly state: ArchiveState;
  /** ms since the epoch. */
  readonly lastModified: number;
  readonly etag: string;
  readonly encryption: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly restore: { readonly tier: RetrievalTier; readonly readyAt: number; readonly expiry: number | undefined } | undefined;
}

export function inspectObjects(account: Account, bucketName: string): ObjectView[] {
  account.catchUp();
  return account
    .bucket(bucketName)
    .objects.values()
    .map((object) => ({
      key: object.key,
      size: object.size,
      storageClass: object.storageClass,
      state: archiveState(object),
      lastModified: object.lastModified,
      etag: object.etag,
      encryption: object.encryption.customerKeyMd5 === undefined ? object.encryption.algorithm : "customer",
      tags: Object.fromEntries(object.tags),
      restore:
        object.restore === undefined
          ? undefined
          : { tier: object.restore.tier, readyAt: object.restore.readyAt, expiry: object.restore.expiry },
    }));
}
