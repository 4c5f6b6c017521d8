import { asBuffer, type Bytes, concatBytes, fromHex, toHex, utf8 } from "../base/bytes.ts";
import { asId, type SnapshotId } from "../base/id.ts";
import { BoxError, IV_LENGTH, openBox, sealBox } from "../kernel/box.ts";
import type { MasterKey } from "../kernel/master-key.ts";

/** Changes with the form: a shelf of another version is none. */
const MARK = utf8("firnline snapshots 1\n");
const ID_BYTES = 32;
const LENGTH_BYTES = 4;

/**
 * The JSON of many snapshots in one sealed text, for the cache: a thousand small files take 0.1 s to open, to prove and to decompress, and
 * this one 2 ms. After the mark, of each snapshot its id, its length and itself.
 */
export function sealShelf(texts: ReadonlyMap<SnapshotId, Bytes>, key: MasterKey, random: (length: number) => Bytes): Bytes {
  const parts: Bytes[] = [MARK];
  for (const [id, text] of texts) {
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(text.length);
    parts.push(fromHex(id), length, text);
  }
  return sealBox(key, concatBytes(parts), random(IV_LENGTH));
}

/** What is on a shelf; nothing when it is damaged or another key's. */
export function openShelf(box: Bytes, key: MasterKey): Map<SnapshotId, Bytes> {
  const texts = new Map<SnapshotId, Bytes>();
  let plaintext: Buffer;
  try {
    plaintext = asBuffer(openBox(key, box));
  } catch (error) {
    if (error instanceof BoxError) return texts;
    throw error;
  }
  if (!plaintext.subarray(0, MARK.length).equals(MARK)) return texts;
  for (let at = MARK.length; at < plaintext.length;) {
    const id = asId<"snapshot">(toHex(plaintext.subarray(at, at + ID_BYTES)));
    const from = at + ID_BYTES + LENGTH_BYTES;
    at = from + plaintext.readUInt32LE(at + ID_BYTES);
    texts.set(id, plaintext.subarray(from, at));
  }
  return texts;
}

/** How many files may be read one by one before the shelf is filled anew: some, or a part of all. */
const LOOSE_MIN = 8;
const LOOSE_PART = 1 / 20;

export function isWorthAShelf(loose: number, all: number): boolean {
  return loose >= LOOSE_MIN && loose >= all * LOOSE_PART;
}
