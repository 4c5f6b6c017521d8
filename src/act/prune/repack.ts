import { CorruptError, messageOf } from "../../base/error.ts";
import type { Listener } from "../../base/event.ts";
import { PRUNE_PACKS_AT_ONCE } from "../../base/limits.ts";
import { forEachParallel } from "../../base/parallel.ts";
import type { Bytes } from "../../base/bytes.ts";
import { encodeBlob } from "../../format/blob-codec.ts";
import type { BlobLocation } from "../../format/blob.ts";
import { pathOf } from "../../format/file-kind.ts";
import { sealBox } from "../../kernel/box.ts";
import type { Repack } from "../../plan/prune/plan-prune.ts";
import type { BlobWriter, SealedBlob } from "../../repo/blob-writer.ts";
import { createBlobWriter } from "../../repo/packer.ts";
import type { Repository } from "../../repo/repository.ts";
import { streamPack } from "../../repo/stream-pack.ts";
import type { StorageClass } from "../../store/object-store.ts";

export interface RepackOptions {
  readonly storageClass?: StorageClass | undefined;
  readonly signal: AbortSignal;
  readonly emit: Listener;
}

/**
 * Copies the needed blobs of packs that are to go into new ones, each checked against its hash on the way. When it returns, the
 * copies are stored and indexed, and the old packs are still there.
 */
export async function repackBlobs(repo: Repository, packs: readonly Repack[], options: RepackOptions): Promise<void> {
  const { signal, emit, storageClass } = options;
  emit({ kind: "phase", name: "repacking packs" });
  emit({ kind: "plan", steps: packs.length, unit: "packs" });
  // The old copies are known to the index, but they are what is about to go: none of them counts.
  await using writer = createBlobWriter(repo, { usable: () => false, storageClass: () => storageClass, signal });
  await forEachParallel(
    packs,
    PRUNE_PACKS_AT_ONCE,
    async (repack) => {
      await copyPack(repo, repack, writer, signal);
      emit({ kind: "advance", files: 1, bytes: repack.size });
    },
    signal,
  );
  await writer.flush();
}

async function copyPack(repo: Repository, { pack, blobs }: Repack, writer: BlobWriter, signal: AbortSignal): Promise<void> {
  const wanted = blobs.filter((blob) => !writer.claim(blob.type, blob.id)).map((blob) => ({ ...blob, pack }));
  await streamPack(
    repo,
    pack,
    wanted,
    async (blob, box) => {
      await writer.add(await resealed(repo, blob, box, signal));
    },
    { signal },
  );
}

/** A box is taken over as it is once it is known to be sound; what was stored plain is compressed where the version allows it. */
async function resealed(repo: Repository, blob: BlobLocation, box: Bytes, signal: AbortSignal): Promise<SealedBlob> {
  const { type, id, uncompressedLength } = blob;
  let plaintext: Bytes;
  let isSound = true;
  try {
    plaintext = repo.openBlob(blob, box);
  } catch (error) {
    isSound = false;
    plaintext = await anotherCopy(repo, blob, error, signal);
  }
  if (isSound && uncompressedLength !== 0) return { type, id, box: Buffer.from(box), uncompressedLength };
  const encoded = encodeBlob(repo.config.version, repo.compression, type, plaintext);
  return {
    type,
    id,
    box: sealBox(repo.key, encoded.payload, repo.world.random(16)),
    uncompressedLength: encoded.uncompressedLength,
  };
}

async function anotherCopy(repo: Repository, blob: BlobLocation, error: unknown, signal: AbortSignal): Promise<Bytes> {
  try {
    return await repo.loadBlob(blob, signal);
  } catch {
    throw new CorruptError({
      object: pathOf("data", blob.pack),
      offset: blob.offset,
      check: `${blob.type} blob ${blob.id} cannot be copied (${messageOf(error)}); no pack in use was removed`,
      hint: "run `firn check --read-data`; until that is mended, `firn prune --max-repack-size 0` still frees what is wholly unused",
      cause: error,
    });
  }
}
