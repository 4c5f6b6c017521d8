import type { Bytes } from "../../base/bytes.ts";

/** What a filter says about a path inside the snapshot. */
export interface Verdict {
  readonly selected: boolean;
  /** Only asked of directories: something below may be selected. */
  readonly enter: boolean;
}

export interface PathFilter {
  /** False when everything is selected: `--delete` on `/` insists on a filter. */
  readonly limits: boolean;
  judge(path: Bytes): Verdict;
}

/** The part of a compiled pattern list that a restore needs. */
export interface Matcher {
  match(path: Bytes): { readonly matched: boolean; readonly childMayMatch: boolean };
}

const ALL: Verdict = { selected: true, enter: true };
const NONE: Verdict = { selected: false, enter: false };

export const EVERYTHING: PathFilter = { limits: false, judge: () => ALL };

/** restic-format §11: an excluded directory is not entered. Each list decides by itself: `!` in one cannot undo another. */
export function excluding(lists: readonly Matcher[]): PathFilter {
  return { limits: true, judge: (path) => (lists.some((list) => list.match(path).matched) ? NONE : ALL) };
}

/** restic-format §11: an unselected directory is entered when something below it may match. */
export function including(lists: readonly Matcher[]): PathFilter {
  return {
    limits: true,
    judge(path) {
      let selected = false;
      let enter = false;
      for (const list of lists) {
        const { matched, childMayMatch } = list.match(path);
        selected ||= matched;
        enter ||= childMayMatch;
      }
      return { selected, enter };
    },
  };
}
