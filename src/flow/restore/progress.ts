import type { Bytes } from "../../base/bytes.ts";
import { messageOf } from "../../base/error.ts";
import type { ItemDone, Listener } from "../../base/event.ts";
import type { MissingArchived } from "./missing.ts";
import type { PlannedFile, PlanTotals, RestorePlan } from "./plan.ts";

/** How a restore went. Damage is counted here and was told by events; nothing of it is thrown. */
export interface RestoreReport {
  readonly totals: PlanTotals;
  readonly restoredItems: number;
  readonly restoredBytes: number;
  readonly deletedItems: number;
  readonly verifiedFiles: number;
  readonly errors: number;
  /** What must be thawed before the rest can be restored; run the same restore again then. */
  readonly missing: MissingArchived | undefined;
}

/** Counts what is done and tells the listener; the one place that knows restic's words for it. */
export class Progress {
  readonly #emit: Listener;
  restoredItems = 0;
  restoredBytes = 0;
  deletedItems = 0;
  verifiedFiles = 0;
  errors = 0;

  constructor(emit: Listener) {
    this.#emit = emit;
  }

  /** Totals, problems known before anything is written, and what is left as it is. */
  start(plan: RestorePlan): void {
    this.#emit({ kind: "plan", files: plan.totals.items, bytes: plan.totals.bytes });
    this.#emit({ kind: "advance", skippedFiles: plan.totals.skippedItems, skippedBytes: plan.totals.skippedBytes });
    for (const { path, error } of plan.problems) this.failed(path, error);
    for (const file of plan.files)
      if (file.state === "same" || file.state === "skip") this.#done(file.path, "unchanged", "file", file.node.size);
    for (const { path, skip } of plan.others) if (skip) this.#done(path, "unchanged", "other", 0n);
  }

  bytes(count: number): void {
    this.restoredBytes += count;
    this.#emit({ kind: "advance", bytes: count });
  }

  file(file: PlannedFile): void {
    this.#count();
    this.#done(file.path, file.existed ? "updated" : "restored", "file", BigInt(file.state === "link" ? 0 : file.size));
  }

  other(path: Bytes, type: ItemDone["type"]): void {
    this.#count();
    this.#done(path, "restored", type, 0n);
  }

  deleted(path: Bytes, type: ItemDone["type"]): void {
    this.deletedItems++;
    this.#done(path, "deleted", type, 0n);
  }

  failed(path: Bytes, error: unknown): void {
    this.errors++;
    this.#emit({ kind: "error", message: messageOf(error), during: "restore", item: path });
  }

  warn(message: string): void {
    this.#emit({ kind: "warning", message });
  }

  phase(name: string): void {
    this.#emit({ kind: "phase", name });
  }

  #count(): void {
    this.restoredItems++;
    this.#emit({ kind: "advance", files: 1 });
  }

  #done(path: Bytes, action: ItemDone["action"], type: ItemDone["type"], size: bigint): void {
    this.#emit({ kind: "item-done", item: { path, action, type, size } });
  }
}
