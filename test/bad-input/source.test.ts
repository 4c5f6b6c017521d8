import assert from "node:assert/strict";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { textLossy, utf8 } from "../../src/base/bytes.ts";
import type { Event } from "../../src/base/event.ts";
import { seededRandom } from "../../src/base/testing.ts";
import { type BackupReport, runBackup } from "../../src/flow/backup/run.ts";
import { NO_RULES } from "../../src/source/selection-rules.ts";
import { posixFs, type SourceFs } from "../../src/source/source-fs.ts";
import { planTargets } from "../../src/source/targets.ts";
import { firn } from "../firn.ts";
import { restic, withoutPeer } from "../peers.ts";
import { localPlace, makeRepository, openPlace, type Place } from "../scratch.ts";

const NOBODY = 65_534;
const MIB = 1024 * 1024;
const isRoot = process.getuid?.() === 0;
const base = mkdtempSync(join(tmpdir(), "firn-bad-source-"));
after(() => rmSync(base, { recursive: true, force: true }));

async function scene(name: string): Promise<{ place: Place; source: string }> {
  const source = join(base, name, "source");
  mkdirSync(join(source, "sub"), { recursive: true });
  for (const file of ["a", "b", "sub/c"]) writeFileSync(join(source, file), `contents of ${file}`);
  const place = localPlace(join(base, name, "repo"));
  await makeRepository(place);
  return { place, source };
}

/** Backs up with somebody who meddles with the source at a chosen event. */
async function meddled(
  place: Place,
  source: string,
  workers: number,
  onEvent: (event: Event) => void,
  fs: SourceFs = posixFs,
): Promise<{ report: BackupReport; errors: readonly string[] }> {
  const repo = await openPlace(place);
  const errors: string[] = [];
  const plan = planTargets([utf8(source)], utf8("/"), fs);
  const startedNs = repo.world.clock.nowNs();
  const report = await runBackup(repo, {
    source: { kind: "files", root: plan.root, rules: NO_RULES, fs },
    parent: undefined,
    facts: {
      time: { ns: startedNs, offset: 0 },
      paths: plan.snapshotPaths.map(textLossy),
      hostname: "h",
      excludes: [],
      tags: [],
      programVersion: "firn",
    },
    startedNs,
    change: { ignoreCtime: false, ignoreInode: false },
    withAtime: false,
    workers,
    items: true,
    dryRun: false,
    skipIfUnchanged: false,
    emit: (event) => {
      if (event.kind === "error") errors.push(event.message);
      onEvent(event);
    },
    signal: new AbortController().signal,
  });
  await repo.close();
  return { report, errors };
}

interface Listed {
  readonly path: string;
  readonly size?: number;
}

/** Path and size of every entry below the source, by restic. */
async function listed(place: Place, source: string): Promise<Map<string, number>> {
  const { stdout } = await restic(["ls", "latest", "--recursive", "--json"], place);
  const nodes = stdout
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => JSON.parse(line) as Listed);
  const below = nodes.filter(({ path }) => path.startsWith(`${source}/`));
  return new Map(below.map(({ path, size }) => [path.slice(source.length + 1), size ?? 0]));
}

