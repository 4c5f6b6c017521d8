import { getSystemErrorMap } from "node:util";
import { type Bytes, textLossy, utf8 } from "../../base/bytes.ts";
import { FirnError } from "../../base/error.ts";

const HINTS: Readonly<Record<string, string>> = {
  EACCES: "run as a user that may access it, or leave it out",
  EPERM: "run as a user that may do this, usually root",
  ENOSPC: "free some space there and run the command again; finished work is kept",
  EDQUOT: "the quota there is used up; free some space and run the command again",
  EROFS: "that file system is mounted read-only; choose another place or remount it",
  EMFILE: "too many open files: raise the limit (ulimit -n) or lower the concurrency",
  EIO: "the disk reports a read or write error; check it before trusting its contents",
};

/** A system call that failed. `code` is the errno name (ENOENT, EACCES …), `path` the raw bytes it was about. */
export class PosixError extends FirnError {
  readonly op: string;
  readonly path: Bytes;
  /** The system's words for the error, without operation and path. */
  readonly text: string;

  constructor(op: string, path: Bytes, code: string, text: string, cause?: unknown) {
    super({ code, message: `${op} ${textLossy(path)}: ${text}`, hint: HINTS[code], cause });
    this.op = op;
    this.path = path;
    this.text = text;
  }
}

let table: Map<number, [string, string]> | undefined;

/** The system's error table; the runtime builds it anew at every call, which took a tenth of a scan. */
function systemErrors(): Map<number, [string, string]> {
  return (table ??= getSystemErrorMap());
}

/** The error for a positive errno read after a foreign call; the system error table is keyed by negative numbers. */
export function errnoError(op: string, path: Bytes, errno: number): PosixError {
  const [code, text] = systemErrors().get(-errno) ?? [`E${errno}`, `error number ${errno}`];
  return new PosixError(op, path, code, text);
}

/** The PosixError for something thrown by node:fs; anything that is no system error is given back as it is. */
export function fromFsError(op: string, path: Bytes, thrown: unknown): unknown {
  if (thrown instanceof PosixError || !(thrown instanceof Error)) return thrown;
  const { code, errno } = thrown as NodeJS.ErrnoException;
  if (code === undefined || errno === undefined) return thrown;
  const text = systemErrors().get(errno)?.[1] ?? code;
  return new PosixError(op, path, code, text, thrown);
}

/** A path, or an open descriptor: where there is one, nothing has to be looked up again and nothing can take the entry's place. */
export type Entry = Bytes | number;

/** For messages. */
export function entryName(entry: Entry): Bytes {
  return typeof entry === "number" ? utf8(`descriptor ${entry}`) : entry;
}

/** Runs one node:fs call and turns its failure into a PosixError about `entry`. */
export function posixCall<T>(op: string, entry: Entry, call: () => T): T {
  try {
    return call();
  } catch (thrown) {
    throw fromFsError(op, entryName(entry), thrown);
  }
}

export function isErrno(error: unknown, ...codes: readonly string[]): error is PosixError {
  return error instanceof PosixError && codes.includes(error.code);
}

/** The same failure told about another path: the one the user knows instead of the one used for the call. */
export function aboutPath(error: unknown, path: Bytes): unknown {
  return error instanceof PosixError ? new PosixError(error.op, path, error.code, error.text, error) : error;
}
