import { type Bytes, textLossy } from "../base/bytes.ts";
import type { Event, ItemDone, Listener } from "../base/event.ts";
import { shortId, type SnapshotId } from "../base/id.ts";
import { formatBytes, formatSeconds } from "../base/size.ts";
import { NS_PER_MS } from "../base/time.ts";
import type { Clock } from "../base/world.ts";
import type { SnapshotSummary } from "../format/snapshot.ts";
import { encodeTime } from "../format/time-text.ts";
import { Rate } from "./rate.ts";
import { type Screens, showPath } from "./screen.ts";
import { everyTick, paintInterval, StatusLine } from "./status-line.ts";

export interface BackupOutput {
  readonly screens: Screens;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly json: boolean;
  readonly quiet: boolean;
  /** 0, 1 (-v) or 2 (-vv). */
  readonly verbose: number;
}

/** The end of a backup as its printers need it. */
export interface BackupEnd {
  readonly summary: SnapshotSummary;
  readonly snapshot: { readonly id: SnapshotId } | undefined;
  readonly dryRun: boolean;
  readonly rereadFiles: number;
}

export interface BackupPrinter {
  readonly listen: Listener;
  finish(end: BackupEnd): void;
  /** Stops painting; to be called whatever happens. */
  stop(): void;
}

/** Hears a backup's events and shows them: text for people, or the lines restic's `--json` writes (restic-format §17). */
export function backupPrinter(output: BackupOutput): BackupPrinter {
  return output.json ? jsonPrinter(output) : textPrinter(output);
}

/** The files begun last count as current: not every file says when it is done. */
const CURRENT_SHOWN = 2;
/** Below this nothing sensible can be said about the time left. */
const RATE_MIN = 1024;

/** What the events add up to. */
class Tally {
  files = 0;
  bytes = 0;
  errors = 0;
  totalFiles = 0;
  totalBytes = 0;
  scanDone = false;
  begun = false;
  readonly current = new Set<string>();
  readonly startedAt: number;
  private readonly rate: Rate;

  constructor(now: number) {
    this.startedAt = now;
    this.rate = new Rate(now);
  }

  hear(event: Event, now: number): void {
    switch (event.kind) {
      case "advance":
        this.files += event.files ?? 0;
        this.bytes += event.bytes ?? 0;
        if (event.bytes !== undefined) this.rate.add(event.bytes, now);
        break;
      case "scan":
        this.totalFiles = event.files;
        this.totalBytes = event.bytes;
        this.scanDone = event.final;
        break;
      case "error":
        if (event.during === "archival") this.errors++;
        this.current.delete(textOf(event.item));
        break;
      case "item-start":
        this.begin(textOf(event.path));
        break;
      case "item-done":
        // Unchanged files never were current, and turning their paths into text is not free.
        if (this.current.size > 0) this.current.delete(textOf(event.item.path));
        break;
      default:
        return;
    }
    this.begun = true;
  }

  private begin(name: string): void {
    this.current.delete(name);
    this.current.add(name);
    const [oldest] = this.current;
    if (this.current.size > CURRENT_SHOWN) this.current.delete(oldest!);
  }

  speed(now: number): number {
    return this.rate.perSecond(now);
  }

  secondsLeft(now: number): number {
    const speed = this.speed(now);
    if (!this.scanDone || speed <= RATE_MIN || this.bytes >= this.totalBytes) return 0;
    return Math.floor((this.totalBytes - this.bytes) / speed);
  }

  fraction(): number | undefined {
    return this.totalBytes > 0 ? Math.min(1, this.bytes / this.totalBytes) : undefined;
  }
}

