import type { ReadStream } from "node:tty";
import { InterruptedError } from "../base/interrupted.ts";

/** Asks on the terminal without echo. Undefined when standard input is no terminal. */
export async function readPassword(input: NodeJS.ReadStream, output: NodeJS.WriteStream, prompt: string): Promise<string | undefined> {
  if (!input.isTTY) return undefined;
  output.write(prompt);
  const terminal = input;
  terminal.setRawMode(true);
  try {
    return await readHidden(terminal);
  } finally {
    terminal.setRawMode(false);
    terminal.pause();
    output.write("\n");
  }
}

const ENTER = /[\r\n]/;
const CTRL_C = "\u0003";
const CTRL_D = "\u0004";

function readHidden(terminal: ReadStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed = "";
    const done = (finish: () => void): void => {
      terminal.off("data", onData);
      finish();
    };
    const onData = (chunk: Buffer): void => {
      for (const char of chunk.toString("utf8")) {
        if (char === CTRL_C) return done(() => reject(new InterruptedError("SIGINT")));
        if (ENTER.test(char) || char === CTRL_D) return done(() => resolve(typed));
        typed = char === "\u007f" || char === "\b" ? typed.replace(/.$/u, "") : typed + char;
      }
    };
    terminal.on("data", onData);
    terminal.resume();
  });
}
