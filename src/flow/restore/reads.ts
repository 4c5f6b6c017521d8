import { RANGE_GAP_MAX } from "../../base/limits.ts";
import type { Blobs } from "./blobs.ts";
import { BYTES, FLOATS, WORDS, roomFor } from "./column.ts";
import type { Files } from "./files.ts";

/**
 * What is read from packs and where it goes, as any thread may see it. Blobs come pack by pack, packs in the order of their first use
 * (which is about the order of the snapshot), in each by offset; a *part* is a run of them that is fetched with one request, and a
 * blob's *uses* are the places it goes to.
 */
export interface Reads {
  /** Parts; part `p` has the positions from `partStart[p]` up to `partStart[p + 1]`. */
  readonly parts: number;
  readonly partStart: Uint32Array<SharedArrayBuffer>;
  /** Blob numbers, by position. */
  readonly order: Uint32Array<SharedArrayBuffer>;
  /** Position `i` has the uses from `useStart[i]` up to `useStart[i + 1]`. */
  readonly useStart: Uint32Array<SharedArrayBuffer>;
  readonly useFile: Uint32Array<SharedArrayBuffer>;
  readonly useOffset: Float64Array<SharedArrayBuffer>;
  /** 1: the part has nothing more for that file. */
  readonly useLast: Uint8Array<SharedArrayBuffer>;
  /** Bytes of all boxes. */
  readonly bytes: number;
}

/** Arranges what the written files want; every blob of them is readable. `requestMax` bounds a part's bytes. */
export function arrangeReads(files: Files, blobs: Blobs, requestMax: number): Reads {
  const { counts, total } = countUses(files, blobs);
  const order = inPackOrder(files, blobs, counts);
  const useStart = roomFor(WORDS, order.length + 1);
  const next = new Uint32Array(blobs.length);
  let bytes = 0;
  let uses = 0;
  for (const [position, blob] of order.entries()) {
    useStart[position] = next[blob] = uses;
    uses += counts[blob]!;
    bytes += blobs.boxLengthOf(blob);
  }
  useStart[order.length] = uses;
  const useFile = roomFor(WORDS, total);
  const useOffset = roomFor(FLOATS, total);
  forEachUse(files, blobs, (blob, file, offset) => {
    const use = next[blob]!++;
    useFile[use] = file;
    useOffset[use] = offset;
  });
  const starts = cutParts(order, blobs, requestMax);
  const partStart = roomFor(WORDS, starts.length);
  partStart.set(starts);
  const useLast = markLast(files, partStart, useStart, useFile);
  return { parts: starts.length - 1, partStart, order, useStart, useFile, useOffset, useLast, bytes };
}

function forEachUse(files: Files, blobs: Blobs, visit: (blob: number, file: number, offset: number) => void): void {
  for (let file = 0; file < files.length; file++) {
    if (!files.isWritten(file)) continue;
    const content = files.contentOf(file);
    let offset = 0;
    if (files.isNew(file)) {
      for (const blob of content) {
        visit(blob, file, offset);
        offset += blobs.lengthOf(blob);
      }
      continue;
    }
    let position = 0;
    for (const wanted of files.wantedOf(file)) {
      for (; position < wanted; position++) offset += blobs.lengthOf(content[position]!);
      visit(content[wanted]!, file, offset);
    }
  }
}

function countUses(files: Files, blobs: Blobs): { readonly counts: Uint32Array; readonly total: number } {
  const counts = new Uint32Array(blobs.length);
  let total = 0;
  forEachUse(files, blobs, (blob) => {
    counts[blob]!++;
    total++;
  });
  return { counts, total };
}

/** The blobs that have uses. Blob numbers rise with first use, so that the packs need only be counted out and sorted inside. */
function inPackOrder(files: Files, blobs: Blobs, counts: Uint32Array): Uint32Array<SharedArrayBuffer> {
  const ranks = new Int32Array(blobs.packIds.length).fill(-1);
  const sizes: number[] = [];
  let total = 0;
  forEachUse(files, blobs, (blob) => {
    const pack = blobs.packOf(blob);
    if (ranks[pack] === -1) ranks[pack] = sizes.push(0) - 1;
  });
  for (let blob = 0; blob < counts.length; blob++) {
    if (counts[blob] === 0) continue;
    sizes[ranks[blobs.packOf(blob)]!]!++;
    total++;
  }
  const order = roomFor(WORDS, total);
  const next: number[] = [];
  let start = 0;
  for (const size of sizes) {
    next.push(start);
    start += size;
  }
  for (let blob = 0; blob < counts.length; blob++) if (counts[blob] !== 0) order[next[ranks[blobs.packOf(blob)]!]!++] = blob;
  let from = 0;
  for (const size of sizes) {
    order.subarray(from, from + size).sort((a, b) => blobs.offsetOf(a) - blobs.offsetOf(b));
    from += size;
  }
  return order;
}

/** Where parts begin, and the end of the last (restic-format §3): neighbours together, unless the gap or the request grows too large. */
function cutParts(order: Uint32Array, blobs: Blobs, requestMax: number): number[] {
  const starts: number[] = [];
  let pack = -1;
  let first = 0;
  let end = 0;
  for (const [position, blob] of order.entries()) {
    const offset = blobs.offsetOf(blob);
    const blobEnd = offset + blobs.boxLengthOf(blob);
    if (blobs.packOf(blob) !== pack || offset - end > RANGE_GAP_MAX || blobEnd - first > requestMax) {
      starts.push(position);
      pack = blobs.packOf(blob);
      first = offset;
      end = blobEnd;
    } else end = Math.max(end, blobEnd);
  }
  return [...starts, order.length];
}

/** Backwards, the first use of a file in a part is its last one there. Counts for each file the parts it waits for. */
function markLast(files: Files, partStart: Uint32Array, useStart: Uint32Array, useFile: Uint32Array): Uint8Array<SharedArrayBuffer> {
  const useLast = roomFor(BYTES, useFile.length);
  const seenIn = new Int32Array(files.length).fill(-1);
  for (let part = partStart.length - 2; part >= 0; part--) {
    const [from, to] = [useStart[partStart[part]!]!, useStart[partStart[part + 1]!]!];
    for (let use = to - 1; use >= from; use--) {
      const file = useFile[use]!;
      if (seenIn[file] === part) continue;
      seenIn[file] = part;
      useLast[use] = 1;
      files.addWait(file, 1);
    }
  }
  return useLast;
}
