import type { Bytes } from "../../base/bytes.ts";
import { LARGE_FILE_READ } from "../../base/limits.ts";
import type { ChunkLine } from "./chunk-line.ts";
import { fileFailed } from "./file-failed.ts";
import type { OpenFile } from "./open-file.ts";
import type { FileFailed, FileStored, LargeFile } from "./smith.ts";
import type { SmithParts } from "./thread-smith.ts";

/** Reads and cuts a file; its chunks are done by threads that have nothing better to do, or here. */
export class LargeFileOnItsWay implements LargeFile {
  readonly kind = "large";
  private readonly file: OpenFile;
  private readonly path: Bytes;
  private readonly line: ChunkLine;
  private readonly parts: SmithParts;
  private size = 0;
  private ended = false;
  private failed: FileFailed | undefined;

  constructor(file: OpenFile, path: Bytes, line: ChunkLine, parts: SmithParts) {
    this.file = file;
    this.path = path;
    this.line = line;
    this.parts = parts;
    line.begin();
  }

  step(): FileStored | FileFailed | undefined {
    let outcome: FileStored | FileFailed | undefined;
    let goesOn = false;
    try {
      outcome = this.failed === undefined ? this.goOn() : this.giveUp(this.failed);
      goesOn = outcome === undefined;
    } finally {
      if (!goesOn) this.file[Symbol.dispose]();
    }
    return outcome;
  }

  private goOn(): FileStored | undefined {
    const { line } = this;
    const { rung } = this.parts.signals;
    line.collect();
    if (line.untaken < this.wantedAhead && this.read()) return undefined;
    if (line.workOnOne(this.parts.bench)) return undefined;
    if (this.read()) return undefined;
    if (line.isEmpty && this.ended) return { kind: "saved", content: line.content(), size: this.size, added: line.added };
    this.waitForOthers(rung);
    return undefined;
  }

  /** Threads that look for work should always find a chunk; without any, each chunk is worked on while it is in the cache. */
  private get wantedAhead(): number {
    const { helpers } = this.parts.signals;
    return helpers === 0 ? 1 : helpers + 1;
  }

  /** False when there is nothing, or no room, to read. */
  private read(): boolean {
    if (this.ended) return false;
    const space = this.line.space();
    if (space.length === 0) return false;
    const piece = space.subarray(0, Math.min(space.length, LARGE_FILE_READ));
    let length: number;
    try {
      length = this.file.read(piece);
    } catch (error) {
      this.failed = fileFailed(this.path, error);
      return true;
    }
    this.size += length;
    this.parts.onRead(length);
    this.ended = length < piece.length;
    this.line.commit(length, this.ended);
    return true;
  }

  /** Chunks that others are at work on must stay where they are until they are done. */
  private giveUp(failed: FileFailed): FileFailed | undefined {
    const { rung } = this.parts.signals;
    if (this.line.abandon()) return failed;
    this.waitForOthers(rung);
    return undefined;
  }

  private waitForOthers(rung: number): void {
    if (!this.line.isEmpty && !this.line.hasResult) this.parts.signals.wait(rung);
    this.parts.signals.checkStop();
  }
}
