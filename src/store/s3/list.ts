import type { ListObjectsV2CommandOutput } from "@aws-sdk/client-s3";
import type { CallOptions, ObjectInfo, RestoreState } from "../object-store.ts";
import { isStoreError, StoreError } from "../store-error.ts";
import { restoreState } from "./restore-header.ts";
import { call, objectName, type Session, sending } from "./session.ts";

type Listed = NonNullable<ListObjectsV2CommandOutput["Contents"]>[number];

export async function* listObjects(session: Session, prefix: string, { signal }: CallOptions): AsyncGenerator<ObjectInfo> {
  let token: string | undefined;
  do {
    const page = await onePage(session, prefix, token, signal);
    if (page.Name === undefined && page.KeyCount === undefined && page.IsTruncated === undefined) throw noList(session);
    for (const item of page.Contents ?? []) {
      const info = infoOf(session, item);
      if (info?.restore !== undefined) session.restoreSeenInList = true;
      if (info !== undefined) yield info;
    }
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    if (page.IsTruncated === true && token === undefined) {
      throw new StoreError({ code: "server", message: `${session.location}: the list says there is more but not where it goes on` });
    }
  } while (token !== undefined);
}

/** A login page answered with 200 would otherwise look like an empty repository. */
function noList(session: Session): StoreError {
  return new StoreError({
    code: "invalid",
    message: `${session.location}: the answer to a list is no list`,
    hint: "is this the address of an S3 server, and no proxy or web page in between?",
  });
}

/** Restore states cost nothing extra in LIST; a server that does not know the header gets the question without it, once and for all. */
async function onePage(
  session: Session,
  prefix: string,
  token: string | undefined,
  signal: AbortSignal | undefined,
): Promise<ListObjectsV2CommandOutput> {
  const asked = session.restoreInList;
  try {
    return await call(session, { verb: "list", signal }, () =>
      session.client.send(
        new session.sdk.ListObjectsV2Command({
          Bucket: session.bucket,
          Prefix: objectName(session, prefix),
          ...(token === undefined ? {} : { ContinuationToken: token }),
          ...(asked ? { OptionalObjectAttributes: ["RestoreStatus"] } : {}),
        }),
        sending(signal),
      ),
    );
  } catch (error) {
    if (!asked || !(isStoreError(error, "unsupported") || isStoreError(error, "invalid"))) throw error;
    session.restoreInList = false;
    return onePage(session, prefix, token, signal);
  }
}

function infoOf(session: Session, item: Listed): ObjectInfo | undefined {
  const name = item.Key;
  const start = session.prefix === "" ? "" : `${session.prefix}/`;
  // A "folder" made by a web console is an empty object whose name ends with a slash.
  if (name === undefined || !name.startsWith(start) || name === start || name.endsWith("/")) return undefined;
  return {
    key: name.slice(start.length),
    size: item.Size ?? 0,
    lastModified: item.LastModified?.getTime() ?? 0,
    storageClass: item.StorageClass ?? "STANDARD",
    restore: restoreOf(item, session.clock.now()),
    etag: item.ETag,
  };
}

function restoreOf({ RestoreStatus: status }: Listed, now: number): RestoreState | undefined {
  if (status === undefined || (status.IsRestoreInProgress === undefined && status.RestoreExpiryDate === undefined)) return undefined;
  if (status.IsRestoreInProgress !== true && status.RestoreExpiryDate === undefined) return undefined;
  return restoreState(status.IsRestoreInProgress === true, status.RestoreExpiryDate?.getTime(), now);
}
