import type { PackId } from "../../base/id.ts";

/**
 * One thing a check found. `error`: data is damaged or lost. `notice`: harmless, but somebody should know. `repair` says which remedy
 * the summary should name.
 */
export interface Finding {
  readonly level: "error" | "notice";
  /** The file in the repository, or the path in a snapshot. */
  readonly object: string;
  /** The check that failed and what was seen. */
  readonly check: string;
  /** The pack to be named among the broken ones. */
  readonly pack?: PackId | undefined;
  readonly repair?: "index" | "prune" | undefined;
}

/** What could not be looked at because it is archived; no damage, but no proof either. */
export interface NotRead {
  readonly packs: number;
  readonly bytes: number;
}

export interface CheckReport {
  readonly errors: number;
  readonly notices: number;
  readonly brokenPacks: readonly PackId[];
  readonly suggestRepairIndex: boolean;
  readonly suggestPrune: boolean;
  readonly snapshots: number;
  readonly packs: number;
  /** Packs read whole, and their bytes. */
  readonly packsRead: number;
  readonly bytesRead: number;
  readonly notRead: NotRead;
}

/** Passes findings on as they come and keeps the counts. */
export class Findings {
  errors = 0;
  notices = 0;
  suggestRepairIndex = false;
  suggestPrune = false;
  readonly broken = new Set<PackId>();
  readonly #listen: (finding: Finding) => void;

  constructor(listen: (finding: Finding) => void) {
    this.#listen = listen;
  }

  add(finding: Finding): void {
    if (finding.level === "error") this.errors++;
    else this.notices++;
    if (finding.pack !== undefined && finding.level === "error") this.broken.add(finding.pack);
    if (finding.repair === "index") this.suggestRepairIndex = true;
    if (finding.repair === "prune") this.suggestPrune = true;
    this.#listen(finding);
  }

  error(object: string, check: string, extra: Pick<Finding, "pack" | "repair"> = {}): void {
    this.add({ level: "error", object, check, ...extra });
  }

  notice(object: string, check: string, extra: Pick<Finding, "pack" | "repair"> = {}): void {
    this.add({ level: "notice", object, check, ...extra });
  }
}
