import { type Bytes, utf8 } from "../base/bytes.ts";
import { fromLatin, toLatin } from "./path.ts";
import { readWhole } from "./posix/read-file.ts";
import { decodeBom, splitLines, trimSpace } from "./text-file.ts";

export type Env = Readonly<Record<string, string | undefined>>;

/** The patterns of an `--exclude-file` and its siblings (restic-format §10). */
export function readPatternFile(path: Bytes, env: Env): Bytes[] {
  return parsePatterns(readWhole(path), env);
}

export function parsePatterns(content: Bytes, env: Env): Bytes[] {
  return splitLines(toLatin(decodeBom(content)))
    .map(trimSpace)
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => fromLatin(expandVariables(line, (name) => toLatin(utf8(env[name] ?? "")))));
}

/** What may follow a `$`: `${name}`, a special one-character variable, or a plain name. A `${` without end is dropped. */
const VARIABLE = /\$(?:\{([^}]*)\}|(\{)|([*#$@!?0-9-])|([A-Za-z_][A-Za-z0-9_]*))/g;

/** Go's os.Expand as restic uses it: unset variables are empty, `$$` is a dollar, a `$` before anything else stays. */
function expandVariables(line: string, value: (name: string) => string): string {
  return line.replace(VARIABLE, (_whole, braced?: string, open?: string, special?: string, plain?: string) => {
    if (open !== undefined) return "";
    const name = braced ?? special ?? plain ?? "";
    return name === "$" ? "$" : name === "" ? "" : value(name);
  });
}
