import { BATCH_BYTES_MAX, BATCH_FILES_MAX, WALK_AHEAD_FILES } from "../../base/limits.ts";
import { CHUNK_MIN } from "../../kernel/chunker.ts";
import type { JobHooks, Kernel } from "./kernel.ts";
import type { FileFailed, FileOutcome, FileRequest, FileSaved } from "./messages.ts";

export interface QueueHooks {
  readonly onStart: (request: FileRequest) => void;
  readonly onRead: (bytes: number) => void;
}

interface Waiting {
  readonly request: FileRequest;
  resolve(outcome: FileSaved | FileFailed): void;
  reject(error: unknown): void;
}

/**
 * Files on their way to the kernel: small ones in batches, others alone; at most `readConcurrency` jobs read at a time, and the walk
 * is held back when it is far ahead.
 */
export class FileQueue {
  private readonly kernel: Kernel;
  private readonly hooks: QueueHooks;
  private readonly waiting: Waiting[] = [];
  private head = 0;
  private freeReaders: number;
  private unfinished = 0;
  private pumping = false;
  private room: (() => void)[] = [];

  constructor(kernel: Kernel, readConcurrency: number, hooks: QueueHooks) {
    this.kernel = kernel;
    this.hooks = hooks;
    this.freeReaders = readConcurrency;
  }

  /** Resolves when the file's blobs have been taken over by the packer, or with why the file could not be read. */
  add(request: FileRequest): Promise<FileSaved | FileFailed> {
    this.unfinished++;
    const done = new Promise<FileSaved | FileFailed>((resolve, reject) => {
      this.waiting.push({ request, resolve, reject });
    });
    this.pumpSoon();
    return done;
  }

  get isFull(): boolean {
    return this.unfinished >= WALK_AHEAD_FILES;
  }

  /** For the walk: resolves when it may go on. */
  async whenRoom(): Promise<void> {
    while (this.isFull) await new Promise<void>((resolve) => this.room.push(resolve));
  }

  /** At the end of this turn of the event loop, so that a directory's files go out together. */
  private pumpSoon(): void {
    if (this.pumping) return;
    this.pumping = true;
    setImmediate(() => {
      this.pumping = false;
      this.pump();
    });
  }

  private pump(): void {
    while (this.freeReaders > 0 && this.head < this.waiting.length) {
      this.freeReaders--;
      const batch = this.takeBatch();
      for (const { request } of batch) this.hooks.onStart(request);
      void this.run(batch);
    }
    // What was dispatched must not be kept alive by the queue.
    if (this.head > 0) this.waiting.splice(0, this.head);
    this.head = 0;
  }

  /** The next large file alone, or as many small ones as fit one message. */
  private takeBatch(): Waiting[] {
    const first = this.waiting[this.head++]!;
    if (first.request.size >= CHUNK_MIN) return [first];
    const batch = [first];
    let bytes = first.request.size;
    while (batch.length < BATCH_FILES_MAX) {
      const next = this.waiting[this.head];
      if (next === undefined || next.request.size >= CHUNK_MIN || bytes + next.request.size > BATCH_BYTES_MAX) break;
      batch.push(next);
      bytes += next.request.size;
      this.head++;
    }
    return batch;
  }

  private async run(batch: readonly Waiting[]): Promise<void> {
    const hooks: JobHooks = {
      onRead: this.hooks.onRead,
      onReadingDone: () => {
        this.freeReaders++;
        this.pumpSoon();
      },
    };
    try {
      const outcomes = await this.dispatch(batch, hooks);
      for (const [i, item] of batch.entries()) this.settle(item, outcomes[i]!);
    } catch (error) {
      for (const item of batch) item.reject(error);
      this.finished(batch.length);
    }
  }

  private async dispatch(batch: readonly Waiting[], hooks: JobHooks): Promise<readonly FileOutcome[]> {
    const [first] = batch;
    if (batch.length === 1 && first!.request.size >= CHUNK_MIN) return [await this.kernel.stream(first!.request, hooks)];
    return this.kernel.batch(
      batch.map((item) => item.request),
      hooks,
    );
  }

  private settle(item: Waiting, outcome: FileOutcome): void {
    if (outcome.kind === "grown") {
      this.waiting.push({ ...item, request: { ...item.request, size: outcome.size } });
      this.pumpSoon();
      return;
    }
    item.resolve(outcome);
    this.finished(1);
  }

  private finished(count: number): void {
    this.unfinished -= count;
    if (this.isFull) return;
    const waiting = this.room;
    this.room = [];
    for (const resolve of waiting) resolve();
  }
}
