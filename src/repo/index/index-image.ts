import { type Bytes, concatBytes, equalBytes, fromBase64, textStrict, toBase64, utf8 } from "../../base/bytes.ts";
import type { IndexId } from "../../base/id.ts";
import { INDEX_IMAGE_PIECE } from "../../base/limits.ts";
import { BOX_OVERHEAD, IV_LENGTH, openBox, openInto, sealBox, sealInto } from "../../kernel/box.ts";
import type { MasterKey } from "../../kernel/master-key.ts";
import { emptyHandle, partsOf, type SegmentHandle, type SegmentRoom, type SegmentSize } from "./segment.ts";

/** Changes with whatever the columns mean: an image in another layout is no image. */
const LAYOUT = "firnline index image 1";
const TAG_LENGTH = 16;
const LENGTH_BYTES = 4;

/** What an image says of itself, at its end. */
export interface ImageFacts extends SegmentSize {
  readonly layout: string;
  /** The index files it covers; packs name theirs by the place in this list. */
  readonly files: readonly IndexId[];
  /** The authenticator of each piece: pieces of different images, or in another order, do not open. */
  readonly tags: readonly string[];
}

export interface ImageFile {
  readonly size: number;
  /** Fills `room` from a place in the file; false when it ends before. */
  read(room: Bytes, position: number): Promise<boolean>;
}

export interface ImageKey {
  readonly key: MasterKey;
  readonly random: (length: number) => Bytes;
}

/**
 * The columns of an index as they lie in memory, sealed with the repository's key because ids tell about contents: the pieces, then what
 * the image is, then the length of that. Loading it takes a tenth of the time that its index files take.
 */
export async function writeImage(
  segment: SegmentHandle,
  files: readonly IndexId[],
  { key, random }: ImageKey,
  append: (bytes: Bytes) => Promise<void>,
): Promise<void> {
  const room = Buffer.allocUnsafeSlow(INDEX_IMAGE_PIECE + BOX_OVERHEAD);
  const tags: string[] = [];
  for (const piece of piecesOf(segment)) {
    const box = room.subarray(0, piece.length + BOX_OVERHEAD);
    sealInto(key, random(IV_LENGTH), piece, box);
    tags.push(toBase64(tagOf(box)));
    await append(box);
  }
  const { entries, packs, entrySlots, packSlots } = segment;
  const facts: ImageFacts = {
    layout: LAYOUT,
    entries,
    packs,
    entrySlots: entrySlots.byteLength / 4,
    packSlots: packSlots.byteLength / 4,
    files,
    tags,
  };
  const box = sealBox(key, utf8(JSON.stringify(facts)), random(IV_LENGTH));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(box.length);
  await append(concatBytes([box, length]));
}

/** What an image says of itself; undefined when this is none, or another key's, or damaged. */
export async function readFacts(file: ImageFile, key: MasterKey): Promise<ImageFacts | undefined> {
  const length = Buffer.alloc(LENGTH_BYTES);
  if (!(await file.read(length, file.size - LENGTH_BYTES))) return undefined;
  const boxLength = length.readUInt32LE(0);
  if (boxLength + LENGTH_BYTES > file.size) return undefined;
  const box = Buffer.allocUnsafeSlow(boxLength);
  if (!(await file.read(box, file.size - LENGTH_BYTES - boxLength))) return undefined;
  try {
    // Authenticated, so written by this program in this layout or in another.
    const facts = JSON.parse(textStrict(openBox(key, box)) ?? "") as ImageFacts;
    return facts.layout === LAYOUT ? facts : undefined;
  } catch {
    return undefined;
  }
}

/** The columns of an image, with room for more; undefined when a piece is damaged or missing. */
export async function readColumns(
  file: ImageFile,
  facts: ImageFacts,
  key: MasterKey,
  more: SegmentRoom,
): Promise<SegmentHandle | undefined> {
  const segment = emptyHandle(facts, more);
  const room = Buffer.allocUnsafeSlow(INDEX_IMAGE_PIECE + BOX_OVERHEAD);
  let position = 0;
  let next = 0;
  for (const piece of piecesOf(segment)) {
    const box = room.subarray(0, piece.length + BOX_OVERHEAD);
    if (!(await file.read(box, position))) return undefined;
    if (!equalBytes(tagOf(box), fromBase64(facts.tags[next++] ?? ""))) return undefined;
    try {
      openInto(key, box, piece);
    } catch {
      return undefined;
    }
    position += box.length;
  }
  return segment;
}

function tagOf(box: Bytes): Bytes {
  return box.subarray(box.length - TAG_LENGTH);
}

function* piecesOf(segment: SegmentHandle): Iterable<Bytes> {
  for (const part of partsOf(segment)) {
    for (let at = 0; at < part.length; at += INDEX_IMAGE_PIECE) yield part.subarray(at, Math.min(part.length, at + INDEX_IMAGE_PIECE));
  }
}
