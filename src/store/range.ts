import type { GetOptions } from "./object-store.ts";
import { StoreError } from "./store-error.ts";

/** The bytes [start, end) that a get asks for of an object of `size`; throws `bad-range` when they are not all there. */
export function rangeOf(range: GetOptions["range"], size: number, what: string, key: string): { start: number; end: number } {
  if (range === undefined) return { start: 0, end: size };
  const end = range.offset + range.length;
  if (!Number.isSafeInteger(range.offset) || !Number.isSafeInteger(range.length) || range.offset < 0 || range.length < 0 || end > size) {
    throw badRange(range, size, what, key);
  }
  return { start: range.offset, end };
}

export function badRange(range: NonNullable<GetOptions["range"]>, size: number | undefined, what: string, key: string): StoreError {
  const length = size === undefined ? "what is stored" : `its ${size} bytes`;
  return new StoreError({
    code: "bad-range",
    message: `${what}: bytes ${range.offset} to ${range.offset + range.length} reach past ${length}`,
    hint: "the file is shorter than the index says; run `firn check`",
    key,
  });
}
