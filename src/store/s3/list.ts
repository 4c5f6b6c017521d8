import type { CallOptions, ObjectInfo, RestoreState } from "../object-store.ts";
import { isStoreError, StoreError } from "../store-error.ts";
import { eachInner, innerOf, textOf } from "./line/xml.ts";
import { type NameRange, rangesAfter, together } from "./list-ranges.ts";
import { restoreState } from "./restore-header.ts";
import { call, objectName, type Session } from "./session.ts";

/** A page, and where the list goes on. */
interface Page {
  readonly infos: readonly ObjectInfo[];
  /** The server's name of the last object of the page, ours or not. */
  readonly last: string | undefined;
  readonly token: string | undefined;
}

/** From where a page is wanted. */
interface From {
  readonly token?: string | undefined;
  readonly after?: string;
}

/**
 * Pages follow one another, each a round trip. The packs of a large repository are listed in several stretches at once, which makes 64
 * pages (1 TB) as quick as 14; it may take a page more for each stretch.
 */
export async function* listObjects(session: Session, prefix: string, { signal }: CallOptions): AsyncGenerator<ObjectInfo> {
  const first = await readPage(session, prefix, {}, signal);
  yield* first.infos;
  if (first.token === undefined) return;
  const ranges = first.last === undefined ? undefined : rangesAfter(objectName(session, prefix), first.last, session.listsAtOnce);
  const sources = (ranges ?? [undefined]).map((range) => pages(session, prefix, range ?? { token: first.token }, range, signal));
  for await (const infos of together(sources)) yield* infos;
}

async function* pages(
  session: Session,
  prefix: string,
  from: From,
  range: NameRange | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly ObjectInfo[]> {
  for (let at: From | undefined = from; at !== undefined;) {
    const page: Page = await readPage(session, prefix, at, signal);
    // Also what lies before the range is not ours: a server may not know where to start, and begins anew.
    yield range === undefined ? page.infos : page.infos.filter(({ key }) => isIn(range, objectName(session, key)));
    const passed = range?.before !== undefined && page.last !== undefined && page.last >= range.before;
    at = page.token === undefined || passed ? undefined : { token: page.token };
  }
}

function isIn({ after, before }: NameRange, name: string): boolean {
  return name > after && (before === undefined || name < before);
}

async function readPage(session: Session, prefix: string, from: From, signal: AbortSignal | undefined): Promise<Page> {
  const page = await askPage(session, prefix, from, signal);
  if (!page.includes("<ListBucketResult") || !page.includes("</ListBucketResult>")) throw noList(session);
  const infos: ObjectInfo[] = [];
  let last: string | undefined;
  for (const item of eachInner(page, "Contents")) {
    last = textOf(item, "Key");
    const info = infoOf(session, item);
    if (info?.restore !== undefined) session.restoreSeenInList = true;
    if (info !== undefined) infos.push(info);
  }
  const more = textOf(page, "IsTruncated") === "true";
  const token = more ? textOf(page, "NextContinuationToken") : undefined;
  if (more && token === undefined) {
    throw new StoreError({ code: "server", message: `${session.location}: the list says there is more but not where it goes on` });
  }
  return { infos, last, token };
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
async function askPage(session: Session, prefix: string, from: From, signal: AbortSignal | undefined): Promise<string> {
  const asked = session.restoreInList;
  try {
    return await call(session, { verb: "list", signal }, () =>
      session.line.text({
        method: "GET",
        query: [
          ["list-type", "2"],
          ["prefix", objectName(session, prefix)],
          ...(from.token === undefined ? [] : [["continuation-token", from.token] as const]),
          ...(from.after === undefined ? [] : [["start-after", from.after] as const]),
        ],
        headers: asked ? { "x-amz-optional-object-attributes": "RestoreStatus" } : {},
        signal,
      }),
    );
  } catch (error) {
    if (!asked || !(isStoreError(error, "unsupported") || isStoreError(error, "invalid"))) throw error;
    session.restoreInList = false;
    return askPage(session, prefix, from, signal);
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
