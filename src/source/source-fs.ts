import type { Bytes } from "../base/bytes.ts";
import { readDirectory } from "./posix/directory.ts";
import { readHead } from "./posix/read-file.ts";
import { lstat, lstatIfThere, stat } from "./posix/stat.ts";
import type { FileStat } from "./source-stat.ts";

/** The questions that target planning, selection and scanning ask of a file system; tests answer them from a map. All throw PosixError. */
export interface SourceFs {
  lstat(path: Bytes): FileStat;
  /** Undefined when nothing is there. */
  lstatIfThere(path: Bytes): FileStat | undefined;
  stat(path: Bytes): FileStat;
  /** Sorted names. */
  readDirectory(path: Bytes): Bytes[];
  /** The first bytes of a file, at most `length`. */
  readHead(path: Bytes, length: number): Bytes;
}

export const posixFs: SourceFs = { lstat, lstatIfThere, stat, readDirectory, readHead };
