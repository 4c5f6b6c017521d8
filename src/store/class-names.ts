import type { StorageClass } from "./object-store.ts";

/** Classes whose objects can be read at once, as AWS and those who speak its language name them; the last two are Google's alone. */
const INSTANT: ReadonlySet<StorageClass> = new Set([
  "STANDARD",
  "REDUCED_REDUNDANCY",
  "STANDARD_IA",
  "ONEZONE_IA",
  "GLACIER_IR",
  "EXPRESS_ONEZONE",
  "NEARLINE",
  "COLDLINE",
]);
const THAW: ReadonlySet<StorageClass> = new Set(["GLACIER", "DEEP_ARCHIVE"]);

/** Instant classes that charge for each byte read and for a minimum duration. */
const READING_FEE: ReadonlySet<StorageClass> = new Set(["STANDARD_IA", "ONEZONE_IA", "GLACIER_IR"]);

/** True when reading an object of this class, or removing it young, is charged for. */
export function chargesForReading(storageClass: StorageClass): boolean {
  return READING_FEE.has(storageClass);
}

/** True when an object of this class must be thawed before it is read. */
export function needsThaw(storageClass: StorageClass): boolean {
  return THAW.has(storageClass);
}

/**
 * What LIST alone can say about a class: readable now, must be thawed, or neither. INTELLIGENT_TIERING may have moved an object into an
 * archive tier that LIST does not show, and a class nobody has heard of may do anything: both are unknown.
 */
export function kindOfClass(storageClass: StorageClass): "instant" | "archive" | "unknown" {
  if (INSTANT.has(storageClass)) return "instant";
  return THAW.has(storageClass) ? "archive" : "unknown";
}
