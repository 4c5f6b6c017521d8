import { createHash, type Hash } from "node:crypto";
import { type Bytes, giveUp } from "../base/bytes.ts";
import { asId, type PackId } from "../base/id.ts";
import { KIB, PACK_HEADER_MAX } from "../base/limits.ts";
import { CorruptError } from "../base/error.ts";
import type { PackedBlob } from "../format/blob.ts";
import { decodeHeader, encodeHeader, headerEntryLength } from "../format/pack-header.ts";
import { BOX_OVERHEAD, openBox, sealBox } from "../kernel/box.ts";
import type { MasterKey } from "../kernel/master-key.ts";
import type { SealedBlob } from "./blob-writer.ts";

/** Longest header entry (restic-format §3: type, two lengths, id). */
const ENTRY_MAX = headerEntryLength(true);

export interface FinishedPack {
  readonly id: PackId;
  readonly body: Bytes;
  readonly blobs: readonly PackedBlob[];
  /** Gives the body's memory back; for when the pack is stored. */
  readonly dispose: () => void;
}

/** A pack that is being filled: boxes are copied in (so that whoever made them may reuse the memory) and hashed as they come. */
export class OpenPack {
  readonly #expected: number;
  #body: Buffer;
  #length = 0;
  readonly #blobs: PackedBlob[] = [];
  readonly #hash: Hash = createHash("sha256");

  /** `expected` is how long the pack may well become; the buffer starts small and jumps there, as most runs end with small packs. */
  constructor(expected: number) {
    this.#expected = expected;
    this.#body = Buffer.allocUnsafeSlow(Math.min(expected, FIRST_CAPACITY));
  }

  /** Bytes of boxes so far. */
  get length(): number {
    return this.#length;
  }

  add(blob: SealedBlob): void {
    this.#blobs.push({
      type: blob.type,
      id: blob.id,
      offset: this.#length,
      length: blob.box.length,
      uncompressedLength: blob.uncompressedLength,
    });
    this.#append(blob.box);
  }

  get count(): number {
    return this.#blobs.length;
  }

  /** True when one more blob would make the header too long. */
  get headerIsFull(): boolean {
    return !headerFits(this.count + 1);
  }

  /** Takes over all blobs of another open pack. */
  absorb(other: OpenPack): void {
    for (const blob of other.#blobs) {
      this.add({ ...blob, box: other.#body.subarray(blob.offset, blob.offset + blob.length) });
    }
    giveUp(other.#body);
  }

  /** Closes the pack: the sealed header and its length follow the boxes (§3). The header is opened and decoded again before it counts. */
  finish(key: MasterKey, iv: Bytes): FinishedPack {
    const plain = encodeHeader(this.#blobs);
    const header = sealBox(key, plain, iv);
    verifyHeader(decodeHeader(openBox(key, header)), this.#blobs);
    const trailer = Buffer.alloc(4);
    trailer.writeUInt32LE(header.length);
    this.#append(header);
    this.#append(trailer);
    const memory = this.#body;
    return {
      id: asId<"pack">(this.#hash.digest("hex")),
      body: memory.subarray(0, this.#length),
      blobs: this.#blobs,
      dispose: () => giveUp(memory),
    };
  }

  #append(bytes: Bytes): void {
    if (this.#length + bytes.length > this.#body.length) {
      const needed = this.#length + bytes.length;
      const larger = Buffer.allocUnsafeSlow(needed <= this.#expected ? Math.min(this.#expected, needed * GROWTH) : needed + TAIL_ROOM);
      this.#body.copy(larger, 0, 0, this.#length);
      giveUp(this.#body);
      this.#body = larger;
    }
    this.#body.set(bytes, this.#length);
    this.#length += bytes.length;
    this.#hash.update(bytes);
  }
}

const FIRST_CAPACITY = 256 * KIB;
const GROWTH = 4;
const TAIL_ROOM = 64 * KIB;

export function headerFits(blobs: number): boolean {
  return blobs * ENTRY_MAX + BOX_OVERHEAD <= PACK_HEADER_MAX;
}

function verifyHeader(decoded: readonly PackedBlob[], blobs: readonly PackedBlob[]): void {
  const same =
    decoded.length === blobs.length &&
    decoded.every((entry, at) => {
      const blob = blobs[at]!;
      return (
        entry.id === blob.id &&
        entry.type === blob.type &&
        entry.length === blob.length &&
        entry.uncompressedLength === blob.uncompressedLength
      );
    });
  if (same) return;
  throw new CorruptError({
    object: "a pack about to be stored",
    check: "its header does not read back as it was written",
    hint: "nothing was stored; this is a bug in firn or a fault of the machine's memory",
  });
}
