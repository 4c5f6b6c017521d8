import { type Bytes, asBuffer } from "../../base/bytes.ts";
import { CorruptError, messageOf } from "../../base/error.ts";
import { type PackId, shortId } from "../../base/id.ts";
import { PACK_HEADER_MAX } from "../../base/limits.ts";
import type { PackedBlob } from "../../format/blob.ts";
import { decodeHeader } from "../../format/pack-header.ts";
import { openBox } from "../../kernel/box.ts";
import { sha256Hex } from "../../kernel/hash.ts";
import type { MasterKey } from "../../kernel/master-key.ts";
import { BlobOpener } from "../../repo/loader.ts";

/** Everything that is wrong with a pack's bytes, each as the check that failed; empty when it is sound (restic-format §14.4). */
export function judgePack(key: MasterKey, pack: PackId, bytes: Bytes, indexed: readonly PackedBlob[]): string[] {
  const wrong: string[] = [];
  const actual = sha256Hex(bytes);
  if (actual !== pack) wrong.push(`the SHA-256 of its ${bytes.length} bytes is ${actual}, not its name`);
  judgeBlobs(key, pack, bytes, indexed, wrong);
  judgeHeader(key, bytes, indexed, wrong);
  return wrong;
}

function judgeBlobs(key: MasterKey, pack: PackId, bytes: Bytes, indexed: readonly PackedBlob[], wrong: string[]): void {
  const opener = new BlobOpener(key);
  let end = 0;
  for (const blob of [...indexed].sort((a, b) => a.offset - b.offset)) {
    const what = `${blob.type} blob ${shortId(blob.id)} at offset ${blob.offset}`;
    if (blob.offset !== end) wrong.push(`${what}: ${blob.offset > end ? "a gap before it" : "it overlaps the blob before it"}`);
    end = blob.offset + blob.length;
    if (end > bytes.length) {
      wrong.push(`${what}: it reaches past the end of the file`);
      continue;
    }
    try {
      opener.open({ ...blob, pack }, bytes.subarray(blob.offset, end));
    } catch (error) {
      wrong.push(error instanceof CorruptError ? `at offset ${blob.offset}: ${error.check}` : `${what}: ${messageOf(error)}`);
    }
  }
}

const TRAILER = 4;

function judgeHeader(key: MasterKey, bytes: Bytes, indexed: readonly PackedBlob[], wrong: string[]): void {
  try {
    const header = headerOf(bytes);
    const blobs = decodeHeader(openBox(key, header.box));
    const listed = new Set(indexed.map(describe));
    const unlisted = blobs.filter((blob) => !listed.has(describe(blob)));
    if (unlisted.length > 0 || blobs.length !== indexed.length) {
      wrong.push(
        `its header lists ${blobs.length} blobs, the index ${indexed.length}; ${unlisted.length} of the header's differ from the index`,
      );
    }
    const last = blobs.at(-1);
    if ((last === undefined ? 0 : last.offset + last.length) !== header.offset) wrong.push("its blobs do not end where its header begins");
  } catch (error) {
    wrong.push(`its header: ${messageOf(error)}`);
  }
}

/** The sealed header and where it begins (restic-format §3: the last four bytes are its length). */
function headerOf(bytes: Bytes): { readonly box: Bytes; readonly offset: number } {
  if (bytes.length < TRAILER) throw new Error(`a file of ${bytes.length} bytes cannot hold one`);
  const length = asBuffer(bytes).readUInt32LE(bytes.length - TRAILER);
  const offset = bytes.length - TRAILER - length;
  if (offset < 0 || length > PACK_HEADER_MAX) throw new Error(`its length of ${length} bytes is impossible in a file of ${bytes.length}`);
  return { box: bytes.subarray(offset, bytes.length - TRAILER), offset };
}

function describe(blob: PackedBlob): string {
  return `${blob.type} ${blob.id} ${blob.offset} ${blob.length} ${blob.uncompressedLength}`;
}
