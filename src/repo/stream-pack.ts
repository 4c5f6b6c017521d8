import type { Bytes } from "../base/bytes.ts";
import type { PackId } from "../base/id.ts";
import { RANGE_GAP_MAX, RANGE_REQUEST_MAX } from "../base/limits.ts";
import type { PackedBlob } from "../format/blob.ts";
import { pathOf } from "../format/file-kind.ts";
import type { ObjectStore } from "../store/object-store.ts";

export interface PackRange<B extends PackedBlob> {
  readonly offset: number;
  readonly length: number;
  readonly blobs: readonly B[];
}

/** Groups blobs of one pack into requests: neighbours together, unless the gap or the request grows too large (restic-format §3). */
export function coalesce<B extends PackedBlob>(blobs: readonly B[]): PackRange<B>[] {
  const ranges: { offset: number; end: number; blobs: B[] }[] = [];
  for (const blob of [...blobs].sort((a, b) => a.offset - b.offset)) {
    const end = blob.offset + blob.length;
    const last = ranges.at(-1);
    if (last !== undefined && blob.offset - last.end <= RANGE_GAP_MAX && end - last.offset <= RANGE_REQUEST_MAX) {
      last.blobs.push(blob);
      last.end = Math.max(last.end, end);
    } else {
      ranges.push({ offset: blob.offset, end, blobs: [blob] });
    }
  }
  return ranges.map(({ offset, end, blobs: members }) => ({ offset, length: end - offset, blobs: members }));
}

/**
 * Fetches blobs of one pack in as few requests as make sense and hands each sealed box over, in the order of offsets. `box` is a view of
 * a larger buffer: copy it to keep it. A failed request rejects; blobs handed over before it stay handed over.
 */
export async function streamPack<B extends PackedBlob>(
  repo: { readonly store: ObjectStore },
  pack: PackId,
  blobs: readonly B[],
  onBlob: (blob: B, box: Bytes) => Promise<void> | void,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  for (const range of coalesce(blobs)) {
    const bytes = await repo.store.get(pathOf("data", pack), {
      range: { offset: range.offset, length: range.length },
      signal: options.signal,
    });
    for (const blob of range.blobs) {
      const start = blob.offset - range.offset;
      await onBlob(blob, bytes.subarray(start, start + blob.length));
    }
  }
}
