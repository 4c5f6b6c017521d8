import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { passwordReader } from "./ask-password.ts";

function reader(
  input: object,
  signal = new AbortController().signal,
): { ask: (prompt: string) => Promise<string | undefined>; shown: () => string } {
  let shown = "";
  const output = { write: (text: string) => void (shown += text) };
  const ask = passwordReader({ input: input as NodeJS.ReadStream, output: output as unknown as NodeJS.WriteStream, signal });
  return { ask, shown: () => shown };
}

test("without a terminal every question is answered by the next line of standard input", async () => {
  const input = new PassThrough();
  const { ask, shown } = reader(input);
  input.write("first\r\nsec");
  assert.equal(await ask("one: "), "first");
  input.end("ond\n\nlast");
  assert.equal(await ask("two: "), "second");
  assert.equal(await ask("three: "), "");
  assert.equal(await ask("four: "), "last");
  assert.equal(await ask("five: "), undefined);
  assert.equal(shown(), "");
});

test("a stream without a line is given up, and ctrl-C ends the wait", async () => {
  const endless = new PassThrough();
  endless.write(Buffer.alloc(100_000, 65));
  await assert.rejects(reader(endless).ask(""), /holds no password/);
  const controller = new AbortController();
  const waiting = reader(new PassThrough(), controller.signal).ask("");
  controller.abort(new Error("stop"));
  await assert.rejects(waiting, /stop/);
});

class FakeTerminal extends EventEmitter {
  readonly isTTY = true;
  readonly modes: boolean[] = [];
  setRawMode = (on: boolean): void => void this.modes.push(on);
  resume = (): void => undefined;
  pause = (): void => undefined;
}

test("typed without echo: corrected, wiped, interrupted; the terminal is left as it was", async () => {
  const type = async (keys: string, signal?: AbortSignal): Promise<string | undefined> => {
    const terminal = new FakeTerminal();
    const { ask, shown } = reader(terminal, signal);
    const answer = ask("password: ");
    for (const key of keys) terminal.emit("data", Buffer.from(key));
    try {
      return await answer;
    } finally {
      assert.equal(shown(), "password: \n");
      assert.deepEqual([terminal.modes, terminal.listenerCount("data")], [[true, false], 0]);
    }
  };
  assert.equal(await type("secrez\u007ft\r"), "secret");
  assert.equal(await type("wrong\u0015right\n"), "right");
  assert.equal(await type("\n"), "");
  await assert.rejects(type("abc\u0003"), { code: "interrupted" });
  const controller = new AbortController();
  controller.abort(new Error("terminated"));
  await assert.rejects(type("abc", controller.signal), /terminated/);
});
