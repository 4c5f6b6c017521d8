import { test } from "node:test";
import type { TestContext } from "node:test";
import { PlainClient } from "./client.ts";
import type { Server } from "./client.ts";

/** What the suite may expect of one server. A gap is a known difference from AWS, and the reason why a case is skipped there. */
export interface Target extends Server {
  readonly gaps: Partial<Record<Gap, string>>;
  /** Called before thaws are asked for, and again when they have been seen under way: from then on they stay so until `finishThaws`. */
  holdThaws(phase: "before" | "seen"): Promise<void>;
  finishThaws(): Promise<void>;
  stop(): Promise<void>;
}

export type Gap =
  | "signatures"
  | "payload-hash"
  | "content-md5"
  | "checksums"
  | "restore-again-409"
  | "restore-tier"
  | "restore-status-in-list"
  | "part-copy-archived"
  | "copy-source-conditions"
  | "copy-destination-conditions"
  | "delete-conditions"
  | "part-order"
  | "default-encryption"
  | "customer-key"
  | "aborted-upload"
  | "v1-delimiter-pages"
  | "suspended"
  | "marker-told"
  | "lock-digest-code"
  | "version-pages"
  | "restore-version"
  | "get-retention"
  | "retention-shorter"
  | "default-retention-copy"
  | "locked-suspend"
  | "policy-on-buckets"
  | "policy-checked"
  | "intelligent-tiering";

export interface Suite {
  readonly name: string;
  target(): Target;
  client(): PlainClient;
  /** A new, empty bucket. */
  bucket(): Promise<string>;
}

let buckets = 0;

export function suiteOf(name: string, target: () => Target): Suite {
  const client = () => new PlainClient(target());
  return {
    name,
    target,
    client,
    async bucket() {
      const bucket = `contract-${++buckets}-${process.pid}`;
      const answer = await client().send("PUT", bucket);
      if (answer.status !== 200) throw new Error(`could not make a bucket: ${answer.status} ${answer.text}`);
      return bucket;
    },
  };
}

export interface Scene {
  readonly client: PlainClient;
  readonly bucket: string;
  readonly target: Target;
  readonly t: TestContext;
}

/** One case of the contract, in a bucket of its own. */
export function contract(suite: Suite, title: string, needs: readonly Gap[], body: (scene: Scene) => Promise<void>): void {
  test(title, async (t) => {
    const target = suite.target();
    const missing = needs.map((gap) => target.gaps[gap]).find((reason) => reason !== undefined);
    if (missing !== undefined) return t.skip(missing);
    return body({ client: suite.client(), bucket: await suite.bucket(), target, t });
  });
}
