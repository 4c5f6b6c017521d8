import { concatBytes, utf8 } from "../base/bytes.ts";
import type { Bytes } from "../base/bytes.ts";
import { CorruptError } from "../base/error.ts";
import type { PackId } from "../base/id.ts";
import type { BlobType, PackedBlob } from "./blob.ts";
import { ObjectReader, parseJson, toId } from "./json-reader.ts";

/** All blobs of one pack, as an index file lists them. */
export interface IndexedPack {
  readonly id: PackId;
  readonly blobs: readonly PackedBlob[];
}

/** The JSON of an index file, trailing newline included (restic-format §4). Pack by pack: as one text it would be in memory three times. */
export function encodeIndex(packs: Iterable<IndexedPack>): Bytes {
  const parts: Bytes[] = [];
  let before = '{"packs":[';
  for (const pack of packs) {
    parts.push(utf8(`${before}{"id":"${pack.id}","blobs":[${pack.blobs.map(encodeEntry).join(",")}]}`));
    before = ",";
  }
  parts.push(utf8(parts.length === 0 ? `${before}]}\n` : "]}\n"));
  return concatBytes(parts);
}

function encodeEntry(blob: PackedBlob): string {
  const size = blob.uncompressedLength === 0 ? "" : `,"uncompressed_length":${blob.uncompressedLength}`;
  return `{"id":"${blob.id}","type":"${blob.type}","offset":${blob.offset},"length":${blob.length}${size}}`;
}

const UINT32_MAX = 0xffff_ffff;

/** What an index file lists. `version` 1 refuses compressed blobs; `what` names the file in errors. 50,000 blobs take about 60 ms. */
export function decodeIndex(bytes: Bytes, what: string, version: 1 | 2 = 2): IndexedPack[] {
  const parsed = parseJson(bytes, what);
  if (Array.isArray(parsed)) {
    throw new CorruptError({
      object: what,
      check: "index in the format of restic 0.1, which is no longer supported",
      hint: "rebuild the index with restic 0.17 or older: `restic repair index`",
    });
  }
  return new ObjectReader(parsed, what).list("packs").map((pack) => decodePack(new ObjectReader(pack, what), version));
}

function decodePack(json: ObjectReader, version: 1 | 2): IndexedPack {
  return { id: json.id("id"), blobs: json.list("blobs").map((blob) => decodeEntry(blob, json.what, version)) };
}

/** Written out by hand: this runs once per blob of the repository. */
function decodeEntry(value: unknown, what: string, version: 1 | 2): PackedBlob {
  const entry = (value ?? {}) as { id?: unknown; type?: unknown; offset?: unknown; length?: unknown; uncompressed_length?: unknown };
  const id = toId<"blob">(entry.id);
  if (id === undefined) throw new CorruptError({ object: what, check: "a blob's id is not an id" });
  if (entry.type !== "data" && entry.type !== "tree") throw wrong(what, id, "type");
  const type: BlobType = entry.type;
  const offset = entry.offset ?? 0;
  const length = entry.length ?? 0;
  const uncompressedLength = entry.uncompressed_length ?? 0;
  if (!isUint32(offset)) throw wrong(what, id, "offset");
  if (!isUint32(length)) throw wrong(what, id, "length");
  if (!isUint32(uncompressedLength)) throw wrong(what, id, "uncompressed_length");
  if (version === 1 && uncompressedLength !== 0) {
    throw new CorruptError({ object: what, check: `blob ${id} is compressed, but the repository has version 1` });
  }
  return { id, type, offset, length, uncompressedLength };
}

function isUint32(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= UINT32_MAX;
}

function wrong(what: string, id: string, field: string): CorruptError {
  return new CorruptError({ object: what, check: `blob ${id} has an invalid ${field}` });
}
