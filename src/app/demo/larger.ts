import type { LineItem } from "icebox";

export interface Growth {
  /** How many times as many files of the same kind. */
  readonly times: number;
  /** Of the PUT requests in STANDARD, how many stored packs. */
  readonly packPuts: number;
  /** Packs there are at the end. */
  readonly packs: number;
}

const LIST_PAGE = 1000;

/**
 * The bill of a server with so many times as many files of the same kind, in packs of the same size: bytes, packs and what is done to packs
 * grow with it; locks, snapshots and index files of a night do not; a LIST grows by its pages.
 */
export function billOfLarger(lines: readonly LineItem[], growth: Growth): number {
  return lines.reduce((sum, line) => sum + line.amount * factorOf(line, growth), 0);
}

function factorOf(line: LineItem, { times, packPuts, packs }: Growth): number {
  if (line.item === "requests-put" && line.class === "STANDARD") {
    const share = Math.min(1, packPuts / line.quantity);
    return share * times + (1 - share);
  }
  return line.item === "requests-list" ? Math.max(1, (packs * times) / LIST_PAGE) : times;
}
