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

/** A terminal that remembers why output was lost. The command goes on: a full disk under its log is no reason to break off a backup. */
export interface ProcessTerminal extends Terminal {
  readonly lost: Error | undefined;
}

export function terminalOf(stream: NodeJS.WriteStream): ProcessTerminal {
  let lost: Error | undefined;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") lost ??= error;
  });
  return {
    get lost() {
      return lost;
    },
    write: (text) => void stream.write(text),
    writeBytes: (bytes) => void stream.write(bytes),
    isTTY: (stream as Partial<WriteStream>).isTTY === true,
    get columns() {
      return (stream as Partial<WriteStream>).columns ?? 80;
    },
    drain: () => new Promise((resolve) => stream.write("", () => resolve())),
  };
}
