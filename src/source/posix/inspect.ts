import type { Bytes } from "../../base/bytes.ts";
import { baseName } from "../path.ts";
import type { FileStat, SourceStat, SourceXattr } from "../source-stat.ts";
import { readLink } from "./directory.ts";
import { groupName, userName } from "./names.ts";
import { isErrno, type PosixError } from "./posix-error.ts";
import { lstat, stat } from "./stat.ts";
import { readXattrs } from "./xattr.ts";

export interface InspectOptions {
  /** Describe what a symlink leads to: for the directories between the root and a target (restic-format §7.7). */
  readonly follow?: boolean;
  /** An attribute that could not be read and is left out. */
  readonly warn?: (message: string) => void;
}

const EMPTY = Buffer.alloc(0);
const NO_XATTRS: readonly SourceXattr[] = [];

/** Everything there is to know about one entry but its content. Throws PosixError when it cannot be stat'ed. */
export function inspect(path: Bytes, options: InspectOptions = {}): SourceStat {
  return describe(path, options.follow === true ? stat(path) : lstat(path), options);
}

/** Completes a stat already taken with names, link target and attributes. */
export function describe(path: Bytes, facts: FileStat, options: InspectOptions = {}): SourceStat {
  return {
    ...facts,
    name: baseName(path),
    user: userName(facts.uid),
    group: groupName(facts.gid),
    linkTarget: facts.type === "symlink" ? readLink(path) : EMPTY,
    xattrs: xattrsOf(path, options),
  };
}

function xattrsOf(path: Bytes, options: InspectOptions): readonly SourceXattr[] {
  const warn = (error: PosixError, name: Bytes): void => {
    options.warn?.(`can not obtain extended attribute ${Buffer.from(name).toString()}: ${error.message}`);
  };
  try {
    return readXattrs(path, warn);
  } catch (error) {
    // A directory on the way to a target may belong to somebody else; its attributes are not what was asked for.
    if (options.follow === true && isErrno(error, "EACCES", "EPERM")) return NO_XATTRS;
    throw error;
  }
}
