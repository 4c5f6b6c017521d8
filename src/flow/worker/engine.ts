import { textLossy, type Bytes } from "../../base/bytes.ts";
import { messageOf } from "../../base/error.ts";
import { asId, type BlobId } from "../../base/id.ts";
import { BATCH_BYTES_MAX, BATCH_FILES_MAX } from "../../base/limits.ts";
import { Chunker, CHUNK_MIN } from "../../kernel/chunker.ts";
import { sha256Hex } from "../../kernel/hash.ts";
import { PosixError } from "../../source/posix/posix-error.ts";
import {
  type Added,
  type FileFailed,
  type FileOutcome,
  type FileRequest,
  type FileSaved,
  NOTHING_ADDED,
  type Recipe,
  type SealRequest,
  type Shipment,
} from "./messages.ts";
import { OpenFile } from "./open-file.ts";
import { addedBy, Parcel, Sealer, sumAdded } from "./sealer.ts";

/** How the engine talks to the keeper of the index: through messages in a worker, directly without one. */
export interface Desk {
  /** Which of these data blobs nobody has yet; whoever is told true must ship them. `readingDone`: this job reads no more. */
  ask(ids: readonly BlobId[], progress: { readonly bytesRead: number; readonly readingDone: boolean }): Promise<readonly boolean[]>;
  /** Hands boxes over; resolves when there is room for more. */
  ship(shipment: Shipment): Promise<void>;
}

interface Chunk {
  readonly id: BlobId;
  readonly bytes: Bytes;
}

type Draft = FileFailed | { readonly kind: "grown"; readonly size: number } | { readonly kind: "read"; readonly chunk: Chunk | undefined };

/** Files in, sealed blobs out: open, read, chunk, hash, ask, compress, encrypt. Knows nothing of threads. */
export class Engine {
  private readonly sealer: Sealer;
  private readonly polynomial: bigint;
  private chunker: Chunker | undefined;
  /** Read buffers of batches that are done, for the next ones: fresh memory costs page faults and is given back late. */
  private readonly slabs: Slab[] = [];

  constructor(recipe: Recipe, random: (length: number) => Bytes) {
    this.sealer = new Sealer(recipe, random);
    this.polynomial = recipe.polynomial;
  }

  /** Files below the smallest chunk size: read first, all of them; one question; then the costly work for what is new. */
  async batch(files: readonly FileRequest[], desk: Desk): Promise<FileOutcome[]> {
    const slab = this.slabs.pop() ?? new Slab();
    const drafts = files.map((file) => readSmall(file, slab));
    const chunks = drafts.flatMap((draft) => (draft.kind === "read" && draft.chunk !== undefined ? [draft.chunk] : []));
    const bytesRead = chunks.reduce((sum, chunk) => sum + chunk.bytes.length, 0);
    const wanted = await desk.ask(idsOf(chunks), { bytesRead, readingDone: true });
    const parcel = new Parcel();
    let next = 0;
    const outcomes = drafts.map((draft): FileOutcome => {
      if (draft.kind !== "read") return draft;
      const { chunk } = draft;
      if (chunk === undefined) return { kind: "saved", content: [], size: 0, added: NOTHING_ADDED };
      const added = wanted[next++] ? this.sealInto(parcel, chunk) : NOTHING_ADDED;
      return { kind: "saved", content: [chunk.id], size: chunk.bytes.length, added };
    });
    slab.clear();
    this.slabs.push(slab);
    if (parcel.length > 0) await desk.ship(parcel.close());
    return outcomes;
  }

  /** A file of any size. Fails as a value when it cannot be read, throws when shipping fails. */
  async stream(request: FileRequest, desk: Desk): Promise<FileOutcome> {
    let file: OpenFile;
    try {
      file = new OpenFile(request.path);
    } catch (error) {
      return failure(request, error);
    }
    using opened = file;
    try {
      return await this.pour((space) => readOrFail(opened, space), desk);
    } catch (error) {
      if (error instanceof ReadFailure) return failure(request, error.cause);
      throw error;
    }
  }

