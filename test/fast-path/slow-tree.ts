import { lstatSync, readdirSync, readFileSync, readlinkSync, type BigIntStats } from "node:fs";
import type { Chunk, SlowChunker } from "./slow-chunks.ts";
import { sha256 } from "./slow-repository.ts";

// restic-format §7 read aloud, for trees without extended attributes and devices, and for a time zone that never changes.

export interface SlowBackup {
  /** By id. */
  readonly trees: ReadonlyMap<string, string>;
  readonly chunks: ReadonlyMap<string, Chunk>;
  readonly root: string;
}

export interface Zone {
  readonly name: string;
  readonly minutes: number;
}

/** What a backup of `target` in the folder `parent`, named so on the command line, must store. */
export function slowBackup(parent: string, target: string, chunker: SlowChunker, zone: Zone): SlowBackup {
  const trees = new Map<string, string>();
  const chunks = new Map<string, Chunk>();
  const names = namesById();
  const tree = (nodes: readonly string[]): string => {
    const text = `{"nodes":[${nodes.join(",")}]}\n`;
    const id = sha256(Buffer.from(text));
    trees.set(id, text);
    return id;
  };
  const directory = (path: Buffer): string => {
    const entries = readdirSync(path, { encoding: "buffer" }).toSorted((a, b) => Buffer.compare(a, b));
    return tree(entries.map((name) => node(path, name)));
  };
  const content = (path: Buffer): string => {
    const found = chunker.chunks(readFileSync(path));
    for (const chunk of found) chunks.set(chunk.id, chunk);
    return JSON.stringify(found.map(({ id }) => id));
  };
  const node = (parentPath: Buffer, name: Buffer): string => {
    const path = Buffer.concat([parentPath, Buffer.from("/"), name]);
    const stat = lstatSync(path, { bigint: true });
    const type = stat.isDirectory() ? "dir" : stat.isSymbolicLink() ? "symlink" : stat.isFIFO() ? "fifo" : "file";
    const mtime = timeText(stat.mtimeNs, zone);
    const fields = [
      `"name":${goJson(Buffer.from(goQuote(name)))}`,
      `"type":"${type}"`,
      ...unless(0n, "mode", goMode(stat)),
      `"mtime":"${mtime}"`,
      `"atime":"${mtime}"`,
      `"ctime":"${timeText(stat.ctimeNs, zone)}"`,
      `"uid":${stat.uid}`,
      `"gid":${stat.gid}`,
      ...named("user", names.users.get(String(stat.uid))),
      ...named("group", names.groups.get(String(stat.gid))),
      ...unless(0n, "inode", stat.ino),
      ...unless(0n, "device_id", stat.dev),
      ...(type === "file" ? unless(0n, "size", stat.size) : []),
      ...(type === "file" || type === "symlink" ? [`"links":${stat.nlink}`] : []),
      ...(type === "symlink" ? linkFields(readlinkSync(path, { encoding: "buffer" })) : []),
      `"content":${type === "file" ? content(path) : "null"}`,
      ...(type === "dir" ? [`"subtree":"${directory(path)}"`] : []),
    ];
    return `{${fields.join(",")}}`;
  };
  return { root: tree([node(Buffer.from(parent), Buffer.from(target))]), trees, chunks };
}

function unless(omitted: bigint, key: string, value: bigint): string[] {
  return value === omitted ? [] : [`"${key}":${value}`];
}

function named(key: string, name: string | undefined): string[] {
  return name === undefined ? [] : [`"${key}":${goJson(Buffer.from(name))}`];
}

function linkFields(target: Buffer): string[] {
  const valid = Buffer.from(target.toString()).equals(target);
  return [`"linktarget":${goJson(target)}`, ...(valid ? [] : [`"linktarget_raw":"${target.toString("base64")}"`])];
}

/** §7.1 */
function goMode(stat: BigIntStats): bigint {
  const kind = stat.isDirectory() ? 1n << 31n : stat.isSymbolicLink() ? 1n << 27n : stat.isFIFO() ? 1n << 25n : 0n;
  const bit = (unix: bigint, go: bigint): bigint => ((stat.mode & unix) === 0n ? 0n : 1n << go);
  return kind | bit(0o4000n, 23n) | bit(0o2000n, 22n) | bit(0o1000n, 20n) | (stat.mode & 0o777n);
}

/** §7.2 */
function timeText(nanoseconds: bigint, { minutes }: Zone): string {
  const fraction = String(((nanoseconds % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n)
    .padStart(9, "0")
    .replace(/0+$/, "");
  const seconds = (nanoseconds - BigInt.asIntN(64, BigInt(fraction.padEnd(9, "0")))) / 1_000_000_000n;
  const local = new Date((Number(seconds) + minutes * 60) * 1000).toISOString().slice(0, 19);
  const two = (n: number): string => String(n).padStart(2, "0");
  const offset =
    minutes === 0 ? "Z" : `${minutes < 0 ? "-" : "+"}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
  return `${local}${fraction === "" ? "" : `.${fraction}`}${offset}`;
}

/** §7.4, for characters that every Unicode of the last years agrees about. */
function goQuote(name: Buffer): string {
  const short: Record<string, string> = {
    "\x07": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
    '"': '\\"',
    "\\": "\\\\",
  };
  return runes(name)
    .map((rune) => {
      if (typeof rune === "number") return `\\x${hex(rune, 2)}`;
      if (short[rune] !== undefined) return short[rune];
      if (/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(rune)) return rune;
      const point = rune.codePointAt(0)!;
      return point < 0x80 ? `\\x${hex(point, 2)}` : point < 0x10000 ? `\\u${hex(point, 4)}` : `\\U${hex(point, 8)}`;
    })
    .join("");
}

/** §7.3 */
function goJson(text: Buffer): string {
  const short: Record<string, string> = { '"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t" };
  const escaped = runes(text).map((rune) => {
    if (typeof rune === "number") return "\\ufffd";
    const escape = rune < " " || "<>&\u2028\u2029".includes(rune);
    return short[rune] ?? (escape ? `\\u${hex(rune.codePointAt(0)!, 4)}` : rune);
  });
  return `"${escaped.join("")}"`;
}

/** Characters; bytes that belong to none as numbers. */
function runes(bytes: Buffer): (string | number)[] {
  const found: (string | number)[] = [];
  for (let at = 0; at < bytes.length;) {
    const text = [1, 2, 3, 4].map((n) => bytes.subarray(at, at + n)).find((part) => isCharacter(part));
    found.push(text === undefined ? bytes[at]! : text.toString());
    at += text?.length ?? 1;
  }
  return found;
}

function isCharacter(bytes: Buffer): boolean {
  const text = bytes.toString();
  return Array.from(text).length === 1 && Buffer.from(text).equals(bytes);
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}

function namesById(): { users: Map<string, string>; groups: Map<string, string> } {
  const read = (file: string): Map<string, string> =>
    new Map(
      readFileSync(file, "utf8")
        .split("\n")
        .map((line) => line.split(":"))
        .toReversed()
        .map(([name = "", , id = ""]) => [id, name]),
    );
  return { users: read("/etc/passwd"), groups: read("/etc/group") };
}
