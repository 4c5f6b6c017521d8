import { asBuffer } from "../../base/bytes.ts";
import type { Terminal } from "../terminal.ts";

/** Bytes that go out together: a call for each line of a long list takes longer than making the line. */
const BLOCK = 64 * 1024;

/** Lines on their way out, in blocks. Whoever reads slowly is waited for, so that the lines of ten million files are never all in memory. */
export class LineBuffer {
  readonly #terminal: Terminal;
  #block = Buffer.allocUnsafeSlow(BLOCK);
  #length = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Takes a copy. A promise when a block is full: to be awaited before the next line. */
  write(line: string | Uint8Array): Promise<void> | undefined {
    const bytes = typeof line === "string" ? Buffer.from(line) : asBuffer(line);
    const full = this.#length + bytes.length > BLOCK ? this.flush() : undefined;
    if (bytes.length > BLOCK) this.#terminal.writeBytes(bytes);
    else this.#length += bytes.copy(this.#block, this.#length);
    return full;
  }

  /** Sends what there is; resolves when it has left the process. */
  flush(): Promise<void> {
    if (this.#length > 0) this.#terminal.writeBytes(this.#block.subarray(0, this.#length));
    this.#block = Buffer.allocUnsafeSlow(BLOCK);
    this.#length = 0;
    return this.#terminal.drain();
  }
}
