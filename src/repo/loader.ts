import { type Bytes, giveUp } from "../base/bytes.ts";
import { CorruptError, FirnError, messageOf } from "../base/error.ts";
import { type PackId, shortId } from "../base/id.ts";
import { decodeBlob } from "../format/blob-codec.ts";
import type { BlobHandle, BlobLocation } from "../format/blob.ts";
import { pathOf } from "../format/file-kind.ts";
import { openBox } from "../kernel/box.ts";
import { sha256Hex } from "../kernel/hash.ts";
import type { MasterKey } from "../kernel/master-key.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { isStoreError } from "../store/store-error.ts";
import type { BlobIndex, PackState } from "./repository.ts";
import type { TreePacks } from "./tree-packs.ts";

export interface BlobSource {
  readonly store: ObjectStore;
  readonly key: MasterKey;
  readonly index: BlobIndex;
  readonly treePacks: TreePacks;
  /** States as last listed; undefined when nobody has listed them. */
  readonly states: ReadonlyMap<PackId, PackState> | undefined;
}

/** A blob that snapshots or trees name but no index file lists. */
export class MissingBlobError extends FirnError {
  readonly handle: BlobHandle;

  constructor(handle: BlobHandle) {
    super({
      code: "blob-missing",
      message: `${handle.type} blob ${shortId(handle.id)} is in no index file`,
      hint: "run `firn check` to see what is missing; a new backup of the same files stores it again",
    });
    this.handle = handle;
  }
}

/** Tries every copy, readable ones first. When none will do, damage is reported rather than ice: it is the worse news. */
export async function loadBlob(source: BlobSource, handle: BlobHandle, signal?: AbortSignal): Promise<Bytes> {
  const copies = preferReadable(source.index.lookup(handle.type, handle.id), source.states);
  let worst: unknown;
  for (const copy of copies) {
    try {
      return await loadCopy(source, copy, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (worst === undefined || isStoreError(worst, "archived")) worst = error;
    }
  }
  throw worst ?? new MissingBlobError(handle);
}

async function loadCopy(source: BlobSource, copy: BlobLocation, signal: AbortSignal | undefined): Promise<Bytes> {
  const { offset, length, pack } = copy;
  if (copy.type === "data") {
    return openBlob(source.key, copy, await source.store.get(pathOf("data", pack), { range: { offset, length }, signal }));
  }
  try {
    return openBlob(source.key, copy, await source.treePacks.read(pack, offset, length, signal));
  } catch (error) {
    if (!(error instanceof CorruptError) || !(await source.treePacks.drop(pack))) throw error;
    return openBlob(source.key, copy, await source.treePacks.read(pack, offset, length, signal));
  }
}

export function preferReadable(
  copies: readonly BlobLocation[],
  states: ReadonlyMap<PackId, PackState> | undefined,
): readonly BlobLocation[] {
  if (copies.length < 2 || states === undefined) return copies;
  const rank = (copy: BlobLocation): number => RANK[states.get(copy.pack)?.state ?? "unknown"];
  return [...copies].sort((a, b) => rank(a) - rank(b));
}

const RANK: Readonly<Record<PackState["state"], number>> = { hot: 0, thawed: 1, unknown: 2, thawing: 3, archived: 4 };

/** Opens one box: authenticates, decompresses, compares the hash (restic-format §3). */
export function openBlob(key: MasterKey, location: BlobLocation, box: Bytes): Bytes {
  return proven(location, () => decodeBlob(openBox(key, box), location.uncompressedLength));
}

/** Opens blobs one after the other for somebody who is done with each before the next: all of them share their memory. */
export class BlobOpener {
  readonly #key: MasterKey;
  #payload: Bytes | undefined;

  constructor(key: MasterKey) {
    this.#key = key;
  }

  /** As `openBlob`, but the plaintext is only good until this or any other blob of the thread is opened. */
  open(location: BlobLocation, box: Bytes): Bytes {
    if (this.#payload !== undefined) giveUp(this.#payload);
    return proven(location, () => decodeBlob((this.#payload = openBox(this.#key, box)), location.uncompressedLength, "brief"));
  }
}

function proven(location: BlobLocation, open: () => Bytes): Bytes {
  let plaintext: Bytes;
  try {
    plaintext = open();
  } catch (cause) {
    throw damaged(location, messageOf(cause), cause);
  }
  if (sha256Hex(plaintext) !== location.id) throw damaged(location, "its SHA-256 is not its id", undefined);
  return plaintext;
}

function damaged(location: BlobLocation, check: string, cause: unknown): CorruptError {
  return new CorruptError({
    object: pathOf("data", location.pack),
    offset: location.offset,
    check: `${location.type} blob ${shortId(location.id)}: ${check}`,
    cause,
  });
}
