import type { ReadStream } from "node:tty";
import { FirnError } from "../base/error.ts";
import { InterruptedError } from "../base/interrupted.ts";

export interface AskWith {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly signal: AbortSignal;
}

/** Asks on the terminal without echo; where standard input is none, its next line answers. Undefined when there is no line. */
export function passwordReader({ input, output, signal }: AskWith): (prompt: string) => Promise<string | undefined> {
  let lines: AsyncIterator<string> | undefined;
  return async (prompt) => {
    if (input.isTTY) return readTyped(input, output, prompt, signal);
    lines ??= linesOf(input);
    // Somebody may wonder why nothing happens; a pipe that has its answer ready needs no words.
    const notice = setTimeout(() => output.write("reading the password from standard input\n"), PATIENCE_MS);
    try {
      const next = await unlessAborted(lines.next(), signal);
      return next.done === true ? undefined : next.value;
    } finally {
      clearTimeout(notice);
    }
  };
}

const PATIENCE_MS = 1000;
const LINE_MAX = 64 * 1024;

/** Reads no further than it must, but what came with a line is kept for the next. */
async function* linesOf(input: NodeJS.ReadStream): AsyncGenerator<string> {
  let rest = Buffer.alloc(0);
  for await (const part of input) {
    rest = Buffer.concat([rest, part as Buffer]);
    for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a)) {
      yield rest.toString("utf8", 0, end).replace(/\r$/, "");
      rest = rest.subarray(end + 1);
    }
    if (rest.length > LINE_MAX) {
      throw new FirnError({ code: "no-password", message: "standard input holds no password", hint: "give it in its first line" });
    }
  }
  if (rest.length > 0) yield rest.toString("utf8");
}

async function unlessAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([answer, promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

async function readTyped(terminal: ReadStream, output: NodeJS.WriteStream, prompt: string, signal: AbortSignal): Promise<string> {
  // Before the prompt: who types fast is not to see it either.
  terminal.setRawMode(true);
  output.write(prompt);
  const typing = new AbortController();
  try {
    return await unlessAborted(readHidden(terminal, typing.signal), signal);
  } finally {
    typing.abort();
    terminal.setRawMode(false);
    terminal.pause();
    output.write("\n");
  }
}

const ENTER = /[\r\n]/;
const CTRL_C = "\u0003";
const CTRL_D = "\u0004";
const CTRL_U = "\u0015";

function readHidden(terminal: ReadStream, ended: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed = "";
    const onData = (chunk: Buffer): void => {
      for (const char of chunk.toString("utf8")) {
        if (char === CTRL_C) return reject(new InterruptedError("SIGINT"));
        if (ENTER.test(char) || char === CTRL_D) return resolve(typed);
        if (char === CTRL_U) typed = "";
        else typed = char === "\u007f" || char === "\b" ? typed.replace(/.$/u, "") : typed + char;
      }
    };
    terminal.on("data", onData);
    ended.addEventListener("abort", () => terminal.off("data", onData), { once: true });
    terminal.resume();
  });
}
