import { Bucket } from "./bucket.ts";
import type { BucketFacts } from "./bucket.ts";
import type { Journal } from "./journal.ts";
import { isMarker } from "./object.ts";
import type { StoredPart, Upload, Version } from "./object.ts";

/** Puts back what the journal held; the highest order of a version there was. The ledger has documents of its own. */
export function reload(journal: Journal, buckets: Map<string, Bucket>): number {
  for (const [name, facts] of journal.loaded("bucket")) buckets.set(name, new Bucket(facts as BucketFacts));
  const bucketOf = (name: string) => buckets.get(name.slice(0, name.indexOf("/")));
  let highest = 0;
  for (const kind of ["object", "version"] as const) {
    for (const [name, value] of journal.loaded(kind)) {
      const version = value as Version;
      const bucket = bucketOf(name);
      const known = bucket?.versions(version.key) ?? [];
      bucket?.setVersions(
        version.key,
        [version, ...known].sort((a, b) => b.order - a.order),
      );
      highest = Math.max(highest, version.order);
    }
  }
  for (const [name, value] of journal.loaded("upload")) {
    const saved = value as Omit<Upload, "parts"> & { parts: StoredPart[] };
    const parts = new Map(saved.parts.map((part) => [part.number, part]));
    bucketOf(name)?.uploads.set(saved.id, { ...saved, parts });
  }
  return highest;
}

export function* allVersions(bucket: Bucket): Iterable<Version> {
  yield* bucket.objects.values();
  for (const others of bucket.others.values()) yield* others;
}

/** Of all bytes that something still names. */
export function livingBytes(buckets: Iterable<Bucket>): Set<string> {
  const ids = new Set<string>();
  for (const bucket of buckets) {
    for (const version of allVersions(bucket)) if (!isMarker(version)) ids.add(version.id);
    for (const upload of bucket.uploads.values()) for (const part of upload.parts.values()) ids.add(part.id);
  }
  return ids;
}
