import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { utf8 } from "../base/bytes.ts";
import { testWorld } from "../base/testing.ts";
import { checkPrinter } from "./check-printer.ts";
import { restorePrinter, type ShownRestore } from "./restore-progress.ts";
import type { Screen } from "./screen.ts";

function screen(isTTY = false): Screen & { text: string } {
  return {
    text: "",
    isTTY,
    columns: 80,
    write(text: string) {
      this.text += text;
    },
  };
}

const WHOLE: ShownRestore = {
  totalItems: 9,
  restoredItems: 9,
  skippedItems: 0,
  deletedItems: 0,
  totalBytes: 3000003,
  restoredBytes: 3000003,
  skippedBytes: 0,
};

function printer(options: { json?: boolean; quiet?: boolean; verbose?: number; tty?: boolean }) {
  const stdout = screen(options.tty);
  const stderr = screen();
  const world = testWorld({ manual: true });
  const output = {
    screens: { stdout, stderr },
    world,
    json: options.json === true,
    quiet: options.quiet === true,
    verbose: options.verbose ?? 0,
  };
  return { printer: restorePrinter(output), stdout, stderr, world };
}

describe("the end of a restore, in restic's words", () => {
  const cases: readonly (readonly [Partial<ShownRestore>, string])[] = [
    [{}, "Summary: Restored 9 files/dirs (2.861 MiB) in 0:00\n"],
    [{ restoredItems: 8, restoredBytes: 2292217 }, "Summary: Restored 8 / 9 files/dirs (2.186 MiB / 2.861 MiB) in 0:00\n"],
    [
      { totalItems: 5, restoredItems: 5, totalBytes: 3, restoredBytes: 3, skippedItems: 1, skippedBytes: 3000000, deletedItems: 3 },
      "Summary: Restored 5 files/dirs (3 B) in 0:00, skipped 1 files/dirs 2.861 MiB, deleted 3 files/dirs\n",
    ],
  ];
  for (const [counts, expected] of cases) {
    test(expected.trim(), () => {
      const { printer: out, stdout } = printer({});
      out.summary({ ...WHOLE, ...counts });
      assert.equal(stdout.text, expected);
    });
  }

  test("as JSON, zeros left out, in restic's order", () => {
    const { printer: out, stdout } = printer({ json: true });
    out.summary({ ...WHOLE, totalItems: 6, restoredItems: 6, skippedItems: 3, totalBytes: 0, restoredBytes: 0, skippedBytes: 3000003 });
    assert.equal(stdout.text, '{"message_type":"summary","total_files":6,"files_restored":6,"files_skipped":3,"bytes_skipped":3000003}\n');
  });

  test("says nothing with --quiet", () => {
    const { printer: out, stdout } = printer({ quiet: true });
    out.note("restoring");
    out.summary(WHOLE);
    assert.equal(stdout.text, "");
  });
});

test("items show with -vv only, harmful names escaped", () => {
  const item = { path: utf8("/a\u001b[31m"), action: "restored", type: "file", size: 14n } as const;
  for (const [verbose, expected] of [
    [1, ""],
    [2, 'restored  "/a\\x1b[31m" with size 14 B\n'],
  ] as const) {
    const { printer: out, stdout } = printer({ verbose });
    out.listen({ kind: "item-done", item });
    assert.equal(stdout.text, expected);
  }
});

test("an error is a line on stderr, or restic's JSON", () => {
  const event = { kind: "error", message: "damaged", during: "restore", item: utf8("/f") } as const;
  const text = printer({});
  text.printer.listen(event);
  assert.equal(text.stderr.text, "error: /f: damaged\n");
  const json = printer({ json: true });
  json.printer.listen(event);
  assert.equal(json.stderr.text, '{"message_type":"error","error":{"message":"damaged"},"during":"restore","item":"/f"}\n');
});

test("a terminal sees one live line with percent, files, bytes, speed and time left, cut to its width; it is gone at the end", async () => {
  const { printer: out, stdout, world } = printer({ tty: true });
  out.listen({ kind: "plan", files: 10, bytes: 4_000_000 });
  await world.clock.advance(1000);
  out.listen({ kind: "advance", files: 3, bytes: 1_000_000 });
  await world.clock.advance(1000);
  assert.equal(stdout.text.split("\r").at(-1), "[0:02] 25.00%  0:06 left  976.563 KiB / 3.815 MiB, 488.281 KiB/s, 3 / 10 files/\u001b[K");
  out.stop();
  assert.ok(stdout.text.endsWith("\r\u001b[K"));
});

test("a check's JSON: one summary on stdout, findings on stderr, what was not read only where something is archived", () => {
  const report = {
    errors: 1,
    brokenPacks: ["ab"],
    suggestRepairIndex: true,
    suggestPrune: false,
    packsRead: 1,
    bytesRead: 5,
    notRead: { packs: 0, bytes: 0 },
  };
  const [stdout, stderr] = [screen(), screen()];
  const out = checkPrinter({ screens: { stdout, stderr }, world: testWorld(), json: true, quiet: false });
  out.finding({ level: "error", object: "data/ab", check: "broken" });
  out.summary(report);
  out.summary({ ...report, notRead: { packs: 2, bytes: 7 } });
  const [first, second] = stdout.text.split("\n");
  assert.equal(first, '{"message_type":"summary","num_errors":1,"broken_packs":["ab"],"suggest_repair_index":true,"suggest_prune":false}');
  assert.match(second ?? "", /"not_read":\{"packs":2,"bytes":7,"reason":"archived"\}\}$/);
  assert.equal(stderr.text, '{"message_type":"error","message":"data/ab: broken"}\n');
});
