import { FirnError } from "../../base/error.ts";
import { toHex, type Bytes } from "../../base/bytes.ts";
import { IV_PAGE, THREAD_OPEN_PACKS } from "../../base/limits.ts";
import { encodeBlobInto, payloadMax } from "../../format/blob-codec.ts";
import type { BlobType } from "../../format/blob.ts";
import { checkBox } from "../../format/box-check.ts";
import { headerEntryLength } from "../../format/pack-header.ts";
import { BOX_OVERHEAD, IV_LENGTH, sealInto } from "../../kernel/box.ts";
import type { Checksum } from "../../kernel/checksum.ts";
import { memoryForOne, OpenPack } from "../../repo/open-pack.ts";
import type { Recipe } from "./recipe.ts";

/** Where a thread's packs go when they are full, and where memory for new ones comes from. */
export interface PackSink {
  memory(): Bytes;
  /** The pack and its memory belong to the sink now. `iv` is for its header. */
  full(pack: OpenPack, type: BlobType, iv: Bytes): void;
}

/**
 * The packs a thread is filling. Blobs are compressed and sealed where they will lie, so that nothing is copied. Several of a type are
 * open at once, and chance decides which one a blob goes to: chunk sizes give less away (restic-format §3).
 */
export class OwnPacks {
  private readonly recipe: Recipe;
  private readonly sink: PackSink;
  private readonly random: (length: number) => Bytes;
  private readonly open: Readonly<Record<BlobType, (OpenPack | undefined)[]>> = { data: [], tree: [] };
  private page: Bytes = new Uint8Array(0);
  private used = 0;

  constructor(recipe: Recipe, sink: PackSink, random: (length: number) => Bytes) {
    this.recipe = recipe;
    this.sink = sink;
    this.random = random;
  }

  /**
   * Compresses and seals a blob; the bytes it takes in the repository: its box and its entry in the header. `id` has 32 bytes, `sum` is the
   * plaintext's checksum (see checkBox) where the recipe wants the box opened again.
   */
  add(type: BlobType, id: Bytes, plaintext: Bytes, sum: Checksum): number {
    const boxMax = payloadMax(plaintext.length) + BOX_OVERHEAD;
    if (boxMax >= this.recipe.packSize) return this.addLarge(type, id, plaintext, sum, boxMax);
    const packs = this.open[type];
    const slot = this.chance(THREAD_OPEN_PACKS);
    const pack = (packs[slot] ??= new OpenPack(this.sink.memory()));
    const stored = this.seal(pack, type, id, plaintext, sum);
    if (pack.length >= this.recipe.packSize || pack.headerIsFull) {
      packs[slot] = undefined;
      this.sink.full(pack, type, this.iv());
    }
    return stored;
  }

  /** The end: packs that are half full go to the sink; the others, too small to be stored by themselves, are given back. */
  leave(): { readonly pack: OpenPack; readonly type: BlobType }[] {
    const small: { readonly pack: OpenPack; readonly type: BlobType }[] = [];
    for (const type of ["data", "tree"] as const) {
      for (const pack of this.open[type].splice(0)) {
        if (pack === undefined) continue;
        if (pack.length * 2 >= this.recipe.packSize) this.sink.full(pack, type, this.iv());
        else small.push({ pack, type });
      }
    }
    return small;
  }

  /** What may become larger than a pack is made outside: a tree of very many entries, or a chunk where packs are small. */
  private addLarge(type: BlobType, id: Bytes, plaintext: Bytes, sum: Checksum, boxMax: number): number {
    const alone = new OpenPack(memoryForOne(boxMax));
    const stored = this.seal(alone, type, id, plaintext, sum);
    if (alone.length >= this.recipe.packSize) {
      this.sink.full(alone, type, this.iv());
      return stored;
    }
    const packs = this.open[type];
    const slot = this.chance(THREAD_OPEN_PACKS);
    const contents = alone.contents();
    let pack = (packs[slot] ??= new OpenPack(this.sink.memory()));
    if (!pack.canAbsorb(contents)) {
      this.sink.full(pack, type, this.iv());
      pack = packs[slot] = new OpenPack(this.sink.memory());
    }
    pack.absorb(contents);
    if (pack.length >= this.recipe.packSize) {
      packs[slot] = undefined;
      this.sink.full(pack, type, this.iv());
    }
    return stored;
  }

  private seal(pack: OpenPack, type: BlobType, id: Bytes, plaintext: Bytes, sum: Checksum): number {
    const { key, version, compression, extraVerify } = this.recipe;
    const room = pack.room();
    const { payload, uncompressed } = encodeBlobInto(version, compression, type, plaintext, room.subarray(IV_LENGTH));
    const box = room.subarray(0, payload + BOX_OVERHEAD);
    sealInto(key, this.iv(), room.subarray(IV_LENGTH, IV_LENGTH + payload), box);
    if (extraVerify) checkBox(key, box, uncompressed, sum, () => `blob ${toHex(id)}`);
    pack.commit({ type, length: box.length, uncompressedLength: uncompressed }, id);
    return box.length + headerEntryLength(uncompressed !== 0);
  }

  private iv(): Bytes {
    const at = this.take(IV_LENGTH);
    return this.page.subarray(at, at + IV_LENGTH);
  }

  private chance(of: number): number {
    // First the place, then the page: taking may begin a new one.
    const at = this.take(1);
    return this.page[at]! % of;
  }

  /** Random bytes come by the page: asking for each by itself would cost more than sealing a small blob. None is used twice. */
  private take(length: number): number {
    if (this.used + length > this.page.length) {
      this.page = this.random(IV_PAGE);
      this.used = 0;
      if (this.page.length < IV_PAGE) throw new FirnError({ code: "no-randomness", message: "the source of randomness gave nothing" });
    }
    this.used += length;
    return this.used - length;
  }
}
