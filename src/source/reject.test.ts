import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bytes, textLossy, utf8 } from "../base/bytes.ts";
import { compilePatterns } from "./pattern.ts";
import { buildSelection, type RejectOptions, SELECT_ALL } from "./reject.ts";
import { scanTargets } from "./scan.ts";
import { planTargets } from "./targets.ts";
import { keptIn, memoryFs } from "./testing.ts";

const SIGNATURE = "Signature: 8a477f597d28d172789f06886806bc55";

const fs = memoryFs({
  "/src/a.txt": { content: "12345" },
  "/src/a.o": { content: "1" },
  "/src/big": { size: 1000n },
  "/src/cache/CACHEDIR.TAG": { content: `${SIGNATURE}\n# more` },
  "/src/cache/junk": {},
  "/src/fake/CACHEDIR.TAG": { content: "Signature: 8a47" },
  "/src/fake/kept": {},
  "/src/mnt/": { device: 2n },
  "/src/mnt/other": { device: 2n },
  "/src/mnt/back/": { device: 1n },
  "/src/sock": { type: "socket" },
  "/src/sub/.nobackup": { content: "yes, really" },
  "/src/sub/x": {},
});

function failOnError(_path: Bytes, error: unknown): void {
  throw error;
}

function kept(dir: string, options: RejectOptions): string[] {
  return keptIn(utf8(dir), buildSelection(options, fs), fs, failOnError).map((entry) => textLossy(entry.name));
}

test("without options everything but sockets is kept, in tree order", () => {
  assert.deepEqual(kept("/src", {}), ["a.o", "a.txt", "big", "cache", "fake", "mnt", "sub"]);
});

test("exclude patterns see the absolute path; lists do not undo each other", () => {
  const lists = [compilePatterns(["*.o", "/src/fake"]), compilePatterns(["!*.o"], { ignoreCase: true })];
  assert.deepEqual(kept("/src", { excludes: lists }), ["a.txt", "big", "cache", "mnt", "sub"]);
});

test("a size limit is for everything but directories", () => {
  assert.deepEqual(kept("/src", { excludeLargerThan: 4n }), ["a.o", "cache", "fake", "mnt", "sub"]);
});

test("beside a tag only the tag is kept", () => {
  assert.deepEqual(kept("/src/sub", { excludeIfPresent: [".nobackup"] }), [".nobackup"]);
  assert.deepEqual(kept("/src/sub", { excludeIfPresent: [".nobackup:yes,"] }), [".nobackup"]);
  assert.deepEqual(kept("/src/sub", { excludeIfPresent: [".nobackup:no"] }), [".nobackup", "x"]);
});

test("a cache tag needs its signature, a wrong one is warned about once", () => {
  const warnings: string[] = [];
  const options = { excludeCaches: true, warn: (message: string) => warnings.push(message) };
  assert.deepEqual(kept("/src/cache", options), ["CACHEDIR.TAG"]);
  assert.deepEqual(kept("/src/fake", options), ["CACHEDIR.TAG", "kept"]);
  assert.deepEqual(warnings, ["invalid signature in exclusion tagfile /src/fake/CACHEDIR.TAG"]);
});

test("a tag without a name is refused", () => {
  for (const spec of ["", ":header"]) assert.throws(() => buildSelection({ excludeIfPresent: [spec] }, fs), { code: "bad-exclude-tag" });
});

test("one file system: the mount point stays, what is in it does not", () => {
  const options = { oneFileSystem: [utf8("/src")] };
  assert.ok(kept("/src", options).includes("mnt"));
  assert.deepEqual(kept("/src/mnt", options), ["back"]);
  assert.deepEqual(kept("/src/mnt", { oneFileSystem: [utf8("/src"), utf8("/src/mnt")] }), ["back", "other"]);
  assert.throws(() => buildSelection({ oneFileSystem: [utf8("/gone")] }, fs), { code: "ENOENT" });
});

test("the local cache is never saved", () => {
  assert.deepEqual(kept("/src", { cacheDir: utf8("/src/cache/") }), ["a.o", "a.txt", "big", "fake", "mnt", "sub"]);
  assert.deepEqual(kept("/src/cache", { cacheDir: utf8("/src/cache") }), []);
});

test("an entry that vanished is passed over, one that cannot be read is told", () => {
  const hostile = {
    ...fs,
    readDirectory: () => ["gone", "a.o", "denied"].map(utf8),
    lstatIfThere: (path: Uint8Array) => {
      if (textLossy(path).endsWith("denied")) throw new Error("permission denied");
      return fs.lstatIfThere(path);
    },
  };
  const told: string[] = [];
  const entries = keptIn(utf8("/src"), SELECT_ALL, hostile, (path) => told.push(textLossy(path)));
  assert.deepEqual(
    entries.map((entry) => textLossy(entry.name)),
    ["a.o"],
  );
  assert.deepEqual(told, ["/src/denied"]);
});

test("the scan counts what will be saved; an explicit target is never excluded", async () => {
  const selection = buildSelection({ excludes: [compilePatterns(["sub", "*.o", "x"])] }, fs);
  const scan = (targets: string[]) => scanTargets(planTargets(targets.map(utf8), utf8("/"), fs), selection, fs);
  assert.deepEqual(await scan(["/src"]), { files: 7, dirs: 5, others: 0, bytes: 5n + 1000n + 50n + 15n });
  assert.deepEqual(await scan(["/src/sub"]), { files: 0, dirs: 1, others: 0, bytes: 0n });
  assert.deepEqual(await scan(["/src/a.o"]), { files: 1, dirs: 0, others: 0, bytes: 1n });
});

test("a scan that is called off gives what it has", async () => {
  const plan = planTargets([utf8("/src")], utf8("/"), fs);
  const totals = await scanTargets(plan, SELECT_ALL, fs, { signal: AbortSignal.abort() });
  assert.deepEqual(totals, { files: 0, dirs: 0, others: 0, bytes: 0n });
});

test("errors during a scan are told and the scan goes on", async () => {
  const broken = {
    ...fs,
    readDirectory: (path: Uint8Array) => {
      if (textLossy(path) === "/src/sub") throw new Error("denied");
      return fs.readDirectory(path);
    },
  };
  const told: string[] = [];
  const plan = planTargets([utf8("/src")], utf8("/"), broken);
  await scanTargets(plan, SELECT_ALL, broken, { onError: (path) => told.push(textLossy(path)) });
  assert.deepEqual(told, ["/src/sub"]);
});
