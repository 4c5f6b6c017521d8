import { archiveState, isFaster, isTier, offersTier } from "../archive.ts";
import { child, childText, parseXml } from "../http/xml.ts";
import type { RetrievalTier } from "../ledger/prices.ts";
import { invalidArgument, malformedXml, S3Error } from "../s3-error.ts";
import type { StoredObject } from "../state/object.ts";
import { bodyText, bucketOf, objectOf } from "./call.ts";
import type { Call, Operation } from "./call.ts";
import { invalidObjectState } from "./get-object.ts";

const MAX_DAYS = 2_147_483_647;

/** 202 when a thaw begins or is sped up, 200 when the copy is there already (its end moves), 409 when a thaw at least as fast is under way. */
export const restoreObject: Operation = (call) => {
  const bucket = bucketOf(call);
  const object = objectOf(call);
  const state = archiveState(object);
  if (state === "hot") throw notRestorable(object);
  const wanted = readWish(call);
  checkDays(object, wanted.days);
  if (!offersTier(object, wanted.tier)) {
    throw invalidArgument(`Retrieval option ${wanted.tier} is not supported by this storage class`, "Tier", wanted.tier);
  }
  if (state === "thawed" && wanted.days !== undefined) {
    payRequest(call, object.storageClass, wanted.tier);
    call.account.thaws.extend(bucket, object, wanted.days, call.at);
    return { status: 200 };
  }
  if (object.restore !== undefined) {
    // Days cannot be changed while a thaw is under way, only its speed.
    const speedsUp = isFaster(wanted.tier, object.restore.tier) && wanted.days === object.restore.days;
    if (!speedsUp) throw new S3Error(409, "RestoreAlreadyInProgress", "Object restore is already in progress");
  }
  payRequest(call, object.storageClass, wanted.tier);
  call.account.thaws.start(bucket, object, wanted, call.at);
  return { status: 202 };
};

function notRestorable(object: StoredObject): S3Error {
  if (object.accessTier === undefined) {
    return invalidObjectState(object, "Restore is not allowed for the object's current storage class");
  }
  return new S3Error(403, "ObjectAlreadyInActiveTierError", "Restore is not allowed because the object is in an active access tier", {
    StorageClass: object.storageClass,
  });
}

/** A thaw out of INTELLIGENT_TIERING makes no copy: the object itself moves, so there is nothing that lasts for days. */
function checkDays(object: StoredObject, days: number | undefined): void {
  if (object.accessTier === undefined && days === undefined) throw malformedXml();
  if (object.accessTier !== undefined && days !== undefined) {
    throw invalidArgument("Days must not be specified for an object of INTELLIGENT_TIERING", "Days", String(days));
  }
}

function payRequest(call: Call, storageClass: string, tier: RetrievalTier): void {
  call.account.ledger.count("restore-requests", storageClass, tier, 1, call.at);
}

function readWish(call: Call): { days: number | undefined; tier: RetrievalTier } {
  const root = parseXml(bodyText(call));
  if (root.name !== "RestoreRequest") throw malformedXml();
  const daysText = childText(root, "Days");
  if (daysText !== undefined && !/^\d{1,10}$/.test(daysText)) throw malformedXml();
  const days = daysText === undefined ? undefined : Number(daysText);
  if (days !== undefined && (days < 1 || days > MAX_DAYS)) throw invalidArgument("restoration days should be at least 1", "Days", daysText);
  const tier = childText(child(root, "GlacierJobParameters"), "Tier") ?? childText(root, "Tier") ?? "Standard";
  if (!isTier(tier)) throw malformedXml();
  return { days, tier };
}

/** For the fault that has no capacity left for Expedited; other tiers pass. */
export function wantsExpedited(call: Call): boolean {
  return readWish(call).tier === "Expedited";
}
