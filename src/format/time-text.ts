import type { Time } from "../base/time.ts";
import { NS_PER_SECOND } from "../base/time.ts";

const SECONDS_PER_DAY = 86_400;
/** The Gregorian calendar repeats after 400 years; a Date covers only 273,000 years around 1970, a file's time need not. */
const DAYS_PER_CYCLE = 146_097;
const YEARS_PER_CYCLE = 400;
const MS_PER_DAY = 86_400_000;

/** RFC 3339 with nanoseconds and the time's own zone offset; the year is clamped into 0…9999, the rest of the date kept (restic-format §7.2). */
export function encodeTime(time: Time): string {
  let seconds = Number(time.ns / NS_PER_SECOND);
  let nanos = Number(time.ns % NS_PER_SECOND);
  if (nanos < 0) {
    nanos += 1_000_000_000;
    seconds -= 1;
  }
  const local = seconds + time.offset;
  const day = Math.floor(local / SECONDS_PER_DAY);
  const second = local - day * SECONDS_PER_DAY;
  const clock = `${two(Math.floor(second / 3600))}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}`;
  return `${dateText(day)}T${clock}${fraction(nanos)}${zoneText(time.offset)}`;
}

let lastDay = Number.NaN;
let lastDate = "";

/** Times of one tree share few days, so the last one is kept. */
function dateText(day: number): string {
  if (day === lastDay) return lastDate;
  const cycles = Math.floor(day / DAYS_PER_CYCLE);
  const date = new Date((day - cycles * DAYS_PER_CYCLE) * MS_PER_DAY);
  const year = date.getUTCFullYear() + cycles * YEARS_PER_CYCLE;
  const clamped = Math.min(9999, Math.max(0, year));
  // 29 February of a clamped leap year becomes 1 March.
  if (clamped !== year) date.setUTCFullYear(clamped, date.getUTCMonth(), date.getUTCDate());
  lastDate = `${String(clamped).padStart(4, "0")}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
  lastDay = day;
  return lastDate;
}

function fraction(nanos: number): string {
  if (nanos === 0) return "";
  const digits = String(nanos).padStart(9, "0");
  let end = 9;
  while (digits.charCodeAt(end - 1) === 48) end--;
  return `.${digits.slice(0, end)}`;
}

function zoneText(offset: number): string {
  if (offset === 0) return "Z";
  const minutes = Math.trunc(Math.abs(offset) / 60);
  const sign = offset <= -60 ? "-" : "+";
  return `${sign}${two(Math.trunc(minutes / 60))}:${two(minutes % 60)}`;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

/** Parses RFC 3339; undefined when it is none. Digits past nanoseconds are dropped, as Go drops them. */
export function decodeTime(text: string): Time | undefined {
  if (!SHAPE.test(text)) return undefined;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 7);
  const day = digits(text, 8, 10);
  const hour = digits(text, 11, 13);
  const minute = digits(text, 14, 16);
  const second = digits(text, 17, 19);
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const midnight = secondsOf(text.slice(0, 10), year, month, day);
  if (midnight === undefined) return undefined;
  const zoneAt = text.endsWith("Z") ? text.length - 1 : text.length - 6;
  const offset = zoneOffset(text, zoneAt);
  if (offset === undefined) return undefined;
  const nanos = zoneAt > 20 ? Number(text.slice(20, Math.min(zoneAt, 29)).padEnd(9, "0")) : 0;
  const seconds = midnight + hour * 3600 + minute * 60 + second - offset;
  return { ns: BigInt(seconds) * NS_PER_SECOND + BigInt(nanos), offset };
}

const SHAPE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

let lastDateText = "";
let lastMidnight: number | undefined;

function secondsOf(dateText: string, year: number, month: number, day: number): number | undefined {
  if (dateText === lastDateText) return lastMidnight;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  lastDateText = dateText;
  lastMidnight = exists ? date.getTime() / 1000 : undefined;
  return lastMidnight;
}

function zoneOffset(text: string, at: number): number | undefined {
  if (at === text.length - 1) return 0;
  const hours = digits(text, at + 1, at + 3);
  const minutes = digits(text, at + 4, at + 6);
  if (hours > 23 || minutes > 59) return undefined;
  const seconds = hours * 3600 + minutes * 60;
  return text[at] === "-" ? 0 - seconds : seconds;
}

function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) value = value * 10 + text.charCodeAt(at) - 48;
  return value;
}