function textPrinter({ screens, clock, env, quiet, verbose }: BackupOutput): BackupPrinter {
  const tally = new Tally(clock.monotonic());
  const line = new StatusLine(screens.stdout);
  const interval = paintInterval(env, { isTTY: screens.stdout.isTTY, json: false, quiet });
  const stop = everyTick(clock, interval, () => {
    if (tally.begun) line.tick(statusText(tally, clock.monotonic()));
  });
  const say = (text: string): void => {
    if (!quiet) line.print(text);
  };

  function listen(event: Event): void {
    tally.hear(event, clock.monotonic());
    switch (event.kind) {
      case "phase":
        return say(event.name);
      case "warning":
        return line.print(event.message, screens.stderr);
      case "error":
        if (event.during === "archival") line.print(`error: ${event.message}`, screens.stderr);
        else if (verbose >= 1) line.print(`${event.during}: ${event.message}`, screens.stderr);
        return;
      case "scan":
        if (event.final && verbose >= 1) {
          const seconds = ((clock.monotonic() - tally.startedAt) / 1000).toFixed(3);
          say(`scan finished in ${seconds}s: ${event.files} files, ${formatBytes(event.bytes)}`);
        }
        return;
      case "item-done":
        if (verbose >= 2) say(itemText(event.item));
    }
  }

  return {
    listen,
    stop: () => {
      stop();
      line.clear();
    },
    finish: (end) => {
      stop();
      line.clear();
      if (!quiet) for (const text of endText(end, verbose)) screens.stdout.write(`${text}\n`);
    },
  };
}

/** The most important first: what does not fit into the terminal is cut off at the end. */
function statusText(tally: Tally, now: number): string {
  const elapsed = formatSeconds((now - tally.startedAt) / 1000);
  const speed = `${formatBytes(Math.round(tally.speed(now)))}/s`;
  const errors = tally.errors > 0 ? `, ${tally.errors} errors` : "";
  const fraction = tally.fraction();
  if (fraction === undefined || !tally.scanDone) {
    return `[${elapsed}] ${formatBytes(tally.bytes)}, ${tally.files} files, ${speed}${errors}`;
  }
  const left = tally.secondsLeft(now);
  const eta = left > 0 ? `, ${formatSeconds(left)} left` : "";
  const percent = `${(100 * fraction).toFixed(1)}%`;
  return `[${elapsed}] ${percent} of ${formatBytes(tally.totalBytes)}, ${tally.files}/${tally.totalFiles} files, ${speed}${eta}${errors}`;
}

function itemText(item: ItemDone): string {
  const path = showPath(item.path);
  if (item.action === "unchanged") return `unchanged ${path}`;
  const seconds = ((item.durationMs ?? 0) / 1000).toFixed(3);
  const data = `${formatBytes(item.dataSize ?? 0)} added, ${formatBytes(item.dataSizeInRepo ?? 0)} stored`;
  const metadata = item.type === "dir" ? `, ${formatBytes(item.metadataSizeInRepo ?? 0)} metadata` : "";
  return `${item.action.padEnd(9)} ${path}, saved in ${seconds}s (${data}${metadata})`;
}

function endText({ summary, snapshot, dryRun, rereadFiles }: BackupEnd, verbose: number): string[] {
  const count = (n: number): string => String(n).padStart(5);
  const lines = [
    "",
    `Files:       ${count(summary.filesNew)} new, ${count(summary.filesChanged)} changed, ${count(summary.filesUnmodified)} unmodified`,
    `Dirs:        ${count(summary.dirsNew)} new, ${count(summary.dirsChanged)} changed, ${count(summary.dirsUnmodified)} unmodified`,
  ];
  if (verbose >= 1) lines.push(`Data Blobs:  ${count(summary.dataBlobs)} new`, `Tree Blobs:  ${count(summary.treeBlobs)} new`);
  const verb = dryRun ? "Would add" : "Added";
  lines.push(
    `${verb} to the repository: ${formatBytes(summary.dataAdded).padEnd(5)} (${formatBytes(summary.dataAddedPacked).padEnd(5)} stored)`,
    "",
  );
  if (rereadFiles > 0) lines.push(`read ${rereadFiles} unchanged files again, because their data lay only in archived packs`);
  const took = formatSeconds(Number((summary.backupEnd.ns - summary.backupStart.ns) / NS_PER_MS) / 1000);
  lines.push(`processed ${summary.totalFilesProcessed} files, ${formatBytes(summary.totalBytesProcessed)} in ${took}`);
  if (!dryRun) lines.push(snapshot === undefined ? "skipped creating snapshot" : `snapshot ${shortId(snapshot.id)} saved`);
  return lines;
}

