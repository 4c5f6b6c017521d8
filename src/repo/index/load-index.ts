import type { IndexId } from "../../base/id.ts";
import {
  INDEX_BLOB_COST_US,
  INDEX_BYTES_PER_BLOB,
  INDEX_BYTES_PER_BLOB_MIN,
  INDEX_BYTES_PER_PACK_MIN,
  INDEX_FILE_COST_US,
  INDEX_IMAGE_BLOB_COST_US,
  INDEX_IMAGE_SAVES_US,
  INDEX_IMAGE_USES,
} from "../../base/limits.ts";
import type { Cache } from "../cache.ts";
import { CompactIndex } from "./blob-index.ts";
import { type ImageFacts, type ImageFile, type ImageKey, readColumns, readFacts, writeImage } from "./index-image.ts";
import type { SegmentRoom } from "./segment.ts";

export interface ListedIndexFile {
  readonly id: IndexId;
  readonly size: number;
}

export interface IndexLoad extends ImageKey {
  readonly listed: readonly ListedIndexFile[];
  readonly cache: Cache | undefined;
  /** Believe no image: the caller decides what may be deleted. */
  readonly filesOnly: boolean;
  readonly signal: AbortSignal | undefined;
  /** Reads these files into the index; false when some could not be read and that was told. */
  readonly read: (files: readonly ListedIndexFile[], into: CompactIndex) => Promise<boolean>;
}

export interface LoadedIndex {
  readonly index: CompactIndex;
  /** Writes the image for the next time, where that pays. */
  readonly keep: (() => Promise<void>) | undefined;
}

/** The index from the image in the cache and the index files that it does not cover; from all files when it covers one that is gone. */
export async function loadIndex(load: IndexLoad): Promise<LoadedIndex> {
  await using file = await load.cache?.openImage("index");
  const facts = file === undefined ? undefined : await currentFacts(file, load);
  const covered = new Set(facts?.files);
  const outside = load.listed.filter(({ id }) => !covered.has(id));
  const paysOff = load.cache !== undefined && isWorthAnImage(outside, facts?.entries ?? 0);
  const index = new CompactIndex();
  let rest = load.listed;
  if (file !== undefined && facts !== undefined && !load.filesOnly) {
    const handle = await readColumns(file, facts, load.key, paysOff ? roomFor(outside) : NO_ROOM);
    if (handle !== undefined) {
      index.adopt(handle, facts.files);
      rest = outside;
    }
  }
  // A segment of their own, unless all of it is to become an image.
  if (rest.length > 0 && (rest === load.listed || !paysOff)) index.reserve(roomFor(rest));
  const complete = await load.read(rest, index);
  index.finish();
  const image = paysOff && complete ? index.toImage() : undefined;
  if (image === undefined) return { index, keep: undefined };
  return {
    index,
    keep: () => load.cache!.writeImage("index", (append) => writeImage(image.segment, image.files, load, append), load.signal),
  };
}

/** Undefined when the image covers a file that is gone: its entries are then those of packs that may be gone, too. */
async function currentFacts(file: ImageFile, load: IndexLoad): Promise<ImageFacts | undefined> {
  const facts = await readFacts(file, load.key);
  const names = new Set(load.listed.map(({ id }) => id));
  return facts?.files.every((id) => names.has(id)) === true ? facts : undefined;
}

/** What reading these files costs each time, against what writing an image of everything costs once. */
function isWorthAnImage(outside: readonly ListedIndexFile[], inImage: number): boolean {
  const blobs = sizeOf(outside) / INDEX_BYTES_PER_BLOB;
  const saved = outside.length * INDEX_FILE_COST_US + blobs * INDEX_BLOB_COST_US;
  return saved >= INDEX_IMAGE_SAVES_US && saved * INDEX_IMAGE_USES >= (inImage + blobs) * INDEX_IMAGE_BLOB_COST_US;
}

const NO_ROOM: SegmentRoom = { entries: 0, packs: 0 };

/** Enough, and more than enough in version 1, where files are not compressed. What is not used takes no memory. */
function roomFor(files: readonly ListedIndexFile[]): SegmentRoom {
  const bytes = sizeOf(files);
  return { entries: Math.ceil(bytes / INDEX_BYTES_PER_BLOB_MIN) + 64, packs: Math.ceil(bytes / INDEX_BYTES_PER_PACK_MIN) + 64 };
}

function sizeOf(files: readonly ListedIndexFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}
