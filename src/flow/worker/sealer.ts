import { type Bytes, giveUp } from "../../base/bytes.ts";
import { headerEntryLength } from "../../format/pack-header.ts";
import { CorruptError } from "../../base/error.ts";
import type { BlobId } from "../../base/id.ts";
import { GIVE_UP_ABOVE, SCRATCH_MAX } from "../../base/limits.ts";
import { decodeBlob, encodeBlob } from "../../format/blob-codec.ts";
import type { BlobType } from "../../format/blob.ts";
import { openBox, sealBox } from "../../kernel/box.ts";
import { sha256Hex } from "../../kernel/hash.ts";
import type { Added, Recipe, Shipment, ShippedBlob } from "./messages.ts";

const IV = 16;
const IVS_AT_ONCE = 256;

/** Compresses and seals blobs and gathers them into a shipment. */
export class Sealer {
  private readonly recipe: Recipe;
  private readonly random: (length: number) => Bytes;
  private ivs: Bytes = new Uint8Array(0);
  private scratch: Bytes = new Uint8Array(0);

  constructor(recipe: Recipe, random: (length: number) => Bytes) {
    this.recipe = recipe;
    this.random = random;
  }

  seal(type: BlobType, id: BlobId, plaintext: Bytes): { box: Bytes; uncompressedLength: number } {
    const { payload, uncompressedLength } = encodeBlob(this.recipe.version, this.recipe.compression, type, plaintext, "brief");
    const box = sealBox(this.recipe.key, payload, this.nextIv());
    if (this.recipe.extraVerify) this.verify(id, box, uncompressedLength);
    return { box, uncompressedLength };
  }

  /** Random bytes are asked for by the page: one call each costs more than sealing a small blob. */
  private nextIv(): Bytes {
    if (this.ivs.length < IV) this.ivs = this.random(IV * IVS_AT_ONCE);
    const iv = this.ivs.subarray(0, IV);
    this.ivs = this.ivs.subarray(IV);
    return iv;
  }

  /** For what is looked at and forgotten; the next blob of the same size finds its pages mapped. */
  private room(length: number): Bytes {
    if (length > SCRATCH_MAX) return Buffer.allocUnsafeSlow(length);
    if (length > this.scratch.length) this.scratch = Buffer.allocUnsafeSlow(Math.min(SCRATCH_MAX, length * 2));
    return this.scratch;
  }

  /** Broken memory or a bug would otherwise show only when the data is needed. */
  private verify(id: BlobId, box: Bytes, uncompressedLength: number): void {
    let found: string;
    try {
      const payload = openBox(this.recipe.key, box, this.room(box.length));
      found = sha256Hex(decodeBlob(payload, uncompressedLength, "brief"));
    } catch (cause) {
      throw corrupted(id, "what was just sealed does not open again", cause);
    }
    if (found !== id) throw corrupted(id, `what was just sealed has the SHA-256 ${found}`);
  }
}

function corrupted(id: BlobId, check: string, cause?: unknown): CorruptError {
  return new CorruptError({ object: `blob ${id}`, check, hint: "nothing was stored; this points at faulty memory, please test it", cause });
}

/** Boxes on their way to the packer. */
export class Parcel {
  private readonly boxes: Bytes[] = [];
  private readonly blobs: ShippedBlob[] = [];
  length = 0;

  add(type: BlobType, id: BlobId, sealed: { box: Bytes; uncompressedLength: number }): void {
    const { box, uncompressedLength } = sealed;
    this.blobs.push({ type, id, offset: this.length, length: box.length, uncompressedLength });
    this.boxes.push(box);
    this.length += box.length;
  }

  /** Everything gathered, in one buffer of its own; the parcel is not used again. */
  close(): Shipment {
    const [only] = this.boxes;
    if (this.boxes.length === 1 && only!.byteLength === only!.buffer.byteLength && only!.buffer instanceof ArrayBuffer) {
      return { buffer: only!.buffer, blobs: this.blobs };
    }
    const all = new Uint8Array(this.length);
    let at = 0;
    for (const box of this.boxes) {
      all.set(box, at);
      at += box.length;
      if (box.length >= GIVE_UP_ABOVE) giveUp(box);
    }
    return { buffer: all.buffer, blobs: this.blobs };
  }
}

/** Stored size of a blob: its box and its entry in the pack's header (restic-format §3). */
export function storedSize(sealed: { box: Bytes; uncompressedLength: number }): number {
  return sealed.box.length + headerEntryLength(sealed.uncompressedLength !== 0);
}

export function addedBy(plaintext: Bytes, sealed: { box: Bytes; uncompressedLength: number }): Added {
  return { blobs: 1, bytes: plaintext.length, stored: storedSize(sealed) };
}

export function sumAdded(a: Added, b: Added): Added {
  return { blobs: a.blobs + b.blobs, bytes: a.bytes + b.bytes, stored: a.stored + b.stored };
}
