import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { Account } from "./account.ts";
import type { Waits } from "./archive.ts";
import type { Credentials } from "./auth/sigv4.ts";
import { Clock } from "./clock.ts";
import type { ClockMode } from "./clock.ts";
import { Faults } from "./faults.ts";
import type { FaultRule } from "./faults.ts";
import { inspectObjects, inspectVersions } from "./inspect.ts";
import type { ObjectView, VersionView } from "./inspect.ts";
import type { Bill } from "./ledger/bill.ts";
import { Ledger } from "./ledger/ledger.ts";
import { loadPrices } from "./ledger/prices.ts";
import type { Prices } from "./ledger/prices.ts";
import { checkBucketName } from "./ops/bucket-ops.ts";
import { seededRandom } from "./random.ts";
import { createIceboxServer } from "./server.ts";
import { newBucketFacts } from "./state/bucket.ts";
import { FolderBytes, MemoryBytes } from "./state/bytes-store.ts";
import { FolderJournal, NoJournal } from "./state/journal.ts";
import type { Journal } from "./state/journal.ts";

export type { Waits } from "./archive.ts";
export type { Credentials } from "./auth/sigv4.ts";
export type { ClockMode } from "./clock.ts";
export type { FaultKind, FaultRule, Faults } from "./faults.ts";
export type { MarkerView, ObjectView, VersionView } from "./inspect.ts";
export type { Bill, CountItem, LineItem } from "./ledger/bill.ts";
export { loadPrices } from "./ledger/prices.ts";
export type { Prices } from "./ledger/prices.ts";
export { rehearse } from "./rehearsal.ts";
export type { Rehearsal, RehearsalOptions, Thawed } from "./rehearsal.ts";

export interface IceboxOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly host?: string;
  /** Where data, metadata and ledger are kept across restarts; in memory when absent. */
  readonly dir?: string;
  /** `wall` unless given. */
  readonly clock?: ClockMode;
  readonly credentials?: Credentials | readonly Credentials[];
  /** Made when they do not exist. */
  readonly buckets?: readonly string[];
  readonly region?: string;
  readonly seed?: number;
  readonly faults?: readonly FaultRule[];
  readonly waits?: Waits;
  /** What the new `buckets` begin with. Object Lock brings versioning with it. */
  readonly versioning?: "Enabled" | "Suspended";
  readonly objectLock?: boolean;
  /** Class names to take besides AWS's own; billed as STANDARD. */
  readonly extraClasses?: readonly string[];
  readonly prices?: Prices;
  readonly domains?: readonly string[];
}

export interface Icebox extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly endpoint: string;
  readonly port: number;
  readonly region: string;
  readonly credentials: Credentials;
  readonly clock: { now(): number; set(ms: number): void; advance(ms: number): void };
  readonly faults: Faults;
  /** The bill up to now. */
  ledger(): Bill;
  objects(bucket: string): ObjectView[];
  /** All versions, by key and newest first, delete markers included. */
  versions(bucket: string): VersionView[];
  close(): Promise<void>;
}

export const DEFAULT_CREDENTIALS: Credentials = { accessKeyId: "icebox", secretAccessKey: "icebox-secret" };
const DEFAULT_DOMAINS = ["localhost", "s3.localhost", "s3.amazonaws.com", "127.0.0.1.nip.io"];

export async function startIcebox(options: IceboxOptions = {}): Promise<Icebox> {
  const region = options.region ?? "us-east-1";
  const credentials = readCredentials(options.credentials);
  const journal = options.dir === undefined ? new NoJournal() : new FolderJournal(options.dir);
  const clock = openClock(options.clock ?? "wall", journal);
  const account = openAccount(options, clock, journal, region);
  createBuckets(account, options);
  const faults = new Faults();
  for (const rule of options.faults ?? []) faults.add(rule);
  const domains = [...(options.domains ?? DEFAULT_DOMAINS), `s3.${region}.amazonaws.com`];
  const server = createIceboxServer({ account, faults, credentials, region, domains });
  const host = options.host ?? "127.0.0.1";
  server.listen(options.port ?? 0, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
    account.commit();
    journal.close();
  };
  return {
    endpoint: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    port,
    region,
    credentials: credentials[0]!,
    clock,
    faults,
    ledger: () => account.ledger.bill(account.catchUp()),
    objects: (bucket) => inspectObjects(account, bucket),
    versions: (bucket) => inspectVersions(account, bucket),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function readCredentials(given: IceboxOptions["credentials"]): readonly Credentials[] {
  if (given === undefined) return [DEFAULT_CREDENTIALS];
  return "accessKeyId" in given ? [given] : given.length === 0 ? [DEFAULT_CREDENTIALS] : given;
}

/** A folder's clock goes on where it was: its objects must not be from the future. */
function openClock(mode: ClockMode, journal: Journal): Clock {
  const clock = new Clock(mode);
  for (const [, saved] of journal.loaded("clock")) if ((saved as number) > clock.now()) clock.set(saved as number);
  return clock;
}

function openAccount(options: IceboxOptions, clock: Clock, journal: Journal, region: string): Account {
  const account = new Account({
    clock,
    ledger: new Ledger(options.prices ?? loadPrices(region), journal),
    journal,
    bytes: options.dir === undefined ? new MemoryBytes() : new FolderBytes(options.dir),
    waits: options.waits ?? "upper",
    random: seededRandom(options.seed ?? 1),
    extraClasses: new Set(options.extraClasses),
  });
  clock.onMove(() => {
    account.catchUp();
    journal.mark("clock", "now", () => clock.now());
    account.commit();
  });
  return account;
}

function createBuckets(account: Account, options: IceboxOptions): void {
  for (const name of options.buckets ?? []) {
    checkBucketName(name);
    if (account.buckets.has(name)) continue;
    const { versioning, objectLock = false } = options;
    account.createBucket(newBucketFacts(name, account.clock.now(), { versioning, objectLock }));
  }
  account.commit();
}
