import type { Bytes } from "./bytes.ts";

/**
 * What the floors below tell whoever listens: progress lines, JSON lines, metrics. The core emits plain values and never
 * knows who hears them. Paths are bytes; the listener decides how to show them.
 */
export type Event =
  | { readonly kind: "phase"; readonly name: string }
  | { readonly kind: "scan"; readonly files: number; readonly bytes: number; readonly final: boolean }
  | { readonly kind: "item-start"; readonly path: Bytes }
  | { readonly kind: "item-done"; readonly item: ItemDone }
  /** Work done since the last such event, towards the totals of `scan` (backup) or `plan` (restore, check, apply). */
  | {
      readonly kind: "advance";
      readonly files?: number;
      readonly bytes?: number;
      readonly skippedFiles?: number;
      readonly skippedBytes?: number;
    }
  | { readonly kind: "plan"; readonly files?: number; readonly bytes?: number; readonly steps?: number; readonly unit?: string }
  | { readonly kind: "warning"; readonly message: string }
  /** A failure that does not end the run; the run's report counts it. `during` as restic names it (scan, archival, restore, check …). */
  | { readonly kind: "error"; readonly message: string; readonly during: string; readonly item: Bytes | string };

export interface ItemDone {
  readonly path: Bytes;
  readonly action: "new" | "unchanged" | "modified" | "restored" | "updated" | "deleted";
  readonly type: "file" | "dir" | "other";
  readonly size: bigint;
  readonly dataSize?: number;
  readonly dataSizeInRepo?: number;
  readonly metadataSize?: number;
  readonly metadataSizeInRepo?: number;
  readonly durationMs?: number;
}

export type Listener = (event: Event) => void;

export const silent: Listener = () => undefined;
