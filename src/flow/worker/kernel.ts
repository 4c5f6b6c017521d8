import type { BlobId } from "../../base/id.ts";
import type { BlobType } from "../../format/blob.ts";
import type { SealedBlob } from "../../repo/blob-writer.ts";
import type { Added, FileOutcome, FileRequest, SealRequest, Shipment } from "./messages.ts";

/** Where sealed blobs go; a BlobWriter is one. */
export interface Sink {
  claim(type: BlobType, id: BlobId): boolean;
  add(blob: SealedBlob): Promise<void>;
}

/** The work between source and packer, on worker threads or (in tests) without. */
export interface Kernel extends AsyncDisposable {
  /** How many jobs may read at once without waiting for each other. */
  readonly readers: number;
  /** Outcomes in the order of the files. `onRead` hears of bytes as they are read. */
  batch(files: readonly FileRequest[], hooks: JobHooks): Promise<readonly FileOutcome[]>;
  stream(file: FileRequest, hooks: JobHooks): Promise<FileOutcome>;
  /** Compresses, encrypts and hands over blobs that the caller has claimed. */
  seal(blobs: readonly SealRequest[]): Promise<readonly Added[]>;
}

export interface JobHooks {
  readonly onRead: (bytes: number) => void;
  /** The job reads nothing more (it may still compress): another may start to read. Called exactly once unless the kernel fails. */
  readonly onReadingDone: () => void;
}

/** Claims what nobody has. True = must be shipped. */
export function claimAll(sink: Sink, ids: readonly BlobId[]): boolean[] {
  // `claim` says true when somebody already has the blob.
  return ids.map((id) => !sink.claim("data", id));
}

export async function takeShipment(sink: Sink, shipment: Shipment): Promise<void> {
  const bytes = new Uint8Array(shipment.buffer);
  for (const { type, id, offset, length, uncompressedLength } of shipment.blobs) {
    await sink.add({ type, id, box: bytes.subarray(offset, offset + length), uncompressedLength });
  }
}
