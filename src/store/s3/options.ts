import { FirnError } from "../../base/error.ts";
import { S3_CONNECTIONS } from "../../base/limits.ts";
import { kindOfClass } from "../class-names.ts";
import type { StorageClass } from "../object-store.ts";

export interface S3Options {
  readonly region: string | undefined;
  readonly lookup: "auto" | "dns" | "path";
  readonly connections: number;
  /** Class of everything written without a class of its own. */
  readonly storageClass: StorageClass;
  readonly anonymous: boolean;
  readonly profile: string | undefined;
}

export interface HttpOptions {
  /** A connection that moves no byte for so long is given up. */
  readonly idleTimeoutMs?: number | undefined;
  /** Added to what the SDK says of itself. */
  readonly userAgent?: string | undefined;
  readonly caCert?: string | undefined;
  readonly tlsClientCert?: string | undefined;
  readonly insecureTls?: boolean | undefined;
  /** ms since the epoch on the machine's own clock, which signatures are about; the world's clock may be another (the demo lives through a year). */
  readonly machineTime?: (() => number) | undefined;
}

const KNOWN = ["s3.region", "s3.bucket-lookup", "s3.connections", "s3.storage-class", "s3.unsafe-anonymous-auth", "s3.profile"] as const;

/** Reads `-o s3.…`. An option nobody understands is refused: a misspelt region must not go unnoticed. */
export function s3OptionsOf(given: Readonly<Record<string, string>>): S3Options {
  for (const name of Object.keys(given)) {
    if (name.startsWith("s3.") && !KNOWN.some((known) => known === name)) throw refused(name, `is unknown; there are ${KNOWN.join(", ")}`);
  }
  const option = (name: (typeof KNOWN)[number]): string | undefined => (given[name] === "" ? undefined : given[name]);
  return {
    region: option("s3.region"),
    lookup: lookupOf(option("s3.bucket-lookup") ?? "auto"),
    connections: connectionsOf("s3.connections", option("s3.connections"), S3_CONNECTIONS),
    storageClass: classOf(option("s3.storage-class") ?? "STANDARD"),
    anonymous: option("s3.unsafe-anonymous-auth") === "true",
    profile: option("s3.profile"),
  };
}

export function connectionsOf(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 256) throw refused(name, "must be a whole number from 1 to 256");
  return count;
}

function lookupOf(text: string): S3Options["lookup"] {
  if (text === "auto" || text === "dns" || text === "path") return text;
  throw refused("s3.bucket-lookup", "must be auto, dns or path");
}

/**
 * Index, snapshots and trees are read by every run, so nothing is written to a class that must be thawed first; and what LIST cannot vouch
 * for is no copy to rely on, so every backup would store everything again, and pay for it.
 */
function classOf(text: string): StorageClass {
  const storageClass = text.toUpperCase();
  const kind = kindOfClass(storageClass);
  if (kind === "instant") return storageClass;
  const why =
    kind === "archive"
      ? "must be thawed before it is read; `firn tier apply` freezes what may be frozen"
      : "is no class of which LIST can say that it is readable at once, so no backup could rely on what is there already";
  throw refused("s3.storage-class", `${storageClass} ${why}`);
}

function refused(name: string, why: string): FirnError {
  return new FirnError({ code: "usage", message: `-o ${name}: ${why}`, hint: "see `firn help`, Transfer and storage" });
}
