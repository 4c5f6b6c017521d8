import type { CallOptions, ObjectInfo, RestoreState } from "../object-store.ts";
import { isStoreError, StoreError } from "../store-error.ts";
import { eachInner, innerOf, textOf } from "./line/xml.ts";
import { restoreState } from "./restore-header.ts";
import { call, objectName, type Session } from "./session.ts";

export async function* listObjects(session: Session, prefix: string, { signal }: CallOptions): AsyncGenerator<ObjectInfo> {
  let token: string | undefined;
  do {
    const page = await onePage(session, prefix, token, signal);
    if (!page.includes("<ListBucketResult") || !page.includes("</ListBucketResult>")) throw noList(session);
    for (const item of eachInner(page, "Contents")) {
      const info = infoOf(session, item);
      if (info?.restore !== undefined) session.restoreSeenInList = true;
      if (info !== undefined) yield info;
    }
    const more = textOf(page, "IsTruncated") === "true";
    token = more ? textOf(page, "NextContinuationToken") : undefined;
    if (more && token === undefined) {
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
async function onePage(session: Session, prefix: string, token: string | undefined, signal: AbortSignal | undefined): Promise<string> {
  const asked = session.restoreInList;
  try {
    return await call(session, { verb: "list", signal }, () =>
      session.line.text({
        method: "GET",
        query: [
          ["list-type", "2"],
          ["prefix", objectName(session, prefix)],
          ...(token === undefined ? [] : [["continuation-token", token] as const]),
        ],
        headers: asked ? { "x-amz-optional-object-attributes": "RestoreStatus" } : {},
        signal,
      }),
    );
  } catch (error) {
    if (!asked || !(isStoreError(error, "unsupported") || isStoreError(error, "invalid"))) throw error;
    session.restoreInList = false;
    return onePage(session, prefix, token, signal);
  }
}

function infoOf(session: Session, item: string): ObjectInfo | undefined {
  const name = textOf(item, "Key");
  const start = session.prefix === "" ? "" : `${session.prefix}/`;
  // A "folder" made by a web console is an empty object whose name ends with a slash.
  if (name === undefined || !name.startsWith(start) || name === start || name.endsWith("/")) return undefined;
  return {
    key: name.slice(start.length),
    size: Number(textOf(item, "Size") ?? 0),
    lastModified: Date.parse(textOf(item, "LastModified") ?? "") || 0,
    storageClass: textOf(item, "StorageClass") ?? "STANDARD",
    restore: restoreOf(item, session.clock.now()),
    etag: textOf(item, "ETag"),
  };
}

function restoreOf(item: string, now: number): RestoreState | undefined {
  const status = innerOf(item, "RestoreStatus");
  if (status === undefined) return undefined;
  const ongoing = textOf(status, "IsRestoreInProgress") === "true";
  const expiry = textOf(status, "RestoreExpiryDate");
  if (!ongoing && expiry === undefined) return undefined;
  return restoreState(ongoing, expiry === undefined ? undefined : Date.parse(expiry), now);
}
