import { describe, test } from "node:test";
import { startMoto, withoutPeer } from "../../test/peers.ts";
import { describeS3 } from "./contract.ts";
import type { Target } from "./contract.ts";

/** What moto 5.2.5 is known to do otherwise than S3. A case is skipped only for what it is about. */
const GAPS: Target["gaps"] = {
  signatures: "moto verifies no signatures",
  "payload-hash": "moto does not hash payloads",
  "content-md5": "moto does not check Content-MD5",
  checksums: "moto stores the checksums it is given without checking them",
  "restore-again-409": "moto never answers RestoreAlreadyInProgress",
  "restore-tier": "moto does not validate the tier",
  "restore-status-in-list": "moto has no RestoreStatus in LIST",
  "part-copy-archived": "moto copies parts out of the ice",
  "copy-source-conditions": "moto ignores conditions on a copy's source",
  "copy-destination-conditions": "moto ignores conditions on a copy's destination",
  "part-order": "moto accepts a part twice and in any order",
  "default-encryption": "moto's buckets have no default encryption",
  "customer-key": "moto reads without the customer's key",
  "aborted-upload": "moto fails with 500 on a part for an upload that is over",
  "v1-delimiter-pages": "moto counts keys and common prefixes apart",
  suspended: "moto forgets every version on a write while versioning is suspended",
  "marker-told": "moto says nothing of a delete marker and calls it a version that is missing",
  "version-pages": "moto's pages of versions may be longer than asked for",
  "restore-version": "moto ignores the version id of a restore",
  "get-retention": "moto cannot tell an object's retention",
  "retention-shorter": "moto lets retention be made shorter",
  "default-retention-copy": "moto wants an empty bucket for a default retention, and a digest of the body that a copy has not",
  "lock-digest-code": "moto has a code of its own for a missing digest",
  "locked-suspend": "moto suspends versioning under Object Lock",
  "policy-on-buckets": "moto applies policies to objects only",
  "policy-checked": "moto keeps whatever it is given as a policy",
  "intelligent-tiering": "moto has no configurations of INTELLIGENT_TIERING",
};

const absent = withoutPeer("moto");

if (absent === false) {
  describeS3("moto", async () => {
    const moto = await startMoto();
    return {
      endpoint: moto.endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "moto", secretAccessKey: "moto" },
      gaps: GAPS,
      // One look makes a thaw "ongoing"; then so many would be needed that it stays.
      holdThaws: (phase) => moto.thaw(phase === "before" ? 1 : 1_000_000_000),
      finishThaws: () => moto.thaw("immediate"),
      stop: () => moto.stop(),
    };
  });
} else {
  describe("S3 as moto speaks it", () => {
    test("the contract", { skip: absent });
  });
}
