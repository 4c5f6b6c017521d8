import { type Bytes, equalBytes, textLossy, utf8 } from "../base/bytes.ts";
import { FirnError, messageOf } from "../base/error.ts";
import { rejectOtherDevices } from "./device-map.ts";
import { baseName, cleanPath, fromLatin, joinName, parentLatin, toLatin } from "./path.ts";
import type { PatternList } from "./pattern.ts";
import type { SourceFs } from "./source-fs.ts";
import type { FileStat } from "./source-stat.ts";

/** What a backup leaves out (restic-format §9). Never asked about explicit targets, only about what lies below them. */
export interface Selection {
  /** Asked before the stat call. `path` is absolute. */
  byName(path: Bytes): boolean;
  /** Asked after it. */
  byStat(path: Bytes, stat: FileStat): boolean;
  /** False: every name is taken, nobody need put a path together to ask. */
  readonly asksNames: boolean;
  readonly asksStats: boolean;
  /** What is left to ask about the entries in and below a directory. */
  below(dir: Bytes): Selection;
}

export interface RejectOptions {
  /** Lists are independent: a `!` in one cannot bring back what another leaves out. */
  readonly excludes?: readonly PatternList[];
  /** `name[:header]` each. */
  readonly excludeIfPresent?: readonly string[];
  readonly excludeCaches?: boolean;
  readonly excludeLargerThan?: bigint | undefined;
  /** Absolute paths of the targets whose file systems may be entered; unset means all. */
  readonly oneFileSystem?: readonly Bytes[] | undefined;
  /** The local cache's base directory. */
  readonly cacheDir?: Bytes | undefined;
  readonly warn?: (message: string) => void;
}

export const SELECT_ALL: Selection = {
  byName: () => true,
  byStat: () => true,
  asksNames: false,
  asksStats: false,
  below: () => SELECT_ALL,
};

const CACHE_TAG = "CACHEDIR.TAG:Signature: 8a477f597d28d172789f06886806bc55";

type RejectByStat = (path: Bytes, stat: FileStat) => boolean;

/** Throws FirnError for a bad `excludeIfPresent`, PosixError when a target of `oneFileSystem` cannot be stat'ed. */
export function buildSelection(options: RejectOptions, fs: SourceFs): Selection {
  const lists = (options.excludes ?? []).filter((list) => list.size > 0).map((list) => (path: Bytes) => list.matches(path));
  const stats = statRejects(options, fs);
  const withoutCache = select(lists, stats);
  if (options.cacheDir === undefined) return withoutCache;
  return besideCache(toLatin(cleanPath(options.cacheDir)), lists, stats, withoutCache);
}

type RejectByName = (path: Bytes) => boolean;

function select(names: readonly RejectByName[], stats: readonly RejectByStat[]): Selection {
  const selection: Selection = {
    byName: (path) => !names.some((reject) => reject(path)),
    byStat: (path, stat) => !stats.some((reject) => reject(path, stat)),
    asksNames: names.length > 0,
    asksStats: stats.length > 0,
    below: () => selection,
  };
  return selection;
}

/** The cache's folder is left out; where it cannot lie, nobody looks for it: that took a third of a microsecond an entry. */
function besideCache(cache: string, lists: readonly RejectByName[], stats: readonly RejectByStat[], elsewhere: Selection): Selection {
  const selection = {
    ...select([(path) => isAtOrBelow(toLatin(path), cache), ...lists], stats),
    below: (dir: Bytes): Selection => {
      const text = toLatin(cleanPath(dir));
      return isAtOrBelow(cache, text) || isAtOrBelow(text, cache) ? selection : elsewhere;
    },
  };
  return selection;
}

function isAtOrBelow(path: string, dir: string): boolean {
  return path === dir || path.startsWith(dir === "/" ? dir : `${dir}/`);
}

function statRejects(options: RejectOptions, fs: SourceFs): RejectByStat[] {
  const rejects: RejectByStat[] = [];
  if (options.oneFileSystem !== undefined) rejects.push(rejectOtherDevices(options.oneFileSystem, fs));
  const limit = options.excludeLargerThan;
  if (limit !== undefined) rejects.push((_path, stat) => stat.type !== "dir" && stat.size > limit);
  const tags = [...(options.excludeIfPresent ?? []), ...(options.excludeCaches === true ? [CACHE_TAG] : [])];
  for (const spec of tags) rejects.push(rejectBesideTag(spec, fs, options.warn ?? (() => undefined)));
  return rejects;
}

/** Leaves out everything beside the tag file but the tag itself. The answer is kept for each directory. */
function rejectBesideTag(spec: string, fs: SourceFs, warn: (message: string) => void): RejectByStat {
  const colon = spec.indexOf(":");
  const name = utf8(colon < 0 ? spec : spec.slice(0, colon));
  const header = utf8(colon < 0 ? "" : spec.slice(colon + 1));
  if (name.length === 0) {
    throw new FirnError({
      code: "bad-exclude-tag",
      message: `--exclude-if-present ${JSON.stringify(spec)}: no name for the tag file`,
      hint: "write it as name or name:header",
    });
  }
  const known = new Map<string, boolean>();
  return (path) => {
    if (equalBytes(baseName(path), name)) return false;
    const dir = parentLatin(toLatin(path));
    let tagged = known.get(dir);
    if (tagged === undefined) known.set(dir, (tagged = isTagged(joinName(fromLatin(dir), name), header, fs, warn)));
    return tagged;
  };
}

function isTagged(tag: Bytes, header: Bytes, fs: SourceFs, warn: (message: string) => void): boolean {
  try {
    if (fs.lstatIfThere(tag) === undefined) return false;
    if (header.length === 0) return true;
    if (equalBytes(fs.readHead(tag, header.length), header)) return true;
    warn(`invalid signature in exclusion tagfile ${textLossy(tag)}`);
  } catch (error) {
    warn(`could not read exclusion tagfile: ${messageOf(error)}`);
  }
  return false;
}
