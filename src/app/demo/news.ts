import type { Bill } from "icebox";
import type { World } from "../../base/world.ts";
import type { ThawOffer } from "../../plan/thaw.ts";

export interface DemoWish {
  readonly seed: string;
  readonly nights: number;
  /** Files to begin with; the program's own sources when absent. */
  readonly dir: string | undefined;
  /** Leave the temporary folder. */
  readonly keep: boolean;
  readonly machine: Pick<World, "uid" | "gid" | "username" | "isProcessAlive">;
  readonly signal: AbortSignal;
  readonly news: (news: DemoNews) => void;
}

/** What is told as the year goes. Times are the demo's, in ms since the epoch. */
export type DemoNews =
  | {
      readonly kind: "opening";
      readonly files: number;
      readonly bytes: number;
      readonly from: { readonly dir: string | undefined; readonly cut: boolean };
      readonly rules: string;
      readonly start: number;
    }
  | { readonly kind: "night"; readonly night: number; readonly at: number }
  | ({ readonly kind: "kept" } & KeptState)
  | ({ readonly kind: "lost" } & LostFile)
  | ({ readonly kind: "asked" } & Omit<OldSnapshot, "readyAt" | "same" | "files" | "bytes" | "billed" | "read">)
  | ({ readonly kind: "back" } & OldSnapshot);

/** What is where, after a plan was carried out. */
export interface KeptState {
  readonly at: number;
  readonly snapshots: number;
  /** Bytes of packs by class. */
  readonly classes: Readonly<Record<string, number>>;
  readonly moved: number;
  readonly verified: boolean;
  readonly billed: number;
}

export interface LostFile {
  readonly path: string;
  readonly deletedAt: number;
  readonly noticedAt: number;
  readonly snapshot: string;
  readonly takenAt: number;
  /** Restored at once, and the same byte for byte. */
  readonly same: boolean;
  readonly waitMs: number;
  /** What its class charged for being read. */
  readonly read: number;
}

export interface OldSnapshot {
  readonly snapshot: string;
  readonly takenAt: number;
  readonly askedAt: number;
  readonly readableAtOnce: number;
  readonly missingFiles: number;
  readonly missingBytes: number;
  readonly packs: number;
  readonly offers: readonly ThawOffer[];
  readonly readyAt: number;
  readonly files: number;
  readonly bytes: number;
  readonly same: boolean;
  /** What the plan said the thaw would cost, and what the ledger says it did. */
  readonly predicted: number;
  readonly billed: number;
  /** What classes that need no thaw charged for being read. */
  readonly read: number;
}

export interface DemoYear {
  readonly name: string;
  readonly total: number;
  /** The same server with 100 GB of files. */
  readonly per100Gb: number;
  readonly file: { readonly waitMs: number; readonly cost: number; readonly packs: number };
  readonly oldest: { readonly waitMs: number; readonly cost: number; readonly packs: number };
}

export interface DemoResult {
  readonly seed: string;
  readonly nights: number;
  readonly scale: number;
  readonly files: number;
  readonly bytes: number;
  readonly snapshots: number;
  readonly plans: readonly KeptState[];
  readonly verified: boolean;
  readonly lost: LostFile;
  readonly old: OldSnapshot;
  /** Of the year, before the two restores. */
  readonly bill: Bill;
  /** Firnline's first. */
  readonly years: readonly DemoYear[];
  /** Where the temporary folder was left. */
  readonly folder: string | undefined;
}
