import type { Bytes } from "../base/bytes.ts";
import { textLossy } from "../base/bytes.ts";

/** Where people and programs read: what the printers need of a terminal, a pipe or a test's buffer. */
export interface Screen {
  write(text: string): void;
  readonly isTTY: boolean;
  readonly columns: number;
}

export interface Screens {
  readonly stdout: Screen;
  readonly stderr: Screen;
}

// Everything that could move the cursor, change colours or reorder text on a terminal.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\ufffd]/u;
const UNPRINTABLE_ALL = new RegExp(UNPRINTABLE, "gu");

/** A path or name for people: as it is when it is harmless, else in quotes with the harmful parts escaped. */
export function showPath(path: Bytes | string): string {
  const text = typeof path === "string" ? path : textLossy(path);
  if (!UNPRINTABLE.test(text)) return text;
  const escaped = text.replaceAll(/["\\]/g, "\\$&").replaceAll(UNPRINTABLE_ALL, escape);
  return `"${escaped}"`;
}

function escape(c: string): string {
  const code = c.codePointAt(0) ?? 0;
  if (c === "\n") return "\\n";
  if (c === "\t") return "\\t";
  if (c === "\ufffd") return "\\ufffd";
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
}

/** The start of `text` that fits into `columns` cells; anything not ASCII is taken for two cells wide, to be safe. */
export function fit(text: string, columns: number): string {
  let left = columns;
  let end = 0;
  for (const c of text) {
    left -= c > "\u007e" ? 2 : 1;
    if (left < 0) return text.slice(0, end);
    end += c.length;
  }
  return text;
}
