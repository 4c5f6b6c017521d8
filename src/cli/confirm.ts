import { createInterface } from "node:readline/promises";
import { FirnError } from "../base/error.ts";
import type { Door } from "./door.ts";

/** Asks before something that costs money. Without a terminal nobody can answer, so `--yes` is needed. */
export async function confirm(door: Door, question: string): Promise<boolean> {
  if (!door.stdin.isTTY) {
    throw new FirnError({ code: "not-confirmed", message: "nobody is there to say yes", hint: "add --yes to go on without being asked" });
  }
  const lines = createInterface({ input: door.stdin, output: process.stderr });
  try {
    const answer = await lines.question(`${question} [y/N] `, { signal: door.signal });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}
