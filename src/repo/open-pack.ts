import { createHash, type Hash } from "node:crypto";
import { asBuffer, type Bytes, fromHex } from "../base/bytes.ts";
import { CorruptError } from "../base/error.ts";
import { asId, type PackId } from "../base/id.ts";
import { KIB, MIB, PACK_HEADER_MAX } from "../base/limits.ts";
import { encodeTrailer, type HeaderEntry, headerEntryLength, TRAILER_LENGTH, writeHeaderEntry } from "../format/pack-header.ts";
import { BOX_OVERHEAD, openBox, sealBox } from "../kernel/box.ts";
import { CHUNK_MAX } from "../kernel/chunker.ts";
import type { MasterKey } from "../kernel/master-key.ts";
import type { SealedBlob } from "./blob-writer.ts";

/** Longest header entry (restic-format §3: type, two lengths, id). */
const ENTRY_MAX = headerEntryLength(true);
/** Boxes are hashed so many bytes at a time: soon enough to be in the processor's cache, seldom enough not to pay for each small blob. */
const HASH_PIECE = 64 * KIB;
const FIRST_HEADER = 4 * KIB;

export interface ClosedPack {
  readonly id: PackId;
  /** The pack's own memory as far as it is used. */
  readonly body: Bytes;
  /** The plaintext of its header; decodeHeader tells what lies where. */
  readonly header: Bytes;
}

/**
 * Memory for a pack that is closed when it holds `packSize` bytes: the last box may be a chunk of the largest size that zstd could not
 * make smaller, and the header follows. What is not used is never touched and costs nothing.
 */
export function packMemory(packSize: number): Bytes {
  return new Uint8Array(new SharedArrayBuffer(packSize + CHUNK_MAX + MIB + PACK_HEADER_MAX));
}

/** Memory for a pack that holds one box. */
export function memoryForOne(box: number): Bytes {
  return new Uint8Array(new SharedArrayBuffer(box + 2 * (ENTRY_MAX + BOX_OVERHEAD + TRAILER_LENGTH)));
}

/** A pack that is being filled, in memory that is given to it: boxes are made or copied there and hashed as they come. */
export class OpenPack {
  readonly memory: Bytes;
  #length = 0;
  #hashed = 0;
  #count = 0;
  #header = Buffer.allocUnsafeSlow(FIRST_HEADER);
  #headerLength = 0;
  readonly #hash: Hash = createHash("sha256");

  constructor(memory: Bytes) {
    this.memory = memory;
  }

  /** The pack to which these contents, at the beginning of `memory`, belong. */
  static adopt(memory: Bytes, contents: PackContents): OpenPack {
    const pack = new OpenPack(memory);
    pack.#take(contents);
    return pack;
  }

  /** Bytes of boxes so far. */
  get length(): number {
    return this.#length;
  }

  get count(): number {
    return this.#count;
  }

  /** What a box may still take. */
  get free(): number {
    return this.memory.length - this.#length - this.#headerLength - ENTRY_MAX - BOX_OVERHEAD - TRAILER_LENGTH;
  }

  /** True when one more blob would make the header too long. */
  get headerIsFull(): boolean {
    return !headerFits(this.#headerLength + ENTRY_MAX);
  }

  /** Where the next box may be made; then say `commit`. */
  room(): Bytes {
    return this.memory.subarray(this.#length, this.#length + this.free);
  }

  /** The box at the beginning of `room` belongs to the pack from now on. */
  commit(entry: HeaderEntry, id: Bytes): void {
    if (entry.length > this.free) throw new RangeError(`no room for a box of ${entry.length} bytes`);
    if (this.#headerLength + ENTRY_MAX > this.#header.length) this.#growHeader();
    this.#headerLength = writeHeaderEntry(this.#header, this.#headerLength, entry, id);
    this.#length += entry.length;
    this.#count++;
    if (this.#length - this.#hashed >= HASH_PIECE) this.#hashOn();
  }

  /** Copies a box in. */
  add(blob: SealedBlob): void {
    if (blob.box.length > this.free) throw new RangeError(`no room for a box of ${blob.box.length} bytes`);
    this.memory.set(blob.box, this.#length);
    this.commit({ type: blob.type, length: blob.box.length, uncompressedLength: blob.uncompressedLength }, fromHex(blob.id));
  }

  /** What is in the pack so far; see `absorb`. */
  contents(): PackContents {
    return { boxes: this.memory.subarray(0, this.#length), header: Uint8Array.from(this.#headerBytes()), count: this.#count };
  }

  canAbsorb({ boxes, header }: PackContents): boolean {
    return boxes.length + header.length <= this.free && headerFits(this.#headerLength + header.length);
  }

  /** Takes over all blobs of another pack. */
  absorb(contents: PackContents): void {
    this.memory.set(contents.boxes, this.#length);
    this.#take(contents);
  }

  #take({ boxes, header, count }: PackContents): void {
    while (this.#headerLength + header.length > this.#header.length) this.#growHeader();
    this.#header.set(header, this.#headerLength);
    this.#length += boxes.length;
    this.#headerLength += header.length;
    this.#count += count;
  }

  /** Closes the pack: the sealed header and its length follow the boxes (§3). The header is opened again before it counts. */
  close(key: MasterKey, iv: Bytes): ClosedPack {
    const header = Uint8Array.from(this.#headerBytes());
    const sealed = sealBox(key, header, iv);
    verifyHeader(openBox(key, sealed), header);
    this.#append(sealed);
    this.#append(encodeTrailer(sealed.length));
    this.#hashOn();
    return { id: asId<"pack">(this.#hash.digest("hex")), body: this.memory.subarray(0, this.#length), header };
  }

  #headerBytes(): Bytes {
    return this.#header.subarray(0, this.#headerLength);
  }

  #growHeader(): void {
    const larger = Buffer.allocUnsafeSlow(this.#header.length * 2);
    larger.set(this.#headerBytes());
    this.#header = larger;
  }

  #append(bytes: Bytes): void {
    this.memory.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #hashOn(): void {
    this.#hash.update(this.memory.subarray(this.#hashed, this.#length));
    this.#hashed = this.#length;
  }
}

/** The blobs of an open pack, for another to take over. */
export interface PackContents {
  readonly boxes: Bytes;
  readonly header: Bytes;
  readonly count: number;
}

function headerFits(length: number): boolean {
  return length + BOX_OVERHEAD <= PACK_HEADER_MAX;
}

function verifyHeader(opened: Bytes, header: Bytes): void {
  if (asBuffer(opened).equals(header)) return;
  throw new CorruptError({
    object: "a pack about to be stored",
    check: "its header does not read back as it was written",
    hint: "nothing was stored; this is a bug in firn or a fault of the machine's memory",
  });
}