  /** Chunks whatever `read` gives: it fills the space, and gives less only at the end. What it throws is thrown on. */
  async pour(read: (space: Bytes) => number | Promise<number>, desk: Desk): Promise<FileSaved> {
    const chunker = (this.chunker ??= new Chunker(this.polynomial));
    chunker.reset();
    const content: BlobId[] = [];
    let added = NOTHING_ADDED;
    let size = 0;
    for (let ended = false; !ended;) {
      const space = chunker.space();
      const length = await read(space);
      chunker.commit(length);
      size += length;
      ended = length < space.length;
      const chunks = takeChunks(chunker, ended);
      for (const chunk of chunks) content.push(chunk.id);
      const wanted = await desk.ask(idsOf(chunks), { bytesRead: length, readingDone: ended });
      added = sumAdded(added, await this.shipWanted(chunks, wanted, desk));
    }
    return { kind: "saved", content, size, added };
  }

  async seal(blobs: readonly SealRequest[], desk: Desk): Promise<Added[]> {
    const parcel = new Parcel();
    const added = blobs.map((blob) => {
      const sealed = this.sealer.seal(blob.type, blob.id, blob.plaintext);
      parcel.add(blob.type, blob.id, sealed);
      return addedBy(blob.plaintext, sealed);
    });
    if (parcel.length > 0) await desk.ship(parcel.close());
    return added;
  }

  /** Chunks of a large file travel one by one: a few MiB each. */
  private async shipWanted(chunks: readonly Chunk[], wanted: readonly boolean[], desk: Desk): Promise<Added> {
    let added = NOTHING_ADDED;
    for (const [i, chunk] of chunks.entries()) {
      if (!wanted[i]) continue;
      const parcel = new Parcel();
      added = sumAdded(added, this.sealInto(parcel, chunk));
      await desk.ship(parcel.close());
    }
    return added;
  }

  private sealInto(parcel: Parcel, chunk: Chunk): Added {
    const sealed = this.sealer.seal("data", chunk.id, chunk.bytes);
    parcel.add("data", chunk.id, sealed);
    return addedBy(chunk.bytes, sealed);
  }
}

function takeChunks(chunker: Chunker, final: boolean): Chunk[] {
  const chunks: Chunk[] = [];
  for (let bytes = chunker.next(final); bytes !== undefined; bytes = chunker.next(final)) {
    chunks.push({ id: asId(sha256Hex(bytes)), bytes });
  }
  return chunks;
}

/** One read into a space a byte longer than the file: a short read is the proof that the end was seen. */
function readSmall(request: FileRequest, slab: Slab): Draft {
  try {
    using file = new OpenFile(request.path);
    if (file.size >= CHUNK_MIN) return { kind: "grown", size: file.size };
    const space = slab.take(file.size + 1);
    const length = file.read(space);
    // It grew while being read: the streaming road copes with any size.
    if (length > file.size) return { kind: "grown", size: CHUNK_MIN };
    if (length === 0) return { kind: "read", chunk: undefined };
    const bytes = space.subarray(0, length);
    return { kind: "read", chunk: { id: asId(sha256Hex(bytes)), bytes } };
  } catch (error) {
    return failure(request, error);
  }
}

/** Memory for the files of one batch. */
class Slab {
  private readonly buffer = Buffer.allocUnsafeSlow(BATCH_BYTES_MAX + BATCH_FILES_MAX);
  private used = 0;

  /** Files may have grown since they were put into the batch: what does not fit gets memory of its own. */
  take(length: number): Bytes {
    if (this.used + length > this.buffer.length) return Buffer.allocUnsafeSlow(length);
    this.used += length;
    return this.buffer.subarray(this.used - length, this.used);
  }

  clear(): void {
    this.used = 0;
  }
}

function idsOf(chunks: readonly Chunk[]): BlobId[] {
  return chunks.map((chunk) => chunk.id);
}

/** Tells a file that cannot be read from a store that cannot be written. */
class ReadFailure extends Error {}

function readOrFail(file: OpenFile, space: Bytes): number {
  try {
    return file.read(space);
  } catch (cause) {
    throw new ReadFailure("read", { cause });
  }
}

/** The reason with the file's path, also where the system call only had a descriptor. */
function failure(request: FileRequest, error: unknown): FileFailed {
  if (!(error instanceof PosixError)) return { kind: "failed", code: "", message: `${textLossy(request.path)}: ${messageOf(error)}` };
  const reason = error.message.slice(`${error.op} ${textLossy(error.path)}: `.length);
  return { kind: "failed", code: error.code, message: `${error.op} ${textLossy(request.path)}: ${reason}` };
}
