import type { BucketFacts, CallOptions } from "../object-store.ts";
import { isStoreError } from "../store-error.ts";
import { nameOf } from "./error.ts";
import { call, type Session, sending } from "./session.ts";
import { sdkRegion } from "./wire.ts";

/** What must be known before a class is changed: a versioned bucket would keep, and bill, every old version. */
export async function bucketFacts(session: Session, { signal }: CallOptions): Promise<BucketFacts> {
  const versioning = await unlessUnsaid(() => versioningOf(session, signal));
  const objectLock = await unlessUnsaid(() => objectLockOf(session, signal));
  return { versioning: versioning ?? "unknown", objectLock: objectLock ?? "unknown" };
}

/** Denied or not implemented is "unknown"; a broken connection is an error like any other. */
async function unlessUnsaid<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isStoreError(error, "access-denied") || isStoreError(error, "unsupported") || isStoreError(error, "invalid")) return undefined;
    throw error;
  }
}

async function versioningOf(session: Session, signal: AbortSignal | undefined): Promise<BucketFacts["versioning"]> {
  const { Status } = await call(session, { verb: "ask about versions in", signal }, async () => {
    const { sdk, client } = await session.aws();
    return client.send(new sdk.GetBucketVersioningCommand({ Bucket: session.bucket }), sending(signal));
  });
  if (Status === undefined) return "off";
  return Status === "Enabled" ? "on" : "suspended";
}

const NO_LOCK: ReadonlySet<string> = new Set(["ObjectLockConfigurationNotFoundError", "NoSuchObjectLockConfiguration"]);

async function objectLockOf(session: Session, signal: AbortSignal | undefined): Promise<BucketFacts["objectLock"]> {
  return call(session, { verb: "ask about locks in", signal }, async () => {
    try {
      const { sdk, client } = await session.aws();
      const command = new sdk.GetObjectLockConfigurationCommand({ Bucket: session.bucket });
      const { ObjectLockConfiguration } = await client.send(command, sending(signal));
      return ObjectLockConfiguration?.ObjectLockEnabled === "Enabled" ? "on" : "off";
    } catch (error) {
      if (NO_LOCK.has(nameOf(error))) return "off";
      throw error;
    }
  });
}

/** Makes the bucket when it is not there. Who may not ask gets the benefit of the doubt: the first write tells. */
export async function createBucket(session: Session, { signal }: CallOptions): Promise<void> {
  try {
    await call(session, { verb: "look at", signal }, () => session.line.ask({ method: "HEAD", signal }));
    return;
  } catch (error) {
    if (isStoreError(error, "access-denied")) return;
    if (!isStoreError(error, "not-found") && !isStoreError(error, "no-such-bucket")) throw error;
  }
  await call(session, { verb: "create", signal }, async () => {
    try {
      const place = session.region === "us-east-1" ? {} : { CreateBucketConfiguration: { LocationConstraint: sdkRegion(session.region) } };
      const { sdk, client } = await session.aws();
      await client.send(new sdk.CreateBucketCommand({ Bucket: session.bucket, ...place }), sending(signal));
    } catch (error) {
      if (nameOf(error) !== "BucketAlreadyOwnedByYou") throw error;
    }
  });
}
