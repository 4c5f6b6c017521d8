import { type Bytes, utf8 } from "../../base/bytes.ts";
import { parseSize } from "../../base/size.ts";
import type { World } from "../../base/world.ts";
import { openCache } from "../../repo/cache.ts";
import { readPatternFile } from "../../source/pattern-file.ts";
import { compilePatterns, type PatternList } from "../../source/pattern.ts";
import { buildSelection, type Selection } from "../../source/reject.ts";
import { posixFs } from "../../source/source-fs.ts";
import type { Access } from "../access.ts";

/** What to leave out, as the flags say it. */
export interface ExcludeOptions {
  readonly excludes: readonly string[];
  readonly iexcludes: readonly string[];
  readonly excludeFiles: readonly string[];
  readonly iexcludeFiles: readonly string[];
  readonly excludeIfPresent: readonly string[];
  readonly excludeCaches: boolean;
  readonly excludeLargerThan: string | undefined;
  readonly oneFileSystem: boolean;
}

/** Compiles all of it. Patterns from files join those of the command line in one list, so that a `!` there counts here. */
export function selectionOf(
  options: ExcludeOptions,
  access: Pick<Access, "useCache" | "cacheDir">,
  world: World,
  targets: readonly Bytes[],
  warn: (message: string) => void,
): Selection {
  const cacheDir = access.useCache ? openCache(access.cacheDir, world).folder : undefined;
  const limit = options.excludeLargerThan;
  return buildSelection(
    {
      excludes: [
        patterns(options.excludes, "--exclude", options.excludeFiles, "--exclude-file", false, world),
        patterns(options.iexcludes, "--iexclude", options.iexcludeFiles, "--iexclude-file", true, world),
      ],
      excludeIfPresent: options.excludeIfPresent,
      excludeCaches: options.excludeCaches,
      excludeLargerThan: limit === undefined ? undefined : BigInt(parseSize(limit, "--exclude-larger-than")),
      oneFileSystem: options.oneFileSystem ? targets : undefined,
      cacheDir: cacheDir === undefined ? undefined : utf8(cacheDir),
      warn,
    },
    posixFs,
  );
}

function patterns(
  given: readonly string[],
  flag: string,
  files: readonly string[],
  fileFlag: string,
  ignoreCase: boolean,
  world: World,
): PatternList {
  const fromFiles = files.flatMap((file) => {
    const lines = readPatternFile(utf8(file), world.env);
    // Compiled once for nothing but an error that names the file.
    compilePatterns(lines, { ignoreCase, from: `${fileFlag} ${file}` });
    return lines;
  });
  return compilePatterns([...given, ...fromFiles], { ignoreCase, from: flag });
}
