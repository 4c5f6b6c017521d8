import { FirnError } from "./error.ts";

declare const brand: unique symbol;

/** 64 lower-case hex digits naming a SHA-256. The brand keeps ids of different things apart at compile time. */
export type Id<Kind extends string> = string & { readonly [brand]: Kind };

export type BlobId = Id<"blob">;
export type PackId = Id<"pack">;
export type IndexId = Id<"index">;
export type SnapshotId = Id<"snapshot">;
export type LockId = Id<"lock">;
export type KeyId = Id<"key">;

const ID = /^[0-9a-f]{64}$/;
const ID_ANY_CASE = /^[0-9a-fA-F]{64}$/;

export const NULL_ID = "0".repeat(64);

export function isId(text: string): boolean {
  return ID.test(text);
}

/** Parses an id in text form (either case, as restic's decoder takes it). Throws `invalid-id` naming what was being read. */
export function parseId<K extends string>(text: unknown, what: string): Id<K> {
  if (typeof text !== "string" || !ID_ANY_CASE.test(text)) {
    throw new FirnError({ code: "invalid-id", message: `${what}: not an id: ${JSON.stringify(text)?.slice(0, 80)}` });
  }
  return text.toLowerCase() as Id<K>;
}

/** Brands 64 hex digits that are known to be an id (a digest just computed, a listed name already tested). */
export function asId<K extends string>(hex: string): Id<K> {
  return hex as Id<K>;
}

/** The short form shown to people: the first 8 digits. */
export function shortId(id: Id<string>): string {
  return id.slice(0, 8);
}
