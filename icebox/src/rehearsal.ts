import { Account } from "./account.ts";
import { archiveState, offersTier } from "./archive.ts";
import { Clock, DAY_MS } from "./clock.ts";
import type { Bill, CountItem } from "./ledger/bill.ts";
import { Ledger } from "./ledger/ledger.ts";
import { loadPrices } from "./ledger/prices.ts";
import type { RetrievalTier } from "./ledger/prices.ts";
import { parseLifecycle } from "./lifecycle/parse.ts";
import { seededRandom } from "./random.ts";
import type { BytesStore } from "./state/bytes-store.ts";
import { newBucketFacts } from "./state/bucket.ts";
import type { Bucket } from "./state/bucket.ts";
import { NoJournal } from "./state/journal.ts";
import { newborn } from "./state/object.ts";
import type { StoredObject } from "./state/object.ts";

/** The same bucket, rules, waits and bill as the server's, without requests and without bytes: only sizes count. */
export interface Rehearsal {
  now(): number;
  /** Moves the clock; rules and thaws that fall due on the way happen. */
  moveTo(ms: number): void;
  put(key: string, size: number): void;
  remove(key: string): void;
  /** Requests that were made, or not made, elsewhere; `put` and `remove` charge none by themselves. */
  charge(line: { readonly item: CountItem; readonly class: string; readonly tier?: string | undefined; readonly quantity: number }): void;
  /** Asks for what is archived among these keys, moves the clock until all of it is readable and then until the copies have ended. */
  thaw(keys: Iterable<string>, tier: RetrievalTier, days: number): Thawed;
  bill(): Bill;
}

export interface Thawed {
  readonly objects: number;
  readonly bytes: number;
  /** From asking until the last object was readable; 0 when all of it was. */
  readonly waitMs: number;
  /** Requests, retrieval and temporary copies. */
  readonly cost: number;
}

export interface RehearsalOptions {
  readonly start: number;
  readonly region: string;
  /** The body of a PutBucketLifecycleConfiguration; no rule when absent. */
  readonly lifecycle?: string | undefined;
}

const NO_BYTES: BytesStore = {
  write: () => undefined,
  read: () => Buffer.alloc(0),
  alias: () => undefined,
  remove: () => undefined,
};

const THAW_ITEMS: ReadonlySet<string> = new Set(["restore-requests", "restore-retrieval", "temporary-copy"]);

export function rehearse(options: RehearsalOptions): Rehearsal {
  const clock = new Clock({ start: options.start });
  const journal = new NoJournal();
  const ledger = new Ledger(loadPrices(options.region), journal);
  const account = new Account({
    clock,
    ledger,
    journal,
    bytes: NO_BYTES,
    waits: "upper",
    random: seededRandom(1),
    extraClasses: new Set(),
  });
  const lifecycle = options.lifecycle === undefined ? undefined : parseLifecycle(options.lifecycle, undefined, new Set());
  const bucket = account.createBucket(newBucketFacts("rehearsal", options.start, { lifecycle }));
  const moveTo = (ms: number): void => {
    clock.set(ms);
    account.catchUp();
  };
  const bill = (): Bill => ledger.bill(account.catchUp());
  return {
    now: () => clock.now(),
    moveTo,
    put: (key, size) => account.putObject(bucket, objectOf(account, key, size), clock.now()),
    remove: (key) => account.deleteObject(bucket, key, clock.now()),
    charge: (line) => ledger.count(line.item, line.class, line.tier, line.quantity, clock.now()),
    thaw: (keys, tier, days) => {
      const before = thawCost(bill());
      const asked = ask(account, bucket, keys, { tier, days });
      const from = clock.now();
      const readyAt = Math.max(from, ...asked.map((object) => object.restore?.readyAt ?? from));
      moveTo(readyAt + (days + 1) * DAY_MS);
      const bytes = asked.reduce((sum, object) => sum + object.size, 0);
      return { objects: asked.length, bytes, waitMs: readyAt - from, cost: thawCost(bill()) - before };
    },
    bill,
  };
}

function objectOf(account: Account, key: string, size: number): StoredObject {
  return {
    ...newborn(account.clock.now(), "STANDARD"),
    key,
    versionId: "null",
    order: account.newOrder(),
    id: account.newId(),
    size,
    etag: "",
    tags: [],
    headers: {},
    metadata: {},
    encryption: { algorithm: "AES256" },
    checksum: undefined,
    partSizes: undefined,
    retention: undefined,
    legalHold: undefined,
  };
}

function ask(
  account: Account,
  bucket: Bucket,
  keys: Iterable<string>,
  request: { readonly tier: RetrievalTier; readonly days: number },
): StoredObject[] {
  const asked: StoredObject[] = [];
  for (const key of keys) {
    const object = bucket.objects.get(key);
    if (object === undefined) throw new RangeError(`${key} is not in the rehearsed bucket`);
    if (archiveState(object) !== "archived") continue;
    if (!offersTier(object, request.tier)) throw new RangeError(`${object.storageClass} has no tier ${request.tier}`);
    const now = account.clock.now();
    account.ledger.count("restore-requests", object.storageClass, request.tier, 1, now);
    account.thaws.start(bucket, object, request, now);
    asked.push(object);
  }
  return asked;
}

function thawCost(bill: Bill): number {
  return bill.lines.filter((line) => THAW_ITEMS.has(line.item)).reduce((sum, line) => sum + line.amount, 0);
}
