import type { LifecycleConfiguration } from "../lifecycle/rule.ts";
import type { DefaultRetention } from "../lock/retention.ts";
import type { BucketPolicy } from "../policy/policy.ts";
import type { TieringConfiguration } from "../tiering/configuration.ts";
import { KeyMap } from "./key-order.ts";
import { isMarker } from "./object.ts";
import type { StoredEncryption, StoredObject, Upload, Version } from "./object.ts";

/** What a bucket says about itself; kept as one document. */
export interface BucketFacts {
  readonly name: string;
  readonly created: number;
  /** Undefined when it was never enabled. */
  versioning: "Enabled" | "Suspended" | undefined;
  /** Once on, on for ever, and versioning with it. */
  objectLock: boolean;
  defaultRetention: DefaultRetention | undefined;
  encryption: StoredEncryption;
  lifecycle: LifecycleConfiguration | undefined;
  /** Of INTELLIGENT_TIERING, by id. */
  tiering: readonly TieringConfiguration[];
  policy: BucketPolicy | undefined;
}

export function newBucketFacts(name: string, at: number, special: Partial<BucketFacts> = {}): BucketFacts {
  const objectLock = special.objectLock === true;
  return {
    name,
    created: Math.floor(at / 1000) * 1000,
    defaultRetention: undefined,
    encryption: { algorithm: "AES256" },
    lifecycle: undefined,
    tiering: [],
    policy: undefined,
    ...special,
    versioning: objectLock ? "Enabled" : special.versioning,
    objectLock,
  };
}

export class Bucket {
  readonly facts: BucketFacts;
  /** What a key means when no version is named. */
  readonly objects = new KeyMap<StoredObject>();
  /** All other versions, newest first: noncurrent ones, and delete markers, of which the first may be the current version. */
  readonly others = new KeyMap<readonly Version[]>();
  readonly uploads = new Map<string, Upload>();

  constructor(facts: BucketFacts) {
    this.facts = facts;
  }

  get name(): string {
    return this.facts.name;
  }

  /** Every version of a key, newest first; the first is the current one. */
  versions(key: string): readonly Version[] {
    const current = this.objects.get(key);
    const others = this.others.get(key) ?? [];
    return current === undefined ? others : [current, ...others];
  }

  version(key: string, versionId: string): Version | undefined {
    const current = this.objects.get(key);
    return current?.versionId === versionId ? current : this.others.get(key)?.find((version) => version.versionId === versionId);
  }

  /** Replaces the versions of a key; the first becomes the current one. */
  setVersions(key: string, versions: readonly Version[]): void {
    const [current, ...older] = versions;
    const visible = current !== undefined && !isMarker(current) ? current : undefined;
    if (visible === undefined) this.objects.delete(key);
    else this.objects.set(key, visible);
    const others = visible === undefined ? versions : older;
    if (others.length === 0) this.others.delete(key);
    else this.others.set(key, others);
  }
}
