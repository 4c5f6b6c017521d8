import { type Bytes, utf8 } from "../base/bytes.ts";
import { foldersOf } from "./folders.ts";
import { cleanLatin, toLatin } from "./path.ts";
import { capabilities } from "./posix/capabilities.ts";
import { PosixError } from "./posix/posix-error.ts";
import type { Selection } from "./reject.ts";
import type { SourceFs } from "./source-fs.ts";
import { StatFields } from "./stat-fields.ts";
import { acceptEntry, type EntryError } from "./walk.ts";
import type { FileStat, SourceType } from "./source-stat.ts";
import type { TargetMetadata } from "./target-metadata.ts";

/** For tests: a file system in a map, and numbers for property runs. */
export interface MemoryEntry {
  readonly type?: SourceType;
  readonly content?: string;
  readonly size?: bigint;
  readonly device?: bigint;
}

/** Paths are absolute; directories above them need not be listed. A path ending in "/" is an empty directory. */
export function memoryFs(spec: Readonly<Record<string, MemoryEntry>>): SourceFs {
  const entries = new Map<string, MemoryEntry>([["/", { type: "dir" }]]);
  for (const [path, entry] of Object.entries(spec)) {
    const clean = cleanLatin(toLatin(utf8(path)));
    for (let at = clean.lastIndexOf("/"); at > 0; at = clean.lastIndexOf("/", at - 1)) {
      if (!entries.has(clean.slice(0, at))) entries.set(clean.slice(0, at), { type: "dir", ...deviceOf(entry) });
    }
    entries.set(clean, path.endsWith("/") ? { type: "dir", ...entry } : entry);
  }
  const find = (path: Bytes): MemoryEntry => {
    const entry = entries.get(cleanLatin(toLatin(path)));
    if (entry === undefined) throw new PosixError("lstat", path, "ENOENT", "no such file or directory");
    return entry;
  };
  const lstat = (path: Bytes): FileStat => statOf(find(path));
  return {
    lstat,
    lstatIfThere: (path) => {
      const entry = entries.get(cleanLatin(toLatin(path)));
      return entry === undefined ? undefined : statOf(entry);
    },
    stat: lstat,
    readHead: (path, length) => utf8(find(path).content ?? "").subarray(0, length),
    readDirectory: (path) => {
      if (find(path).type !== "dir") throw new PosixError("open", path, "ENOTDIR", "not a directory");
      const base = cleanLatin(toLatin(path));
      const prefix = base === "/" ? "/" : `${base}/`;
      const below = [...entries.keys()].filter((key) => key !== "/" && key.startsWith(prefix)).map((key) => key.slice(prefix.length));
      return below
        .filter((name) => !name.includes("/"))
        .sort()
        .map((name) => Buffer.from(name, "latin1"));
    },
  };
}

export interface KeptEntry {
  readonly name: Bytes;
  readonly path: Bytes;
  readonly type: SourceType;
}

/** What a selection keeps of one directory, in tree order. */
export function keptIn(dir: Bytes, selection: Selection, fs: SourceFs, onError: EntryError): KeptEntry[] {
  const folder = foldersOf(fs).open(dir);
  const fields = new StatFields();
  const kept: KeptEntry[] = [];
  for (let i = 0; i < folder.count; i++) {
    if (!acceptEntry(folder, i, selection.below(dir), fields, onError)) continue;
    kept.push({ name: folder.nameOf(i), path: folder.pathOf(i), type: fields.type });
  }
  folder.close();
  return kept;
}

function deviceOf(entry: MemoryEntry): { device: bigint } | object {
  return entry.device === undefined ? {} : { device: entry.device };
}

function statOf(entry: MemoryEntry): FileStat {
  const type = entry.type ?? "file";
  return {
    type,
    stMode: type === "dir" ? 0o40755 : 0o100644,
    mtimeNs: 0n,
    atimeNs: 0n,
    ctimeNs: 0n,
    uid: 0,
    gid: 0,
    inode: 1n,
    deviceId: entry.device ?? 1n,
    size: entry.size ?? BigInt(entry.content?.length ?? 0),
    links: 1n,
    device: 0n,
  };
}

/** Options for fast-check: a fixed seed and few runs, unless the environment asks for more. */
export function propertyRuns(usual: number): { seed: number; numRuns: number } {
  return { seed: Number(process.env.FIRN_TEST_SEED ?? 1), numRuns: usual * Number(process.env.FIRN_TEST_RUNS ?? 1) };
}

/** Reasons to skip a test, or false. */
export const linuxOnly = capabilities.xattrs ? false : "needs Linux";
export const rootOnly = process.getuid?.() === 0 ? false : "needs root";

/** What a file made by a test is given: ours, private, with times on both sides of 1970. */
export const TARGET_METADATA: TargetMetadata = {
  type: "file",
  permissions: 0o600,
  uid: process.getuid?.() ?? 0,
  gid: process.getgid?.() ?? 0,
  user: "",
  group: "",
  mtimeNs: 1_234_567_890_123_456_789n,
  atimeNs: -5n,
  xattrs: [],
};