describe("a source that does not hold still", { skip: withoutPeer("restic") }, () => {
  test("a file that vanishes before it is read: named, the rest is saved", async () => {
    const { place, source } = await scene("vanish");
    // In this thread, which tells of a file before it opens it.
    const { report, errors } = await meddled(place, source, 0, (event) => {
      if (event.kind === "item-start" && textLossy(event.path).endsWith("/b")) rmSync(join(source, "b"));
    });
    assert.equal(report.errors, 1);
    assert.match(errors.join("\n"), /\/source\/b.*no such file/i);
    assert.deepEqual([...(await listed(place, source)).keys()], ["a", "sub", "sub/c"]);
    await restic(["check", "--read-data"], place);
  });

  for (const workers of [0, 1]) {
    for (const [name, change, expected] of [
      ["cut short", (path: string) => truncateSync(path, 9 * MIB), (size: number) => size < 24 * MIB],
      ["growing", (path: string) => appendFileSync(path, seededRandom("more")(MIB)), (size: number) => size >= 24 * MIB],
    ] as const) {
      test(`a large file ${name} while it is read (${workers} threads): saved as it was read, size and bytes agree`, async () => {
        const { place, source } = await scene(`${name} ${workers}`);
        const path = join(source, "large");
        writeFileSync(path, seededRandom("large")(24 * MIB));
        let begun = false;
        await meddled(place, source, workers, (event) => {
          // Small files come together and last; only the large one advances by more than a chunk's least size.
          if (begun || event.kind !== "advance" || (event.bytes ?? 0) < MIB / 2) return;
          begun = true;
          change(path);
        });
        assert.ok(begun);
        const size = (await listed(place, source)).get("large")!;
        assert.ok(expected(size), `${size} bytes`);
        await restic(["check", "--read-data"], place);
        const target = join(base, `target ${name} ${workers}`);
        await restic(["restore", `latest:${source}`, "--target", target], place);
        assert.equal(statSync(join(target, "large")).size, size);
      });
    }
  }

  test("a folder that vanishes between being listed and being entered", async () => {
    const { place, source } = await scene("folder");
    const fs: SourceFs = {
      ...posixFs,
      readDirectory: (path) => {
        if (textLossy(path).endsWith("/sub")) rmSync(join(source, "sub"), { recursive: true, force: true });
        return posixFs.readDirectory(path);
      },
    };
    const { report, errors } = await meddled(place, source, 0, () => undefined, fs);
    assert.equal(report.errors, 1);
    assert.match(errors.join("\n"), /\/source\/sub/);
    assert.deepEqual([...(await listed(place, source)).keys()], ["a", "b"]);
  });
});

describe("a source that cannot be read: exit code 3, the snapshot saved", { skip: withoutPeer("restic") }, () => {
  test("a device that answers with an error", { skip: process.platform !== "linux" }, async () => {
    const { place, source } = await scene("eio");
    // Its first page is never mapped: opening succeeds, reading is an input/output error.
    const bad = `/proc/${process.pid}/mem`;
    const done = await firn(["backup", source, bad], { ...place, anyStatus: true });
    assert.equal(done.status, 3, done.stderr);
    assert.match(done.stderr, new RegExp(`${bad}: i/o error`));
    assert.match(done.stdout, /snapshot [0-9a-f]{8} saved/);
    assert.deepEqual([...(await listed(place, source)).keys()], ["a", "b", "sub", "sub/c"]);
  });

  test("a target that is not there; none that is there", async () => {
    const { place, source } = await scene("absent");
    const done = await firn(["backup", source, join(source, "nowhere")], { ...place, anyStatus: true });
    assert.equal(done.status, 3);
    assert.match(done.stderr, /nowhere/);
    assert.equal((await listed(place, source)).size, 4);
    const none = await firn(["backup", join(source, "nowhere")], { ...place, anyStatus: true });
    assert.equal(none.status, 1);
    assert.match(none.stderr, /^firn: /m);
  });

  test("files and folders of somebody else", { skip: !isRoot && "needs root, to be somebody else" }, async () => {
    const { source } = await scene("else");
    writeFileSync(join(source, "secret"), "secret");
    chmodSync(join(source, "secret"), 0o600);
    mkdirSync(join(source, "private"));
    writeFileSync(join(source, "private/inside"), "inside");
    chmodSync(join(source, "private"), 0o700);
    chmodSync(base, 0o755);
    const mine = localPlace(join(base, "else", "mine"));
    await makeRepository(mine);
    for (const name of ["", ...readdirSync(mine.repo, { recursive: true, encoding: "utf8" })])
      chownSync(join(mine.repo, name), NOBODY, NOBODY);
    const done = await firn(["backup", source], { ...mine, env: { HOME: "/nonexistent" }, anyStatus: true, uid: NOBODY });
    assert.equal(done.status, 3, done.stderr);
    assert.match(done.stderr, /secret.*permission denied/i);
    assert.match(done.stderr, /private.*permission denied/i);
    assert.match(done.stdout, /at least one source file could not be read|snapshot [0-9a-f]{8} saved/);
    assert.deepEqual([...(await listed(mine, source)).keys()], ["a", "b", "sub", "sub/c"]);
  });
});
