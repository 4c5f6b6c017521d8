const FILES = 0;
const BYTES = 1;
const NUMBERS_PER_THREAD = 16;

/** What the threads have got through so far. Each thread writes numbers of its own; whoever adds them up may be a moment behind. */
export class Progress {
  private readonly numbers: Float64Array;

  constructor(memory: SharedArrayBuffer) {
    this.numbers = new Float64Array(memory);
  }

  static create(threads: number): SharedArrayBuffer {
    return new SharedArrayBuffer(threads * NUMBERS_PER_THREAD * Float64Array.BYTES_PER_ELEMENT);
  }

  add(thread: number, files: number, bytes: number): void {
    this.numbers[thread * NUMBERS_PER_THREAD + FILES]! += files;
    this.numbers[thread * NUMBERS_PER_THREAD + BYTES]! += bytes;
  }

  sum(): { files: number; bytes: number } {
    let files = 0;
    let bytes = 0;
    for (let at = 0; at < this.numbers.length; at += NUMBERS_PER_THREAD) {
      files += this.numbers[at + FILES]!;
      bytes += this.numbers[at + BYTES]!;
    }
    return { files, bytes };
  }
}
