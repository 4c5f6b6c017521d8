import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { test } from "node:test";

const root = resolve(import.meta.dirname, "..");

/** The floors of ARCHITECTURE.md. A file imports from its own room or from floors below its own. */
const FLOORS: Readonly<Record<string, number>> = {
  base: 0,
  kernel: 0,
  format: 1,
  source: 1,
  store: 1,
  repo: 2,
  catalog: 2,
  flow: 3,
  plan: 3,
  act: 4,
  app: 5,
  cli: 6,
};

/** watch listens from the side: it knows the words and the format, nothing that works. */
const WATCH_MAY = new Set(["base", "format", "watch"]);
const KERNEL_MAY = new Set(["base", "kernel"]);

/** A package outside the standard library is imported in one place. */
const ONE_HOME: Readonly<Record<string, string>> = {
  "@aws-sdk/client-s3": "src/store/s3/",
  commander: "src/cli/",
  yaml: "src/app/config/",
  valibot: "src/app/config/",
  icebox: "src/app/demo/",
};

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s+(?:type\s+)?(?:[\w*{][^;"'()=]*?\sfrom\s+)?["']([^"'\n]+)["']|\bimport\(\s*["']([^"'\n]+)["']\s*\)/g;

interface Import {
  readonly file: string;
  readonly target: string;
}

function importsUnder(folder: string): Import[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .flatMap((name) => importsOf(join(folder, name)));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), "utf8");
  return [...text.matchAll(IMPORT)].map((match) => ({ file: file.split(sep).join("/"), target: (match[1] ?? match[2])! }));
}

function roomOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1];
}

function mayImport(from: string, to: string): boolean {
  if (from === to) return true;
  if (from === "watch") return WATCH_MAY.has(to);
  if (from === "kernel") return KERNEL_MAY.has(to);
  if (to === "watch") return from === "app" || from === "cli";
  return FLOORS[to]! < FLOORS[from]!;
}

function isTest(file: string): boolean {
  return /\.test\.ts$|\/testing(-\w+)?\.ts$|\/testing\//.test(file);
}

const sources = importsUnder("src");

test("every room is on a floor", () => {
  const rooms = new Set(sources.map(({ file }) => roomOf(file)).filter((room) => room !== "watch"));
  assert.deepEqual(
    [...rooms].filter((room) => room === undefined || FLOORS[room] === undefined),
    [],
  );
  assert.ok(sources.length > 100, "the imports were read");
});

test("a room imports only from floors below it", () => {
  const wrong = sources
    .filter(({ file, target }) => target.startsWith(".") && !isTest(file))
    .map(({ file, target }) => ({
      file,
      to: relative(root, resolve(root, dirname(file), target))
        .split(sep)
        .join("/"),
    }))
    .filter(({ file, to }) => {
      const [from, into] = [roomOf(file), roomOf(to)];
      if (into === undefined) return !/^(prices|icebox)\//.test(to);
      return from === undefined || !mayImport(from, into);
    });
  assert.deepEqual(wrong, []);
});

test("a package is imported in one place", () => {
  const wrong = sources.filter(({ file, target }) => {
    if (target.startsWith(".") || target.startsWith("node:") || isTest(file)) return false;
    const home = ONE_HOME[target];
    return home === undefined || !file.startsWith(home);
  });
  assert.deepEqual(wrong, []);
});

test("icebox imports nothing of firn", () => {
  const wrong = importsUnder("icebox/src").filter(({ file, target }) => {
    if (isTest(file)) return false;
    if (!target.startsWith(".")) return !target.startsWith("node:");
    const to = relative(root, resolve(root, dirname(file), target));
    return !to.startsWith(`icebox${sep}`) && !to.startsWith(`prices${sep}`);
  });
  assert.deepEqual(wrong, []);
});

const AMBIENT = /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bprocess\.(?!versions)|\bconsole\./;

test("time, randomness, environment and output are arguments below the doors", () => {
  const files = new Set(sources.map(({ file }) => file));
  const wrong = [...files].filter((file) => {
    const room = roomOf(file);
    if (room === "app" || room === "cli" || isTest(file)) return false;
    const code = readFileSync(join(root, file), "utf8").replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    return AMBIENT.test(code);
  });
  assert.deepEqual(wrong, []);
});
