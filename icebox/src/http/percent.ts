import { S3Error } from "../s3-error.ts";

const UNRESERVED = /[A-Za-z0-9\-._~]/;
const ENCODED: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const char = String.fromCharCode(byte);
  return UNRESERVED.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
});
const SLASH = 0x2f;
const PERCENT = 0x25;
const SIMPLE = /^[A-Za-z0-9\-._~/]*$/;

/** AWS's UriEncode: everything but the unreserved characters becomes %XX, upper case; a space is %20. */
export function uriEncode(text: string | Uint8Array, keepSlash = false): string {
  if (typeof text === "string" && keepSlash && SIMPLE.test(text)) return text;
  let out = "";
  for (const byte of typeof text === "string" ? Buffer.from(text) : text) out += keepSlash && byte === SLASH ? "/" : ENCODED[byte]!;
  return out;
}

/** Bytes, because a key is bytes until it has been shown to be UTF-8. */
export function percentDecode(text: string): Buffer {
  const source = Buffer.from(text);
  if (!source.includes(PERCENT)) return source;
  const out = Buffer.alloc(source.length);
  let length = 0;
  for (let at = 0; at < source.length; at++) {
    const pair = source[at] === PERCENT ? source.toString("latin1", at + 1, at + 3) : "";
    const escaped = /^[0-9a-fA-F]{2}$/.test(pair);
    out[length++] = escaped ? Number.parseInt(pair, 16) : source[at]!;
    if (escaped) at += 2;
  }
  return out.subarray(0, length);
}

export function percentDecodeText(text: string): string {
  const bytes = percentDecode(text);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new S3Error(400, "InvalidURI", "Couldn't parse the specified URI.");
  }
}
