import { type Bytes, textLossy } from "../../base/bytes.ts";
import { messageOf } from "../../base/error.ts";
import { joinName } from "../../source/path.ts";
import type { Added } from "../worker/smith.ts";
import type { Desk } from "../worker/work.ts";
import { BackupStats, type Verdict } from "./stats.ts";

const EMPTY = Buffer.alloc(0);

/** Counts what a walk does and tells whoever listens. What it tells owns its bytes, as it may go to another thread. */
export class WalkLog {
  readonly stats = new BackupStats();
  private readonly desk: Desk;

  constructor(desk: Desk) {
    this.desk = desk;
  }

  error(path: Bytes, error: unknown): void {
    const text = typeof error === "string" ? error : messageOf(error);
    const shown = textLossy(path);
    this.stats.errors++;
    const message = text.includes(shown) ? text : `${shown}: ${text}`;
    this.desk.emit({ kind: "error", during: "archival", item: Uint8Array.from(path), message });
  }

  /** A file that was not opened. Without a label nobody hears of it. */
  unchangedFile(label: Bytes | undefined, size: number): void {
    this.stats.countFile("unchanged", size);
    this.desk.advance(1, size);
    if (label === undefined) return;
    this.desk.emit({ kind: "item-done", item: { path: Uint8Array.from(label), action: "unchanged", type: "file", size: BigInt(size) } });
  }

  readFile(label: Bytes | undefined, action: Verdict, size: number, added: Added, durationMs: number): void {
    this.stats.countFile(action, size, added);
    this.desk.advance(1, 0);
    if (label === undefined) return;
    const item = { path: Uint8Array.from(label), action, type: "file", size: BigInt(size), durationMs } as const;
    this.desk.emit({ kind: "item-done", item: { ...item, dataSize: added.bytes, dataSizeInRepo: added.stored } });
  }

  directory(label: Bytes, action: Verdict, added: Added, durationMs: number): void {
    this.stats.countDir(action, added);
    if (!this.desk.items) return;
    const item = { path: Uint8Array.from(joinName(label, EMPTY)), action, type: "dir", size: 0n, durationMs } as const;
    this.desk.emit({ kind: "item-done", item: { ...item, metadataSize: added.bytes, metadataSizeInRepo: added.stored } });
  }
}
