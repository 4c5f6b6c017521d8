import type { S3Request } from "./http/request.ts";
import { seededRandom } from "./random.ts";

export type FaultKind =
  /** 503 SlowDown, nothing done. */
  | "throttle"
  /** 500 InternalError, nothing done. */
  | "error500"
  /** The connection breaks: in the answer, after the operation was done, or in the request, before it. */
  | "drop"
  /** The answer trickles at `bytesPerSecond` of wall time. */
  | "slow"
  /** A copy or completion answers 200 with an error in the body, nothing done. */
  | "copy-200-error"
  /** 503 for Expedited restores. */
  | "expedited-unavailable"
  | "access-denied"
  /** 501, as servers answer that lack an operation. */
  | "not-implemented";

export interface FaultRule {
  readonly kind: FaultKind;
  readonly match?: {
    /** AWS's operation name, for example `PutObject`; several separated by commas. */
    readonly op?: string;
    readonly method?: string;
    readonly bucket?: string;
    readonly keyPrefix?: string;
  };
  /** Chance that a matching request is hit; 1 unless given. */
  readonly probability?: number;
  /** How many requests it hits at most; no limit unless given. */
  readonly count?: number;
  /** How many matching requests pass unharmed first. */
  readonly skip?: number;
  readonly seed?: number;
  /** For `drop`: `response` unless given. */
  readonly at?: "request" | "response";
  /** For `slow`. */
  readonly bytesPerSecond?: number;
}

interface Armed {
  readonly id: number;
  readonly rule: FaultRule;
  readonly random: () => number;
  seen: number;
  hits: number;
}

const KINDS: ReadonlySet<string> = new Set<FaultKind>([
  "throttle",
  "error500",
  "drop",
  "slow",
  "copy-200-error",
  "expedited-unavailable",
  "access-denied",
  "not-implemented",
]);

const COPIES = new Set(["CopyObject", "UploadPartCopy", "CompleteMultipartUpload"]);

/** Failures on request. The first rule that matches and fires decides what happens to a request. */
export class Faults {
  #armed: Armed[] = [];
  #nextId = 1;

  add(rule: FaultRule): number {
    if (!KINDS.has(rule.kind)) throw new RangeError(`no such fault: ${rule.kind} (there are ${[...KINDS].join(", ")})`);
    const id = this.#nextId++;
    this.#armed.push({ id, rule, random: seededRandom(rule.seed ?? id), seen: 0, hits: 0 });
    return id;
  }

  remove(id: number): void {
    this.#armed = this.#armed.filter((armed) => armed.id !== id);
  }

  clear(): void {
    this.#armed = [];
  }

  list(): { id: number; rule: FaultRule; seen: number; hits: number }[] {
    return this.#armed.map(({ id, rule, seen, hits }) => ({ id, rule, seen, hits }));
  }

  /** The rule that hits this request, if one does. */
  pick(request: S3Request, operation: string): FaultRule | undefined {
    for (const armed of this.#armed) {
      if (!matches(armed.rule, request, operation)) continue;
      armed.seen++;
      const { skip = 0, count = Infinity, probability = 1 } = armed.rule;
      if (armed.seen <= skip || armed.hits >= count || armed.random() >= probability) continue;
      armed.hits++;
      return armed.rule;
    }
    return undefined;
  }
}

function matches(rule: FaultRule, request: S3Request, operation: string): boolean {
  const { op, method, bucket, keyPrefix } = rule.match ?? {};
  if (op !== undefined && !op.split(",").includes(operation)) return false;
  if (method !== undefined && method !== request.method) return false;
  if (bucket !== undefined && bucket !== request.bucket) return false;
  if (keyPrefix !== undefined && request.key?.startsWith(keyPrefix) !== true) return false;
  if (rule.kind === "copy-200-error") return COPIES.has(operation);
  return rule.kind !== "expedited-unavailable" || operation === "RestoreObject";
}
