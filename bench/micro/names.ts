import { compareBytes, utf8 } from "../../src/base/bytes.ts";

const WORDS = ["index", "module", "test", "README", "libfoo", "package", "données", "photo 2024", "v1.2.3", "changelog"];
const ENDINGS = [".js", ".d.ts", ".md", ".json", ".so.1", ".jpg", ""];

/** Names as folders hold them, mostly plain, in tree order. */
export function someNames(count: number): Uint8Array[] {
  const text = (i: number): string => `${WORDS[i % WORDS.length]}-${i}${ENDINGS[i % ENDINGS.length]}`;
  return Array.from({ length: count }, (_, i) => utf8(text(i))).sort(compareBytes);
}
