import { asBuffer, textStrict } from "../base/bytes.ts";
import type { Bytes } from "../base/bytes.ts";
import { runeAt } from "./rune.ts";

/** What Go's encoder escapes with HTML escaping on (restic-format §7.3); with the u flag the last range means lone surrogates. */
const SPECIAL = String.raw`["\\<>&\u0000-\u001f\u2028\u2029\ud800-\udfff]`;
const NEEDS_ESCAPE = new RegExp(SPECIAL, "u");
const EVERY_ESCAPE = new RegExp(SPECIAL, "gu");

const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

function escape(char: string): string {
  const short = SHORT[char];
  if (short !== undefined) return short;
  const code = char.charCodeAt(0);
  return code >= 0xd800 && code <= 0xdfff ? "\\ufffd" : `\\u${code.toString(16).padStart(4, "0")}`;
}

/** A JSON string, quotes included, byte for byte as Go's encoding/json writes it. */
export function encodeString(text: string): string {
  return NEEDS_ESCAPE.test(text) ? `"${text.replace(EVERY_ESCAPE, escape)}"` : `"${text}"`;
}

/** The same for bytes: each byte that is not part of valid UTF-8 becomes the six characters `\ufffd`. */
export function encodeByteString(bytes: Bytes): string {
  const text = textStrict(bytes);
  if (text !== undefined) return encodeString(text);
  let out = "";
  let valid = 0;
  for (let at = 0; at < bytes.length;) {
    const rune = runeAt(bytes, at);
    if (rune === undefined) {
      out += encodeString(asBuffer(bytes).toString("utf8", valid, at)).slice(1, -1) + "\\ufffd";
      valid = at + 1;
    }
    at += rune?.size ?? 1;
  }
  return `"${out}${encodeString(asBuffer(bytes).toString("utf8", valid)).slice(1, -1)}"`;
}

/** A value as JSON text the way Go compacts a raw message: numbers as they were written, keys in their order, no spaces. */
export function encodeValue(value: unknown): string {
  if (typeof value === "string") return encodeString(value);
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return `[${value.map(encodeValue).join(",")}]`;
  if (typeof value !== "object" || value === null || JSON.isRawJSON(value)) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, item]) => `${encodeString(key)}:${encodeValue(item)}`)
    .join(",")}}`;
}

/** A map as Go marshals it: keys sorted bytewise. */
export function encodeSortedMap(value: object): string {
  const keys = Object.keys(value).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return `{${keys.map((key) => `${encodeString(key)}:${encodeValue((value as Record<string, unknown>)[key])}`).join(",")}}`;
}
