import { asBuffer, fromBase64 } from "../base/bytes.ts";
import type { Bytes } from "../base/bytes.ts";
import { CorruptError, messageOf } from "../base/error.ts";
import type { Id } from "../base/id.ts";
import type { Time } from "../base/time.ts";
import { ZERO_TIME } from "../base/time.ts";
import { decodeTime } from "./time-text.ts";

declare global {
  interface JSON {
    rawJSON(text: string): object;
    isRawJSON(value: unknown): boolean;
    parse(text: string, reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown): unknown;
  }
}

/** Sixteen digits in a row after a colon: perhaps an integer that a double cannot hold. */
const LONG_INTEGER = /[:[]\s*-?\d{16}/;
const EXACT_KEYS = '"generic_attributes"';

/**
 * Parses JSON without losing digits: integers beyond 2^53 come out as bigint, numbers that would print differently as raw JSON. Native
 * parsing is used unless the text may hold such a number (250 MB/s against 15 MB/s).
 */
export function parseJson(bytes: Bytes, what: string): unknown {
  const text = asBuffer(bytes).toString("utf8");
  try {
    if (!LONG_INTEGER.test(text) && !text.includes(EXACT_KEYS)) return JSON.parse(text);
    return JSON.parse(text, (_key, value, context) => (typeof value === "number" ? exactNumber(value, context.source ?? "") : value));
  } catch (error) {
    throw new CorruptError({ object: what, check: `not valid JSON (${messageOf(error).split("\n")[0]})`, cause: error });
  }
}

function exactNumber(value: number, source: string): unknown {
  if (String(value) === source && Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value;
  const isInteger = /^(?:0|-?[1-9]\d*)$/.test(source);
  return isInteger ? BigInt(source) : JSON.rawJSON(source);
}

/** One JSON object being decoded, with what it is for the error messages. Fields that are absent or null count as Go's zero values. */
export class ObjectReader {
  readonly what: string;
  private readonly fields: Readonly<Record<string, unknown>>;

  constructor(value: unknown, what: string) {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw new CorruptError({ object: what, check: "not a JSON object" });
    this.what = what;
    this.fields = value as Readonly<Record<string, unknown>>;
  }

  raw(name: string): unknown {
    return this.fields[name] ?? undefined;
  }

  has(name: string): boolean {
    return this.raw(name) !== undefined;
  }

  text(name: string): string {
    const value = this.raw(name) ?? "";
    if (typeof value !== "string") throw this.wrong(name, "not a string");
    return value;
  }

  bool(name: string): boolean {
    const value = this.raw(name) ?? false;
    if (typeof value !== "boolean") throw this.wrong(name, "not a boolean");
    return value;
  }

  /** An unsigned integer up to `max` that fits a double exactly. */
  uint(name: string, max: number = Number.MAX_SAFE_INTEGER): number {
    const value = this.raw(name) ?? 0;
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0 || value > max)
      throw this.wrong(name, `not an integer from 0 to ${max}`);
    return value;
  }

  int(name: string): number {
    const value = this.raw(name) ?? 0;
    if (typeof value !== "number" || !Number.isSafeInteger(value)) throw this.wrong(name, "not an integer");
    return value;
  }

  uint64(name: string): bigint {
    const value = this.raw(name) ?? 0;
    const exact = typeof value === "bigint" ? value : typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : -1n;
    if (exact < 0n || exact >= 1n << 64n) throw this.wrong(name, "not an unsigned 64-bit integer");
    return exact;
  }

  base64(name: string): Bytes {
    return decodeBase64(this.text(name)) ?? this.fail(name, "not base64");
  }

  time(name: string): Time {
    const value = this.raw(name);
    if (value === undefined) return ZERO_TIME;
    return (typeof value === "string" ? decodeTime(value) : undefined) ?? this.fail(name, "not an RFC 3339 time");
  }

  id<K extends string>(name: string): Id<K> {
    return toId<K>(this.raw(name)) ?? this.fail(name, "not an id");
  }

  optionalId<K extends string>(name: string): Id<K> | undefined {
    return this.has(name) ? this.id<K>(name) : undefined;
  }

  list(name: string): readonly unknown[] {
    const value = this.raw(name) ?? [];
    if (!Array.isArray(value)) throw this.wrong(name, "not a list");
    return value;
  }

  texts(name: string): readonly string[] {
    return this.list(name).map((item) => (typeof item === "string" ? item : this.fail(name, "not a list of strings")));
  }

  wrong(name: string, check: string): CorruptError {
    return new CorruptError({ object: this.what, check: `field ${JSON.stringify(name)} is ${check}` });
  }

  private fail(name: string, check: string): never {
    throw this.wrong(name, check);
  }
}

const HEX = /^[0-9a-f]{64}$/;
const HEX_ANY_CASE = /^[0-9a-fA-F]{64}$/;

/** An id in either case, or undefined. */
export function toId<K extends string>(value: unknown): Id<K> | undefined {
  if (typeof value !== "string") return undefined;
  if (HEX.test(value)) return value as Id<K>;
  return HEX_ANY_CASE.test(value) ? (value.toLowerCase() as Id<K>) : undefined;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Standard base64 with padding (line breaks are passed over, as Go does), or undefined. */
export function decodeBase64(text: string): Bytes | undefined {
  const clean = text.replace(/[\r\n]/g, "");
  return BASE64.test(clean) ? fromBase64(clean) : undefined;
}
