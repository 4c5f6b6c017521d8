import { after, before, describe } from "node:test";
import { archiveCases } from "./contract/archive.ts";
import { bucketCases } from "./contract/buckets.ts";
import { copyCases } from "./contract/copying.ts";
import { governingCases } from "./contract/governing.ts";
import { listingCases } from "./contract/listing.ts";
import { lockCases } from "./contract/locking.ts";
import { objectCases } from "./contract/objects.ts";
import { signingCases } from "./contract/signing.ts";
import { suiteOf } from "./contract/target.ts";
import type { Target } from "./contract/target.ts";
import { versionCases } from "./contract/versions.ts";

export type { Gap, Target } from "./contract/target.ts";

/** What S3 does, as far as Firnline leans on it. Two servers that share no line of code must both pass: that guards against fooling ourselves. */
export function describeS3(name: string, start: () => Promise<Target>): void {
  describe(`S3 as ${name} speaks it`, () => {
    let target: Target | undefined;
    before(async () => {
      target = await start();
    });
    after(() => target?.stop());
    const suite = suiteOf(name, () => {
      if (target === undefined) throw new Error("the server has not been started");
      return target;
    });
    objectCases(suite);
    listingCases(suite);
    copyCases(suite);
    archiveCases(suite);
    bucketCases(suite);
    versionCases(suite);
    lockCases(suite);
    governingCases(suite);
    signingCases(suite);
  });
}
