import type { Bytes } from "../../base/bytes.ts";
import { messageOf } from "../../base/error.ts";
import type { ItemDone, Listener } from "../../base/event.ts";
import type { MissingArchived } from "./missing.ts";
import { Paths, shownPath } from "./entries.ts";
import { EXISTED } from "./files.ts";
import type { PlanTotals, RestorePlan } from "./plan.ts";

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
  readonly #plan: RestorePlan;
  readonly #emit: Listener;
  readonly #paths: Paths;
  restoredItems = 0;
  restoredBytes = 0;
  deletedItems = 0;
  verifiedFiles = 0;
  errors = 0;

  constructor(plan: RestorePlan, emit: Listener) {
    this.#plan = plan;
    this.#emit = emit;
    this.#paths = new Paths(plan.dirs.entries.view());
  }

  /** Totals, problems known before anything is written, and what is left as it is. */
  start(): void {
    const { totals, problems, files, others } = this.#plan;
    this.#emit({ kind: "plan", files: totals.items, bytes: totals.bytes });
    this.#emit({ kind: "advance", skippedFiles: totals.skippedItems, skippedBytes: totals.skippedBytes });
    for (const { path, error } of problems) this.failed(path, error);
    for (let file = 0; file < files.length; file++) {
      const state = files.stateOf(file);
      if (state === "same" || state === "skip") this.#done(this.#fileAt(file), "unchanged", "file", files.nodeSizeOf(file));
    }
    for (let other = 0; other < others.length; other++) {
      if (others.isSkipped(other)) this.#done(shownPath(this.#paths.of(others.entries.view(), other)), "unchanged", "other", 0n);
    }
  }

  #fileAt(file: number): Bytes {
    return shownPath(this.#paths.of(this.#plan.files.entries.view(), file));
  }

  bytes(count: number): void {
    this.restoredBytes += count;
    this.#emit({ kind: "advance", bytes: count });
  }

  file(file: number): void {
    const { files } = this.#plan;
    this.#count();
    const size = files.stateOf(file) === "link" ? 0 : files.sizeOf(file);
    this.#done(this.#fileAt(file), files.has(file, EXISTED) ? "updated" : "restored", "file", BigInt(size));
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
