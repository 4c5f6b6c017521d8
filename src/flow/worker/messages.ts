import type { Bytes } from "../../base/bytes.ts";
import type { BlobId } from "../../base/id.ts";
import type { BlobType } from "../../format/blob.ts";
import type { Added, FileFailed } from "./smith.ts";

export { type Added, type FileFailed, NOTHING_ADDED } from "./smith.ts";
export type { Recipe } from "./recipe.ts";

export interface FileRequest {
  readonly path: Bytes;
  /** Size when it was last looked at: a hint for batching and buffers, never trusted. */
  readonly size: number;
  /** Path inside the snapshot, for whoever reports; does not travel to workers. */
  readonly label?: Bytes;
}

export type FileOutcome = FileSaved | FileFailed | { readonly kind: "grown"; readonly size: number };

export interface FileSaved {
  readonly kind: "saved";
  readonly content: readonly BlobId[];
  /** Bytes actually read. */
  readonly size: number;
  readonly added: Added;
}

/** Sealed blobs, back to back in one buffer that changes hands without a copy. */
export interface Shipment {
  readonly buffer: ArrayBuffer;
  readonly blobs: readonly ShippedBlob[];
}

export interface ShippedBlob {
  readonly type: BlobType;
  readonly id: BlobId;
  readonly offset: number;
  readonly length: number;
  readonly uncompressedLength: number;
}

export interface SealRequest {
  readonly type: BlobType;
  readonly id: BlobId;
  readonly plaintext: Bytes;
}

/** A file request as it travels: a path's bytes as latin-1 text, because cloning a small Buffer clones the whole pool behind it. */
export interface WireFile {
  readonly path: string;
  readonly size: number;
}

/** Main thread → worker. */
export type Order =
  /** Small files, read whole; each at most one chunk. */
  | { readonly kind: "batch"; readonly job: number; readonly files: readonly WireFile[] }
  /** One file of any size, cut into chunks. One at a time per worker. */
  | { readonly kind: "stream"; readonly job: number; readonly file: WireFile }
  | { readonly kind: "seal"; readonly job: number; readonly blobs: readonly SealRequest[] }
  /** Which of the blobs asked about must be sent. */
  | { readonly kind: "answer"; readonly job: number; readonly wanted: readonly boolean[] }
  /** So many bytes of shipments have been taken over. */
  | { readonly kind: "taken"; readonly bytes: number };

/** Worker → main thread. */
export type Report =
  | {
      readonly kind: "ask";
      readonly job: number;
      readonly ids: readonly BlobId[];
      readonly bytesRead: number;
      readonly readingDone: boolean;
    }
  | { readonly kind: "ship"; readonly job: number; readonly shipment: Shipment }
  | { readonly kind: "files"; readonly job: number; readonly outcomes: readonly FileOutcome[] }
  | { readonly kind: "sealed"; readonly job: number; readonly added: readonly Added[] }
  /** Not a file's fault: the job, and with it the run, cannot go on. */
  | { readonly kind: "broken"; readonly job: number; readonly error: unknown };
