import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../base/bytes.ts";
import type { Event } from "../base/event.ts";
import { asId } from "../base/id.ts";
import { testWorld } from "../base/testing.ts";
import { type BackupEnd, type BackupOutput, backupPrinter } from "./backup-progress.ts";
import { fit, type Screen } from "./screen.ts";

function screen(isTTY: boolean): Screen & { text: string } {
  return {
    text: "",
    isTTY,
    columns: 80,
    write(text) {
      this.text += text;
    },
  };
}

function stage(options: Partial<BackupOutput> & { readonly tty?: boolean } = {}) {
  const { clock } = testWorld();
  const stdout = screen(options.tty ?? false);
  const stderr = screen(options.tty ?? false);
  const printer = backupPrinter({ screens: { stdout, stderr }, clock, env: {}, json: false, quiet: false, verbose: 0, ...options });
  const hear = (...events: Event[]): void => events.forEach((event) => printer.listen(event));
  return { clock, stdout, stderr, printer, hear };
}

const END: BackupEnd = {
  summary: {
    backupStart: { ns: 0n, offset: 0 },
    backupEnd: { ns: 61_500_000_000n, offset: 0 },
    filesNew: 1,
    filesChanged: 2,
    filesUnmodified: 3,
    dirsNew: 4,
    dirsChanged: 5,
    dirsUnmodified: 6,
    dataBlobs: 7,
    treeBlobs: 8,
    dataAdded: 3 * 1024 * 1024,
    dataAddedPacked: 1024,
    totalFilesProcessed: 6,
    totalBytesProcessed: 1536,
  },
  snapshot: { id: asId("ab12cd34".padEnd(64, "0")) },
  dryRun: false,
  rereadFiles: 0,
};

const path = utf8("/a/b");
const MIB = 1024 * 1024;
const busy: readonly Event[] = [
  { kind: "scan", files: 48_500, bytes: 1_400 * MIB, final: true },
  { kind: "item-start", path },
  { kind: "advance", files: 12_000, bytes: 700 * MIB },
];

test("the live line has percent, bytes, files, speed and time left, and fits 80 columns", async () => {
  const { clock, stdout, printer, hear } = stage({ tty: true });
  hear(busy[0]!, busy[1]!);
  await clock.advance(10_000);
  hear(busy[2]!);
  stdout.text = "";
  await clock.advance(100);
  const line = stdout.text.replace(/^\r/, "").replace("\u001b[K", "");
  assert.equal(line, "[0:10] 50.0% of 1.367 GiB, 12000/48500 files, 69.307 MiB/s, 0:10 left");
  assert.equal(fit(line, 80), line);
  printer.finish(END);
  assert.ok(stdout.text.includes("\r\u001b[K\nFiles:"), "the line is cleared before the summary");
});

test("no live line into a pipe, no word with --quiet but errors", async () => {
  const pipe = stage();
  pipe.hear(...busy);
  await pipe.clock.advance(1000);
  assert.equal(pipe.stdout.text, "");
  const quiet = stage({ quiet: true, tty: true });
  quiet.hear(...busy, { kind: "phase", name: "using parent" });
  await quiet.clock.advance(1000);
  quiet.hear({ kind: "error", message: "open /x: denied", during: "archival", item: utf8("/x") });
  quiet.printer.finish(END);
  assert.equal(quiet.stdout.text, "");
  assert.equal(quiet.stderr.text, "error: open /x: denied\n");
});

test("the summary is restic's", () => {
  const { stdout, printer } = stage();
  printer.finish(END);
  assert.equal(
    stdout.text,
    [
      "",
      "Files:           1 new,     2 changed,     3 unmodified",
      "Dirs:            4 new,     5 changed,     6 unmodified",
      "Added to the repository: 3.000 MiB (1.000 KiB stored)",
      "",
      "processed 6 files, 1.500 KiB in 1:01",
      "snapshot ab12cd34 saved",
      "",
    ].join("\n"),
  );
  const dry = stage();
  dry.printer.finish({ ...END, dryRun: true, snapshot: undefined });
  assert.match(dry.stdout.text, /Would add to the repository/);
  assert.doesNotMatch(dry.stdout.text, /snapshot/);
  const skipped = stage({ verbose: 1 });
  skipped.printer.finish({ ...END, snapshot: undefined, rereadFiles: 9 });
  assert.match(skipped.stdout.text, /Data Blobs: {6}7 new\nTree Blobs: {6}8 new\n/);
  assert.match(skipped.stdout.text, /read 9 unchanged files again/);
  assert.match(skipped.stdout.text, /skipped creating snapshot\n$/);
});

test("JSON: status while it runs, one summary at the end, errors on stderr", async () => {
  const { clock, stdout, stderr, printer, hear } = stage({ json: true });
  await clock.advance(500);
  assert.equal(stdout.text, "", "nothing to say before it begins");
  hear(...busy, { kind: "error", message: "open /x: denied", during: "archival", item: utf8("/x") });
  await clock.advance(1600);
  const status = JSON.parse(stdout.text.trim().split("\n").at(-1)!) as Record<string, unknown>;
  assert.deepEqual(status, {
    message_type: "status",
    seconds_elapsed: 2,
    seconds_remaining: status["seconds_remaining"],
    percent_done: 0.5,
    total_files: 48_500,
    files_done: 12_000,
    total_bytes: 1_400 * MIB,
    bytes_done: 700 * MIB,
    error_count: 1,
    current_files: ["/a/b"],
  });
  stdout.text = "";
  printer.finish(END);
  const summary = JSON.parse(stdout.text) as Record<string, unknown>;
  assert.deepEqual([summary["message_type"], summary["total_duration"], summary["dry_run"]], ["summary", 61.5, undefined]);
  assert.equal(stderr.text, '{"message_type":"error","error":{"message":"open /x: denied"},"during":"archival","item":"/x"}\n');
});

test("-vv names every file, harmless to the terminal", () => {
  const { stdout, hear } = stage({ verbose: 2 });
  const item = {
    path: utf8("/a\u001b[2J"),
    action: "new",
    type: "file",
    size: 5n,
    dataSize: 5,
    dataSizeInRepo: 50,
    durationMs: 12,
  } as const;
  hear({ kind: "item-done", item });
  hear({ kind: "item-done", item: { path: utf8("/d/"), action: "unchanged", type: "dir", size: 0n } });
  assert.equal(stdout.text, 'new       "/a\\x1b[2J", saved in 0.012s (5 B added, 50 B stored)\nunchanged /d/\n');
});
