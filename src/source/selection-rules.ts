import type { Bytes } from "../base/bytes.ts";
import { compilePatterns } from "./pattern.ts";
import { buildSelection, type RejectOptions, type Selection } from "./reject.ts";
import type { SourceFs } from "./source-fs.ts";

/** Patterns that are evaluated together: a `!` among them brings back what an earlier one leaves out. */
export interface PatternRules {
  readonly lines: readonly (string | Bytes)[];
  readonly ignoreCase: boolean;
  /** The flag they come from; named when one is malformed. */
  readonly from: string;
}

/** What to leave out, as plain data: it travels to the threads, and each makes its own selection of it. */
export interface SelectionRules extends Omit<RejectOptions, "excludes" | "warn"> {
  readonly excludes?: readonly PatternRules[];
}

/** Leaves nothing out. */
export const NO_RULES: SelectionRules = {};

/** Throws FirnError for a malformed rule, PosixError when a target of `oneFileSystem` cannot be stat'ed. */
export function selectionBy(rules: SelectionRules, fs: SourceFs, warn: (message: string) => void): Selection {
  const excludes = (rules.excludes ?? []).map(({ lines, ignoreCase, from }) => compilePatterns(lines, { ignoreCase, from }));
  return buildSelection({ ...rules, excludes, warn }, fs);
}
