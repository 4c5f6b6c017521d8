import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { WORKERS_MAX } from "../../src/base/limits.ts";
import { measure } from "../../bench/measure.ts";
import { startFirn } from "../firn.ts";
import { withoutPeer } from "../peers.ts";
import { keysAt, localPlace, makeRepository } from "../scratch.ts";
import { emptyFiles, hardLinks, oneFolder, type Scene, sparseFile, type Step } from "./scenes.ts";
import type { Watched } from "./watch.ts";

/**
 * Peak memory stays below a bound whatever the sizes and counts, ctrl-C ends each command without leaving a lock, and the report says how long
 * the main thread was deaf at most (which depends on the machine, so that nothing is decided by it). With FIRN_TEST_LONG the sizes are those
 * at which a program without bounds would die; `FIRN_TEST_OUTPUT=1` shows the figures, restic's peak beside them.
 */
const LONG = process.env["FIRN_TEST_LONG"] !== undefined;
const MIB = 1024 * 1024;
const PATIENCE = { timeout: LONG ? 60 * 60_000 : 5 * 60_000 };

/** Threads that a command starts at most; each has a heap and rooms of its own. */
const THREADS = Math.min(availableParallelism(), WORKERS_MAX);
const THREAD_BYTES = 32 * MIB;

/** In MiB, threads not counted. */
function bounds(backup: number, unchanged: number, restore: number, check: number): Scene["bounds"] {
  const of = (mebibytes: number): number => mebibytes * MIB + THREADS * THREAD_BYTES;
  return { backup: of(backup), "unchanged backup": of(unchanged), restore: of(restore), check: of(check) };
}

const SCENES: readonly Scene[] = LONG
  ? [
      emptyFiles(1_000_000, bounds(220, 180, 360, 160)),
      oneFolder(100_000, bounds(220, 220, 200, 180)),
      sparseFile(20 * 1024 * MIB, bounds(160, 160, 160, 120)),
      hardLinks(10_000, bounds(160, 160, 160, 120)),
    ]
  : [
      emptyFiles(10_000, bounds(160, 160, 140, 110)),
      oneFolder(5_000, bounds(160, 160, 140, 110)),
      sparseFile(256 * MIB, bounds(160, 160, 140, 110)),
      hardLinks(500, bounds(160, 160, 140, 110)),
    ];

const base = mkdtempSync(join(process.env["FIRN_TEST_ROOM"] ?? tmpdir(), "firn-memory-"));
after(() => rmSync(base, { recursive: true, force: true }));
const watch = ["--import", join(import.meta.dirname, "watch.ts")];

for (const [number, scene] of SCENES.entries()) {
  describe(scene.name, PATIENCE, () => {
    const room = join(base, String(number));
    const source = join(room, "source");
    const place = localPlace(join(room, "repo"));
    const cacheDir = join(room, "cache");
    const report = join(room, "watched");
    let targets = 0;
    const words: Readonly<Record<Step, () => readonly string[]>> = {
      backup: () => ["backup", source, "--json"],
      "unchanged backup": () => ["backup", source, "--json"],
      restore: () => ["restore", "latest", "--json", ...scene.restoreFlags, "--target", join(room, `target-${targets++}`)],
      check: () => ["check", "--read-data"],
    };
    const took = new Map<Step, number>();
    before(async () => {
      mkdirSync(source, { recursive: true });
      scene.make(source);
      await makeRepository(place);
    });
    after(() => rmSync(room, { recursive: true, force: true }));

    for (const step of Object.keys(words) as Step[]) {
      test(`${step} keeps below ${scene.bounds[step] / MIB} MiB`, async () => {
        const began = performance.now();
        const running = startFirn(words[step](), { ...place, cacheDir, env: { FIRN_TEST_WATCH: report }, nodeFlags: watch });
        const { status, stderr } = await running.finished;
        assert.equal(status, 0, stderr);
        took.set(step, performance.now() - began);
        const { peakBytes, deafMs } = JSON.parse(readFileSync(report, "utf8")) as Watched;
        const seconds = (took.get(step)! / 1000).toFixed(1);
        tell(`${scene.name}, ${step}: ${mib(peakBytes)} MiB, ${seconds} s, deaf for ${Math.round(deafMs)} ms at most`);
        assert.ok(peakBytes <= scene.bounds[step], `${mib(peakBytes)} MiB`);
      });
    }

    for (const step of Object.keys(words) as Step[]) {
      test(`ctrl-C in the midst of ${step} leaves no lock`, async () => {
        // Without the parent snapshot's nodes everything is looked at again.
        const args = step === "backup" ? [...words[step](), "--force"] : words[step]();
        const running = startFirn(args, { ...place, cacheDir });
        let asked: number | undefined;
        const timer = setTimeout(
          () => {
            asked = performance.now();
            running.child.kill("SIGINT");
          },
          took.get(step)! / 2,
        );
        const { status, signal, stderr } = await running.finished;
        clearTimeout(timer);
        // Killed by it, when it came before anybody listened and there was nothing to clean up.
        assert.ok(status === 130 || status === 0 || signal === "SIGINT", `${status} ${signal}: ${stderr}`);
        const after = asked === undefined ? "before" : `${Math.round(performance.now() - asked)} ms after`;
        tell(`${scene.name}, ${step}: exit code ${signal ?? status} ${after} ctrl-C`);
        assert.deepEqual(await keysAt(place, "locks/"), []);
      });
    }

    if (!LONG) return;
    test("restic's peak on the same", { skip: withoutPeer("restic") }, () => {
      const other = join(room, "restic");
      const env = { RESTIC_REPOSITORY: other, RESTIC_PASSWORD: place.password, RESTIC_CACHE_DIR: join(room, "restic-cache") };
      // Of a million files it may have something to say about each.
      const quietly = ["/bin/sh", "-c", 'exec "$0" "$@" 2>/dev/null', resticPath];
      const run = (...args: string[]): string => mib(measure({ argv: [...quietly, ...args], env, ok: [0, 1, 3] }).peakBytes);
      run("init");
      const peaks = [run("backup", "--quiet", source), run("backup", "--quiet", source)];
      peaks.push(run("restore", "latest", "--quiet", ...scene.restoreFlags, "--target", join(room, "restic-target")));
      peaks.push(run("check", "--read-data", "--quiet"));
      tell(`${scene.name}, restic: backup, unchanged backup, restore, check: ${peaks.join(", ")} MiB`);
    });
  });
}

const resticPath = process.env["FIRN_RESTIC"] ?? join(import.meta.dirname, "../../.peers/bin/restic");

function tell(text: string): void {
  process.stdout.write(`${text}\n`);
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(0);
}
