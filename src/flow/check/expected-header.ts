import { type Bytes, fromHex } from "../../base/bytes.ts";
import type { PackId } from "../../base/id.ts";
import { isMixed, packSizeWith } from "../../format/header-entries.ts";
import { packSizeOf } from "../../format/pack-header.ts";
import type { SharedIndex } from "../../repo/repository.ts";

// What the index says of a pack, in the form of the header that the pack should have; a pack that can have none is looked at blob by blob.

/** Undefined when what the index lists leaves gaps or comes in parts, so that no header can be like it. */
export function expectedHeader(index: SharedIndex, pack: PackId): Bytes | undefined {
  return index.view.headerOf(fromHex(pack));
}

export function expectedSize(index: SharedIndex, pack: PackId): number {
  const header = expectedHeader(index, pack);
  return header === undefined ? packSizeOf(index.blobsOf(pack)) : packSizeWith(header);
}

/** Whether the pack should hold both data and trees. */
export function expectedMixed(index: SharedIndex, pack: PackId): boolean {
  const header = expectedHeader(index, pack);
  return header === undefined ? new Set(index.blobsOf(pack).map(({ type }) => type)).size > 1 : isMixed(header);
}
