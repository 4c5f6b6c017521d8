import type { Bytes } from "../../base/bytes.ts";
import { CHUNK_MIN } from "../../kernel/chunker.ts";
import { SHA256_LENGTH } from "../../kernel/hash.ts";
import type { ChunkLine } from "./chunk-line.ts";
import { fileFailed } from "./file-failed.ts";
import { LargeFileOnItsWay } from "./large-file.ts";
import { OpenFile } from "./open-file.ts";
import type { Signals } from "./signals.ts";
import { type FileFailed, type FileGrown, type FileStored, type LargeFile, NOTHING_ADDED, type Smith, type TreeStored } from "./smith.ts";
import type { Workbench } from "./workbench.ts";

export interface SmithParts {
  readonly bench: Workbench;
  readonly signals: Signals;
  /** Made when the first large file comes. */
  readonly line: () => ChunkLine;
  readonly onRead: (bytes: number) => void;
}

const EMPTY = new Uint8Array(0);

/** See Smith. */
export class ThreadSmith implements Smith {
  private readonly parts: SmithParts;
  /** A small file has less, so that a short read is the proof that its end was seen. */
  private readonly room = Buffer.allocUnsafeSlow(CHUNK_MIN);
  private line: ChunkLine | undefined;

  constructor(parts: SmithParts) {
    this.parts = parts;
  }

  saveSmall(path: Bytes): FileStored | FileFailed | FileGrown {
    let length: number;
    try {
      using file = new OpenFile(path);
      if (file.size >= CHUNK_MIN) return { kind: "grown", size: file.size };
      length = file.read(this.room.subarray(0, file.size + 1));
      // It grew while it was read: the other road copes with any size.
      if (length > file.size) return { kind: "grown", size: CHUNK_MIN };
    } catch (error) {
      return fileFailed(path, error);
    }
    if (length === 0) return { kind: "saved", content: EMPTY, size: 0, added: NOTHING_ADDED };
    this.parts.onRead(length);
    const content = new Uint8Array(SHA256_LENGTH);
    const stored = this.parts.bench.add("data", this.room.subarray(0, length), content);
    return { kind: "saved", content, size: length, added: stored === undefined ? NOTHING_ADDED : { blobs: 1, bytes: length, stored } };
  }

  openLarge(path: Bytes): LargeFile | FileFailed {
    try {
      const file = new OpenFile(path);
      this.line ??= this.parts.line();
      return new LargeFileOnItsWay(file, Uint8Array.from(path), this.line, this.parts);
    } catch (error) {
      return fileFailed(path, error);
    }
  }

  saveTree(bytes: Bytes): TreeStored {
    const id = new Uint8Array(SHA256_LENGTH);
    const stored = this.parts.bench.add("tree", bytes, id);
    return { id, added: stored === undefined ? NOTHING_ADDED : { blobs: 1, bytes: bytes.length, stored } };
  }
}
