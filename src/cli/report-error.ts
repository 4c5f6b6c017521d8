import { FirnError, messageOf } from "../base/error.ts";
import type { Door } from "./door.ts";

/** Reports a failure that does not end the command: a line on stderr, or restic's JSON of the same. */
export function reportError(door: Door, json: boolean, during: string, item: string, error: unknown): void {
  const message = messageOf(error);
  if (json) {
    door.stderr.write(`${JSON.stringify({ message_type: "error", error: { message }, during, item })}\n`);
    return;
  }
  const hint = error instanceof FirnError && error.hint !== undefined ? ` (${error.hint})` : "";
  door.stderr.write(`firn: ${message}${hint}\n`);
}
