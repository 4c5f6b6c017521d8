import type { Bytes } from "../base/bytes.ts";

/** One code point and the bytes it took. */
export interface Rune {
  readonly point: number;
  readonly size: number;
}

/**
 * Decodes the code point at `at`, or returns undefined when no valid UTF-8 sequence starts there (too long a form, a surrogate, above
 * U+10FFFF, cut off). Go then counts one byte as invalid, where a TextDecoder may swallow several; names depend on it (restic-format §7.3, §7.4).
 */
export function runeAt(bytes: Bytes, at: number): Rune | undefined {
  const first = bytes[at]!;
  if (first < 0x80) return { point: first, size: 1 };
  const size = first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
  if (size === 0 || at + size > bytes.length) return undefined;
  let point = first & (0xff >> (size + 1));
  for (let i = 1; i < size; i++) {
    const next = bytes[at + i]!;
    if ((next & 0xc0) !== 0x80) return undefined;
    point = (point << 6) | (next & 0x3f);
  }
  if (size === 3 && (point < 0x800 || (point >= 0xd800 && point <= 0xdfff))) return undefined;
  if (size === 4 && (point < 0x10000 || point > 0x10ffff)) return undefined;
  return { point, size };
}
