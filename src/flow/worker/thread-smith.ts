import type { Bytes } from "../../base/bytes.ts";
import { CHUNK_MIN } from "../../kernel/chunker.ts";
import { SHA256_LENGTH } from "../../kernel/hash.ts";
import { smallFiles } from "../../source/posix/small-file.ts";
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
const GROWN: FileGrown = { kind: "grown" };

/** See Smith. */
export class ThreadSmith implements Smith {
  private readonly parts: SmithParts;
  /** A small file has less. */
  private readonly room = Buffer.allocUnsafeSlow(CHUNK_MIN);
  private readonly files = smallFiles(this.room);
  private line: ChunkLine | undefined;

  constructor(parts: SmithParts) {
    this.parts = parts;
  }

  saveSmall(path: Bytes): FileStored | FileFailed | FileGrown {
    let length: number;
    try {
      length = this.files.read(path);
    } catch (error) {
      return fileFailed(path, error);
    }
    if (length >= CHUNK_MIN) return GROWN;
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
