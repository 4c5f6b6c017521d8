import type { WriteStream } from "node:tty";

/** One output of the program. Lines go out whole; a closed pipe (head, less) is not an error. */
export interface Terminal {
  write(text: string): void;
  writeBytes(bytes: Uint8Array): void;
  readonly isTTY: boolean;
  /** Width to fit into; 80 where nobody knows. */
  readonly columns: number;
  /** Resolves when everything written so far has left the process. */
  drain(): Promise<void>;
}

export function terminalOf(stream: NodeJS.WriteStream): Terminal {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  return {
    write: (text) => void stream.write(text),
    writeBytes: (bytes) => void stream.write(bytes),
    isTTY: Boolean(stream.isTTY),
    get columns() {
      return (stream as Partial<WriteStream>).columns ?? 80;
    },
    drain: () => new Promise((resolve) => stream.write("", () => resolve())),
  };
}
