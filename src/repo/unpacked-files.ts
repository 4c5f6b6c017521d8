import { type Bytes, equalBytes } from "../base/bytes.ts";
import { CorruptError, messageOf } from "../base/error.ts";
import { asId, type Id } from "../base/id.ts";
import { type FileKind, pathOf } from "../format/file-kind.ts";
import { packUnpacked, unpackUnpacked } from "../format/unpacked.ts";
import { openBox, sealBox } from "../kernel/box.ts";
import { sha256Hex } from "../kernel/hash.ts";
import type { MasterKey } from "../kernel/master-key.ts";
import type { ObjectStore } from "../store/object-store.ts";
import type { Cache } from "./cache.ts";

/** What reading and writing index, snapshot and lock files needs of a repository. */
export interface UnpackedFiles {
  readonly store: ObjectStore;
  readonly key: MasterKey;
  readonly version: 1 | 2;
  readonly cache: Cache | undefined;
  readonly extraVerify: boolean;
  random(length: number): Bytes;
}

/** The stored bytes of a file, its SHA-256 compared with its name; a broken cached copy is dropped, and either is fetched once more (§2). */
async function loadStored(files: UnpackedFiles, kind: FileKind, id: string, signal?: AbortSignal): Promise<Bytes> {
  const path = pathOf(kind, id);
  const kept = isCached(kind) ? kind : undefined;
  if (kept !== undefined) {
    const cached = await files.cache?.read(kept, id);
    if (cached !== undefined && sha256Hex(cached) === id) return cached;
    if (cached !== undefined) await files.cache?.drop(kept, id);
  }
  for (let attempt = 1; ; attempt++) {
    const stored = await files.store.get(path, { signal });
    const hash = sha256Hex(stored);
    if (hash === id) {
      if (kept !== undefined) await files.cache?.write(kept, id, stored);
      return stored;
    }
    if (attempt === 2) throw new CorruptError({ object: path, check: `the SHA-256 of its ${stored.length} bytes is not its name` });
  }
}

/** Decrypted and decompressed: JSON text. */
export async function loadUnpacked(files: UnpackedFiles, kind: FileKind, id: string, signal?: AbortSignal): Promise<Bytes> {
  const stored = await loadStored(files, kind, id, signal);
  try {
    return unpackUnpacked(openBox(files.key, stored));
  } catch (cause) {
    throw new CorruptError({ object: pathOf(kind, id), check: messageOf(cause), cause });
  }
}

export async function saveUnpacked<K extends string>(
  files: UnpackedFiles,
  kind: FileKind,
  plaintext: Bytes,
  signal?: AbortSignal,
): Promise<Id<K>> {
  const box = sealBox(files.key, packUnpacked(files.version, plaintext), files.random(16));
  if (files.extraVerify && !equalBytes(unpackUnpacked(openBox(files.key, box)), plaintext)) {
    throw new CorruptError({
      object: `a file about to be stored in ${kind}/`,
      check: "it does not read back as it was written",
      hint: "nothing was stored; this is a bug in firn or a fault of the machine's memory",
    });
  }
  const id = asId<K>(sha256Hex(box));
  await files.store.put(pathOf(kind, id), box, { sha256: id, signal });
  if (isCached(kind)) await files.cache?.write(kind, id, box);
  return id;
}

/** Locks come and go and keys are read once: neither is cached. */
function isCached(kind: FileKind): kind is "index" | "snapshots" {
  return kind === "index" || kind === "snapshots";
}
