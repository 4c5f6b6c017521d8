import { type Bytes, utf8 } from "../../base/bytes.ts";
import { parseSize } from "../../base/size.ts";
import type { World } from "../../base/world.ts";
import { openCache } from "../../repo/cache.ts";
import { readPatternFile } from "../../source/pattern-file.ts";
import { compilePatterns } from "../../source/pattern.ts";
import type { PatternRules, SelectionRules } from "../../source/selection-rules.ts";
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

/** All of it as rules, patterns from files with those of the command line in one list, so that a `!` there counts here. */
export function rulesOf(
  options: ExcludeOptions,
  access: Pick<Access, "useCache" | "cacheDir">,
  world: World,
  targets: readonly Bytes[],
): SelectionRules {
  const cacheDir = access.useCache ? openCache(access.cacheDir, world).folder : undefined;
  const limit = options.excludeLargerThan;
  return {
    excludes: [
      patterns(options.excludes, "--exclude", options.excludeFiles, "--exclude-file", false, world),
      patterns(options.iexcludes, "--iexclude", options.iexcludeFiles, "--iexclude-file", true, world),
    ],
    excludeIfPresent: options.excludeIfPresent,
    excludeCaches: options.excludeCaches,
    excludeLargerThan: limit === undefined ? undefined : BigInt(parseSize(limit, "--exclude-larger-than")),
    oneFileSystem: options.oneFileSystem ? targets : undefined,
    cacheDir: cacheDir === undefined ? undefined : utf8(cacheDir),
  };
}

function patterns(
  given: readonly string[],
  flag: string,
  files: readonly string[],
  fileFlag: string,
  ignoreCase: boolean,
  world: World,
): PatternRules {
  const fromFiles = files.flatMap((file) => {
    const lines = readPatternFile(utf8(file), world.env);
    // Compiled once for nothing but an error that names the file.
    compilePatterns(lines, { ignoreCase, from: `${fileFlag} ${file}` });
    return lines;
  });
  return { lines: [...given, ...fromFiles], ignoreCase, from: flag };
}
