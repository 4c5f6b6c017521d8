import type { Event, ItemDone, Listener } from "../base/event.ts";
import { formatBytes, formatSeconds } from "../base/size.ts";
import type { World } from "../base/world.ts";
import { Rate } from "./rate.ts";
import { type Screens, showPath } from "./screen.ts";
import { everyTick, paintInterval, StatusLine } from "./status-line.ts";

export interface ShownRestore {
  readonly totalItems: number;
  readonly restoredItems: number;
  readonly skippedItems: number;
  readonly deletedItems: number;
  readonly totalBytes: number;
  readonly restoredBytes: number;
  readonly skippedBytes: number;
}

export interface RestorePrinter {
  readonly listen: Listener;
  note(text: string): void;
  summary(counts: ShownRestore): void;
  stop(): void;
}

export interface RestoreOutput {
  readonly screens: Screens;
  readonly world: World;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: number;
}

/** What has happened so far, summed up from the events. */
class Tally {
  totalItems = 0;
  totalBytes = 0;
  items = 0;
  bytes = 0;
  skippedItems = 0;
  skippedBytes = 0;
  deleted = 0;

  hear(event: Event): void {
    if (event.kind === "plan") {
      this.totalItems = event.files ?? 0;
      this.totalBytes = event.bytes ?? 0;
    } else if (event.kind === "advance") {
      this.items += event.files ?? 0;
      this.bytes += event.bytes ?? 0;
      this.skippedItems += event.skippedFiles ?? 0;
      this.skippedBytes += event.skippedBytes ?? 0;
    } else if (event.kind === "item-done" && event.item.action === "deleted") this.deleted++;
  }

  get counts(): ShownRestore {
    return {
      totalItems: this.totalItems,
      restoredItems: this.items,
      skippedItems: this.skippedItems,
      deletedItems: this.deleted,
      totalBytes: this.totalBytes,
      restoredBytes: this.bytes,
      skippedBytes: this.skippedBytes,
    };
  }

  get fraction(): number {
    if (this.totalBytes > 0) return Math.min(1, this.bytes / this.totalBytes);
    return this.totalItems > 0 ? Math.min(1, this.items / this.totalItems) : 0;
  }
}

export function restorePrinter(output: RestoreOutput): RestorePrinter {
  return output.json ? jsonPrinter(output) : textPrinter(output);
}

/** restic-format §17; a field that is zero is left out. */
function jsonPrinter({ screens, world, quiet, verbose }: RestoreOutput): RestorePrinter {
  const start = world.clock.monotonic();
  const tally = new Tally();
  const put = (line: object): void => screens.stdout.write(`${JSON.stringify(line)}\n`);
  const status = (type: "status" | "summary", counts: ShownRestore): object => ({
    message_type: type,
    ...nonZero({ seconds_elapsed: Math.floor((world.clock.monotonic() - start) / 1000) }),
    ...(type === "status" ? { percent_done: tally.fraction } : {}),
    ...nonZero({
      total_files: counts.totalItems,
      files_restored: counts.restoredItems,
      files_skipped: counts.skippedItems,
      files_deleted: counts.deletedItems,
      total_bytes: counts.totalBytes,
      bytes_restored: counts.restoredBytes,
      bytes_skipped: counts.skippedBytes,
    }),
  });
  const interval = paintInterval(world.env, { isTTY: screens.stdout.isTTY, json: true, quiet });
  const cancel = everyTick(world.clock, interval, () => put(status("status", tally.counts)));
  return {
    listen(event) {
      tally.hear(event);
      if (event.kind === "error") {
        const item = typeof event.item === "string" ? event.item : showPath(event.item);
        const error = { message: event.message };
        screens.stderr.write(`${JSON.stringify({ message_type: "error", error, during: event.during, item })}\n`);
      } else if (event.kind === "item-done" && verbose >= 2) {
        const { action, path, size } = event.item;
        put({ message_type: "verbose_status", action, item: showPath(path), size: Number(size) });
      }
    },
    note: () => undefined,
    summary(counts) {
      cancel();
      put(status("summary", counts));
    },
    stop: cancel,
  };
}

function nonZero(fields: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== 0));
}

function textPrinter({ screens, world, quiet, verbose }: RestoreOutput): RestorePrinter {
  const { clock } = world;
  const start = clock.monotonic();
  const tally = new Tally();
  const rate = new Rate(start);
  const line = new StatusLine(screens.stdout);
  const interval = paintInterval(world.env, { isTTY: screens.stdout.isTTY, json: false, quiet });
  const cancel = everyTick(clock, interval, () => line.tick(liveLine(tally, rate, start, clock.monotonic())));
  const elapsed = (): string => formatSeconds((clock.monotonic() - start) / 1000);
  return {
    listen(event) {
      tally.hear(event);
      if (event.kind === "advance" && event.bytes !== undefined) rate.add(event.bytes, clock.monotonic());
      else if (event.kind === "error") line.print(`error: ${showPath(event.item)}: ${event.message}`, screens.stderr);
      else if (event.kind === "warning") line.print(`warning: ${event.message}`, screens.stderr);
      else if (event.kind === "item-done" && verbose >= 2) line.print(itemLine(event.item));
    },
    note(text) {
      if (!quiet) line.print(text);
    },
    summary(counts) {
      cancel();
      line.clear();
      if (!quiet) line.print(summaryText(counts, elapsed()));
    },
    stop() {
      cancel();
      line.clear();
    },
  };
}

function itemLine({ action, path, type, size }: ItemDone): string {
  const name = `${action.padEnd(9)} ${showPath(path)}`;
  return type === "file" && action !== "deleted" ? `${name} with size ${formatBytes(size)}` : name;
}

/** What matters most comes first: a narrow terminal cuts the end. */
function liveLine(tally: Tally, rate: Rate, start: number, now: number): string {
  const perSecond = rate.perSecond(now);
  const left = perSecond > 0 ? `  ${formatSeconds((tally.totalBytes - tally.bytes) / perSecond)} left` : "";
  const speed = perSecond > 0 ? `, ${formatBytes(Math.round(perSecond))}/s` : "";
  const amount = `${formatBytes(tally.bytes)} / ${formatBytes(tally.totalBytes)}`;
  const percent = (tally.fraction * 100).toFixed(2);
  return `[${formatSeconds((now - start) / 1000)}] ${percent}%${left}  ${amount}${speed}, ${tally.items} / ${tally.totalItems} files/dirs`;
}

/** restic's sentence: both numbers only where they differ. */
function summaryText(counts: ShownRestore, elapsed: string): string {
  const whole = counts.restoredItems === counts.totalItems && counts.restoredBytes === counts.totalBytes;
  const amount = whole
    ? `${counts.restoredItems} files/dirs (${formatBytes(counts.restoredBytes)})`
    : `${counts.restoredItems} / ${counts.totalItems} files/dirs (${formatBytes(counts.restoredBytes)} / ${formatBytes(counts.totalBytes)})`;
  const skipped = counts.skippedItems > 0 ? `, skipped ${counts.skippedItems} files/dirs ${formatBytes(counts.skippedBytes)}` : "";
  const deleted = counts.deletedItems > 0 ? `, deleted ${counts.deletedItems} files/dirs` : "";
  return `Summary: Restored ${amount} in ${elapsed}${skipped}${deleted}`;
}
