/**
 * Uploads under way, bounded in number and in bytes. The first failure aborts the others and is thrown by every later call:
 * a lost pack can never go unnoticed.
 */
export class Uploads {
  readonly #width: number;
  readonly #bytesMax: number;
  readonly #failed = new AbortController();
  /** Aborted with the first failure, or the caller's reason to stop: at once, whether or not anybody calls. */
  readonly signal: AbortSignal;
  readonly #running = new Set<Promise<void>>();
  #bytes = 0;

  constructor(width: number, bytesMax: number, signal: AbortSignal | undefined) {
    this.#width = width;
    this.#bytesMax = bytesMax;
    this.signal = signal === undefined ? this.#failed.signal : AbortSignal.any([signal, this.#failed.signal]);
  }

  /** Throws the first failure, or the caller's reason to stop. */
  check(): void {
    this.signal.throwIfAborted();
  }

  /** Starts one; resolves when there is room for a next one. */
  async start(bytes: number, upload: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.check();
    this.#bytes += bytes;
    const task: Promise<void> = upload(this.signal)
      .catch((error: unknown) => this.#failed.abort(error))
      .finally(() => {
        this.#bytes -= bytes;
        this.#running.delete(task);
      });
    this.#running.add(task);
    while (this.#running.size >= this.#width || this.#bytes >= this.#bytesMax) {
      await Promise.race(this.#running);
      this.check();
    }
  }

  /** Ends what runs and resolves when nothing does any more; never rejects. Nothing can be started after it. */
  async stop(): Promise<void> {
    this.#failed.abort(new Error("the writer has been closed"));
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Resolves when all are done, rejects when one failed; none runs any more either way. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
    this.check();
  }
}
