/** Go's view of UTF-8 on one-character-per-byte strings: an invalid byte is one rune U+FFFD of size 1. */
export const RUNE_ERROR = 0xfffd;

/** Size in the low 3 bits, rune above; one number instead of an object because every `?` and class asks. */
function pack(rune: number, size: number): number {
  return rune * 8 + size;
}

export function runeOf(packed: number): number {
  return Math.floor(packed / 8);
}

export function sizeOf(packed: number): number {
  return packed % 8;
}

const INVALID = pack(RUNE_ERROR, 1);

/** The rune at `at`, packed; size 0 at the end of the text. */
export function decodeRune(text: string, at: number): number {
  if (at >= text.length) return pack(RUNE_ERROR, 0);
  const first = text.charCodeAt(at);
  if (first < 0x80) return pack(first, 1);
  const size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + size > text.length) return INVALID;
  let rune = first & (0x7f >> size);
  for (let i = 1; i < size; i++) {
    const next = text.charCodeAt(at + i);
    if ((next & 0xc0) !== 0x80) return INVALID;
    rune = (rune << 6) | (next & 0x3f);
  }
  const overlong = (size === 3 && rune < 0x800) || (size === 4 && rune < 0x10000);
  const surrogate = rune >= 0xd800 && rune <= 0xdfff;
  return overlong || surrogate || rune > 0x10ffff ? INVALID : pack(rune, size);
}

// oxlint-disable-next-line no-control-regex -- the whole ASCII range is meant
const ASCII = /^[\x00-\x7f]*$/;

/** Go's strings.ToLower: one rune at a time (no final sigma, no one-to-many mappings), invalid bytes become U+FFFD. */
export function lowerCase(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  let out = "";
  for (let at = 0; at < text.length;) {
    const packed = decodeRune(text, at);
    at += sizeOf(packed);
    out += lowerRune(runeOf(packed));
  }
  return Buffer.from(out, "utf8").toString("latin1");
}

function lowerRune(rune: number): string {
  // U+0130 is the one rune whose full lower case (i and a combining dot) differs from its simple one.
  return rune === 0x130 ? "i" : String.fromCodePoint(rune).toLowerCase();
}
