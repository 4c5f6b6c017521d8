import { type Bytes, utf8 } from "../base/bytes.ts";

/** Lines of text files that users write: exclude files and lists of targets. Content stays bytes. */

/** The content without its byte order mark; UTF-16 with a mark becomes UTF-8. */
export function decodeBom(content: Bytes): Bytes {
  const [a, b, c] = content;
  if (a === 0xef && b === 0xbb && c === 0xbf) return content.subarray(3);
  if (a === 0xff && b === 0xfe) return utf8(new TextDecoder("utf-16le").decode(content.subarray(2)));
  if (a === 0xfe && b === 0xff) return utf8(new TextDecoder("utf-16be").decode(content.subarray(2)));
  return content;
}

/** Lines without their line ends (LF or CR LF), one character per byte; a last line without an end counts. */
export function splitLines(latin: string): string[] {
  const lines = latin.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
}

/** Unicode white space as Go's TrimSpace knows it, in UTF-8 with one character per byte. */
const SPACE = "(?:[\\t-\\r ]|\\xc2[\\x85\\xa0]|\\xe1\\x9a\\x80|\\xe2\\x80[\\x80-\\x8a\\xa8\\xa9\\xaf]|\\xe2\\x81\\x9f|\\xe3\\x80\\x80)";
const AROUND = new RegExp(`^${SPACE}+|${SPACE}+$`, "g");

export function trimSpace(latin: string): string {
  return latin.replace(AROUND, "");
}
