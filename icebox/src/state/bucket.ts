import type { LifecycleConfiguration } from "../lifecycle/rule.ts";
import { KeyMap } from "./key-order.ts";
import type { StoredEncryption, StoredObject, Upload } from "./object.ts";

/** What a bucket says about itself; kept as one document. */
export interface BucketFacts {
  readonly name: string;
  readonly created: number;
  /** Undefined when it was never enabled. Reported, not yet acted upon. */
  versioning: "Enabled" | "Suspended" | undefined;
  objectLock: boolean;
  encryption: StoredEncryption;
  lifecycle: LifecycleConfiguration | undefined;
}

export class Bucket {
  readonly facts: BucketFacts;
  readonly objects = new KeyMap<StoredObject>();
  readonly uploads = new Map<string, Upload>();

  constructor(facts: BucketFacts) {
    this.facts = facts;
  }

  get name(): string {
    return this.facts.name;
  }
}
