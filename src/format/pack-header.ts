import { asBuffer, fromHex } from "../base/bytes.ts";
import type { Bytes } from "../base/bytes.ts";
import { CorruptError } from "../base/error.ts";
import { asId } from "../base/id.ts";
import { PACK_HEADER_MAX } from "../base/limits.ts";
import { BOX_OVERHEAD } from "../kernel/box.ts";
import type { BlobType, PackedBlob } from "./blob.ts";

// restic-format §3
const PLAIN_ENTRY = 37;
const COMPRESSED_ENTRY = 41;
const COMPRESSED_BIT = 2;
const UINT32_MAX = 0xffff_ffff;

/** Bytes at the end of a pack that hold the length of the sealed header. */
export const TRAILER_LENGTH = 4;
/** What a pack holds besides its boxes and header entries. */
export const PACK_OVERHEAD = BOX_OVERHEAD + TRAILER_LENGTH;
export const PACK_MIN = PLAIN_ENTRY + PACK_OVERHEAD;

export function headerEntryLength(compressed: boolean): number {
  return compressed ? COMPRESSED_ENTRY : PLAIN_ENTRY;
}

/** The size a pack with these blobs must have. */
export function packSizeOf(blobs: Iterable<{ readonly length: number; readonly uncompressedLength: number }>): number {
  let size = PACK_OVERHEAD;
  for (const blob of blobs) size += blob.length + headerEntryLength(blob.uncompressedLength !== 0);
  return size;
}

/** The header's plaintext; blobs in physical order, without gaps from offset 0. */
export function encodeHeader(blobs: readonly PackedBlob[]): Bytes {
  const size = blobs.reduce((sum, blob) => sum + headerEntryLength(blob.uncompressedLength !== 0), 0);
  const header = Buffer.alloc(size);
  let at = 0;
  let offset = 0;
  for (const blob of blobs) {
    if (blob.offset !== offset) throw new RangeError(`blob ${blob.id} lies at ${blob.offset}, not at ${offset}`);
    at = writeHeaderEntry(header, at, blob, fromHex(blob.id));
    offset += blob.length;
    if (offset > UINT32_MAX) throw new RangeError("a pack must stay below 4 GiB");
  }
  return header;
}

/** What a header says of a blob beside its id. */
export type HeaderEntry = Pick<PackedBlob, "type" | "length" | "uncompressedLength">;

/** Writes one entry of the header's plaintext; where the next one goes. */
export function writeHeaderEntry(header: Buffer, at: number, entry: HeaderEntry, id: Bytes): number {
  const compressed = entry.uncompressedLength !== 0;
  let next = header.writeUInt8((entry.type === "tree" ? 1 : 0) | (compressed ? COMPRESSED_BIT : 0), at);
  next = header.writeUInt32LE(entry.length, next);
  if (compressed) next = header.writeUInt32LE(entry.uncompressedLength, next);
  header.set(id, next);
  return next + 32;
}

/** The blobs a header lists, offsets summed up. `version` 1 refuses compressed ones; `what` names the pack in errors. */
export function decodeHeader(plaintext: Bytes, version: 1 | 2 = 2, what = "pack"): PackedBlob[] {
  const header = asBuffer(plaintext);
  const blobs: PackedBlob[] = [];
  let offset = 0;
  for (let at = 0; at < header.length;) {
    const bits = header[at]!;
    const compressed = (bits & COMPRESSED_BIT) !== 0;
    const end = at + headerEntryLength(compressed);
    if (bits > 3) throw broken(what, `unknown blob type ${bits} in the header`, at);
    if (compressed && version === 1) throw broken(what, "compressed blob in a repository of version 1", at);
    if (end > header.length) throw broken(what, "the header ends within an entry", at);
    const type: BlobType = (bits & 1) === 1 ? "tree" : "data";
    const length = header.readUInt32LE(at + 1);
    if (length < BOX_OVERHEAD) throw broken(what, `a blob of ${length} bytes is shorter than an empty box`, at);
    const uncompressedLength = compressed ? header.readUInt32LE(at + 5) : 0;
    blobs.push({ type, id: asId(header.toString("hex", end - 32, end)), offset, length, uncompressedLength });
    offset += length;
    at = end;
  }
  return blobs;
}

function broken(object: string, check: string, offset: number): CorruptError {
  return new CorruptError({ object, check, offset });
}

export function encodeTrailer(sealedHeaderLength: number): Bytes {
  const trailer = Buffer.alloc(TRAILER_LENGTH);
  trailer.writeUInt32LE(sealedHeaderLength);
  return trailer;
}

/** Length of the sealed header, from the last bytes of a pack of `packSize` bytes; throws CorruptError when it cannot be. */
export function parseTrailer(tail: Bytes, packSize: number, what = "pack"): number {
  if (packSize < PACK_MIN || tail.length < TRAILER_LENGTH) throw broken(what, `a pack of ${packSize} bytes is too short`, 0);
  const length = asBuffer(tail).readUInt32LE(tail.length - TRAILER_LENGTH);
  const at = packSize - TRAILER_LENGTH;
  if (length < BOX_OVERHEAD + PLAIN_ENTRY) throw broken(what, `header length ${length} is too small`, at);
  if (length > packSize - TRAILER_LENGTH) throw broken(what, `header length ${length} is larger than the pack`, at);
  if (length > PACK_HEADER_MAX) throw broken(what, `header length ${length} is above the limit of ${PACK_HEADER_MAX}`, at);
  return length;
}
