import type { Bytes } from "../../base/bytes.ts";
import type { BlobType } from "../../format/blob.ts";
import { type Checksum, checksum } from "../../kernel/checksum.ts";
import { sha256Into } from "../../kernel/hash.ts";
import type { IndexView, PackSet } from "../../repo/index/index-view.ts";
import type { Claims } from "./claims.ts";
import type { OwnPacks } from "./own-packs.ts";

/** What is in the repository, or will be. */
export interface KnownBlobs {
  readonly index: IndexView;
  /** The packs whose copies count; every pack when undefined. */
  readonly usable: PackSet | undefined;
  readonly claims: Claims;
}

/** Where a blob's plaintext becomes a box in one of the thread's packs, unless somebody has it. */
export class Workbench {
  private readonly packs: OwnPacks;
  private readonly known: KnownBlobs;
  private readonly extraVerify: boolean;

  constructor(packs: OwnPacks, known: KnownBlobs, extraVerify: boolean) {
    this.packs = packs;
    this.known = known;
    this.extraVerify = extraVerify;
  }

  /** Writes the id to `id`, 32 bytes. The bytes the blob takes in the repository; undefined when it was there already. */
  add(type: BlobType, plaintext: Bytes, id: Bytes): number | undefined {
    const sum: Checksum = this.extraVerify ? checksum(plaintext) : 0;
    sha256Into(plaintext, id);
    const { index, usable, claims } = this.known;
    if (index.has(type, id, 0, usable) || !claims.claim(type, id)) return undefined;
    return this.packs.add(type, id, plaintext, sum);
  }
}
