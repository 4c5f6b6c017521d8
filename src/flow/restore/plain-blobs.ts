import { asBuffer, type Bytes } from "../../base/bytes.ts";
import { CorruptError, messageOf } from "../../base/error.ts";
import { MIB } from "../../base/limits.ts";
import { shortId } from "../../base/id.ts";
import { decompress, decompressInto, ZstdError } from "../../kernel/zstd.ts";
import { BOX_OVERHEAD, openInto } from "../../kernel/box.ts";
import { sha256Into } from "../../kernel/hash.ts";
import type { MasterKey } from "../../kernel/master-key.ts";
import { type BlobsView, ID_BYTES, idAt } from "./blobs.ts";

/** No chunk is larger; a length that lies gets no memory before the content is there. */
const ROOM_MAX = 16 * MIB;

/** Opens the blobs of a plan one after the other: authenticates, decompresses, compares the hash (restic-format §3), all in kept memory. */
export class PlainBlobs {
  readonly #key: MasterKey;
  readonly #blobs: BlobsView;
  readonly #ids: Buffer;
  readonly #digest = Buffer.alloc(ID_BYTES);
  #payload: Buffer = Buffer.alloc(0);
  #plaintext: Buffer = Buffer.alloc(0);

  constructor(key: MasterKey, blobs: BlobsView) {
    this.#key = key;
    this.#blobs = blobs;
    this.#ids = asBuffer(blobs.ids);
  }

  /** The plaintext, good until the next one is opened. Throws CorruptError about `object`, the pack it lies in. */
  open(blob: number, box: Bytes, object: string): Bytes {
    let plaintext: Bytes;
    try {
      plaintext = this.#open(blob, box);
    } catch (cause) {
      throw this.#damaged(blob, object, messageOf(cause), cause);
    }
    sha256Into(plaintext, this.#digest);
    if (this.#digest.compare(this.#ids, blob * ID_BYTES, (blob + 1) * ID_BYTES) === 0) return plaintext;
    throw this.#damaged(blob, object, "its SHA-256 is not its id", undefined);
  }

  #open(blob: number, box: Bytes): Bytes {
    this.#payload = withRoom(this.#payload, box.length - BOX_OVERHEAD);
    const payload = this.#payload.subarray(0, openInto(this.#key, box, this.#payload));
    const length = this.#blobs.uncompressed[blob]!;
    if (length === 0) return payload;
    if (length > ROOM_MAX) return decompress(payload, length);
    this.#plaintext = withRoom(this.#plaintext, length);
    const plaintext = this.#plaintext.subarray(0, length);
    const found = decompressInto(payload, plaintext);
    if (found === length) return plaintext;
    throw new ZstdError(`decompresses to ${found} bytes, not the ${length} that were stored`);
  }

  #damaged(blob: number, object: string, check: string, cause: unknown): CorruptError {
    const about = `data blob ${shortId(idAt(this.#blobs.ids, blob))}`;
    return new CorruptError({ object, offset: this.#blobs.offsets[blob]!, check: `${about}: ${check}`, cause });
  }
}

function withRoom(room: Buffer, length: number): Buffer {
  return room.length >= length ? room : Buffer.allocUnsafeSlow(Math.max(length, room.length * 2));
}