function jsonPrinter({ screens, clock, env, quiet, verbose }: BackupOutput): BackupPrinter {
  const tally = new Tally(clock.monotonic());
  const interval = paintInterval(env, { isTTY: screens.stdout.isTTY, json: true, quiet });
  const out = (value: object): void => screens.stdout.write(`${JSON.stringify(value)}\n`);
  const err = (value: object): void => screens.stderr.write(`${JSON.stringify(value)}\n`);
  const stop = everyTick(clock, interval, () => {
    if (tally.begun) out(statusJson(tally, clock.monotonic()));
  });

  function listen(event: Event): void {
    tally.hear(event, clock.monotonic());
    switch (event.kind) {
      case "warning":
        return err(errorJson(event.message, "", ""));
      case "error":
        return err(errorJson(event.message, event.during, textOf(event.item)));
      case "scan":
        if (event.final && verbose >= 1) {
          const seconds = (clock.monotonic() - tally.startedAt) / 1000;
          out({ ...verboseJson("scan_finished", ""), duration: seconds, data_size: event.bytes, total_files: event.files });
        }
        return;
      case "item-done":
        if (verbose >= 1) out(itemJson(event.item));
    }
  }

  return {
    listen,
    stop,
    finish: (end) => {
      stop();
      out(summaryJson(end));
    },
  };
}

function statusJson(tally: Tally, now: number): object {
  const nonZero = (n: number): number | undefined => (n === 0 ? undefined : n);
  const current = [...tally.current].sort();
  return {
    message_type: "status",
    seconds_elapsed: nonZero(Math.floor((now - tally.startedAt) / 1000)),
    seconds_remaining: nonZero(tally.secondsLeft(now)),
    percent_done: tally.fraction() ?? 0,
    total_files: nonZero(tally.totalFiles),
    files_done: nonZero(tally.files),
    total_bytes: nonZero(tally.totalBytes),
    bytes_done: nonZero(tally.bytes),
    error_count: nonZero(tally.errors),
    current_files: current.length === 0 ? undefined : current,
  };
}

function errorJson(message: string, during: string, item: string): object {
  return { message_type: "error", error: { message }, during, item };
}

function verboseJson(action: string, item: string) {
  return {
    message_type: "verbose_status",
    action,
    item,
    duration: 0,
    data_size: 0,
    data_size_in_repo: 0,
    metadata_size: 0,
    metadata_size_in_repo: 0,
    total_files: 0,
  };
}

function itemJson(item: ItemDone): object {
  return {
    ...verboseJson(item.action, textOf(item.path)),
    duration: (item.durationMs ?? 0) / 1000,
    data_size: item.dataSize ?? 0,
    data_size_in_repo: item.dataSizeInRepo ?? 0,
    metadata_size: item.metadataSize ?? 0,
    metadata_size_in_repo: item.metadataSizeInRepo ?? 0,
  };
}

function summaryJson({ summary, snapshot, dryRun }: BackupEnd): object {
  return {
    message_type: "summary",
    files_new: summary.filesNew,
    files_changed: summary.filesChanged,
    files_unmodified: summary.filesUnmodified,
    dirs_new: summary.dirsNew,
    dirs_changed: summary.dirsChanged,
    dirs_unmodified: summary.dirsUnmodified,
    data_blobs: summary.dataBlobs,
    tree_blobs: summary.treeBlobs,
    data_added: summary.dataAdded,
    data_added_packed: summary.dataAddedPacked,
    total_files_processed: summary.totalFilesProcessed,
    total_bytes_processed: summary.totalBytesProcessed,
    total_duration: Number(summary.backupEnd.ns - summary.backupStart.ns) / 1e9,
    backup_start: encodeTime(summary.backupStart),
    backup_end: encodeTime(summary.backupEnd),
    snapshot_id: snapshot?.id,
    dry_run: dryRun ? true : undefined,
  };
}

function textOf(path: Bytes | string): string {
  return typeof path === "string" ? path : textLossy(path);
}
