import { type Bytes, textLossy, utf8 } from "../base/bytes.ts";
import { FirnError } from "../base/error.ts";
import { compileGlob, hasGlobMeta, matchGlob } from "./glob.ts";
import { cleanLatin, fromLatin, toLatin } from "./path.ts";
import { readWhole } from "./posix/read-file.ts";
import type { SourceFs } from "./source-fs.ts";
import { decodeBom, splitLines, trimSpace } from "./text-file.ts";

/** Lists of targets from files (restic-format §9): globs, plain lines, or NUL-terminated names. */

/** The list's content; "-" is standard input, which the caller reads. */
export function readListFile(name: string, stdin: () => Bytes): Bytes {
  return name === "-" ? stdin() : readWhole(utf8(name));
}

/** `--files-from`: one glob a line, trimmed, `#` comments; in the order of the lines, each line's finds sorted. */
export function filesFromGlobs(content: Bytes, fs: SourceFs, warn: (message: string) => void): Bytes[] {
  const found: Bytes[] = [];
  for (const line of splitLines(toLatin(decodeBom(content))).map(trimSpace)) {
    if (line === "" || line.startsWith("#")) continue;
    const matches = globFiles(line, fs);
    if (matches.length === 0) warn(`pattern "${textLossy(fromLatin(line))}" does not match any files, skipping`);
    found.push(...matches.map(fromLatin));
  }
  return found;
}

/** `--files-from-verbatim`: every line is a path as it stands. */
export function filesFromVerbatim(content: Bytes): Bytes[] {
  return splitLines(toLatin(decodeBom(content)))
    .filter((line) => line !== "")
    .map(fromLatin);
}

/** `--files-from-raw`: NUL-terminated paths. `name` is the list's, for the error. */
export function filesFromRaw(content: Bytes, name: string): Bytes[] {
  const names = toLatin(content).split("\0");
  if (names.pop() !== "") throw listError(name, "the last name is not terminated by a NUL byte, the list may be cut off");
  if (names.includes("")) throw listError(name, "contains an empty name");
  return names.map(fromLatin);
}

function listError(name: string, what: string): FirnError {
  return new FirnError({
    code: "bad-file-list",
    message: `--files-from-raw ${name}: ${what}`,
    hint: "write it with find -print0 or the like",
  });
}

/** Go's filepath.Glob: directories without wildcards are taken as written, unreadable ones yield nothing, dot files match `*`. */
function globFiles(pattern: string, fs: SourceFs): string[] {
  if (compileGlob(pattern) === undefined) {
    throw new FirnError({
      code: "invalid-pattern",
      message: `--files-from: malformed pattern: ${textLossy(fromLatin(pattern))}`,
      hint: "use --files-from-verbatim when the lines are plain paths",
    });
  }
  if (!hasGlobMeta(pattern)) return exists(pattern, fs) ? [pattern] : [];
  const cut = pattern.lastIndexOf("/") + 1;
  const head = pattern.slice(0, cut);
  const dir = head === "" ? "." : head === "/" ? "/" : head.slice(0, -1);
  if (dir === pattern) return [];
  const dirs = hasGlobMeta(dir) ? globFiles(dir, fs) : [dir];
  return dirs.flatMap((each) => globDirectory(each, pattern.slice(cut), fs));
}

function globDirectory(dir: string, pattern: string, fs: SourceFs): string[] {
  const glob = compileGlob(pattern);
  if (glob === undefined) return [];
  try {
    if (fs.stat(fromLatin(dir)).type !== "dir") return [];
    const names = fs.readDirectory(fromLatin(dir)).map(toLatin);
    return names.filter((name) => matchGlob(glob, name)).map((name) => cleanLatin(`${dir}/${name}`));
  } catch {
    return [];
  }
}

function exists(path: string, fs: SourceFs): boolean {
  try {
    return fs.lstatIfThere(fromLatin(path)) !== undefined;
  } catch {
    return false;
  }
}
