import { accessSync, chmodSync, constants, copyFileSync, existsSync, lstatSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { FirnError } from "../../base/error.ts";
import { DEMO_BYTES_MAX, DEMO_FILES_MAX } from "../../base/limits.ts";
import { MS_PER_DAY } from "../../base/time.ts";
import type { Dice } from "./dice.ts";
import type { Server } from "./server.ts";

/** Where the copied files live on the demo's server. */
export const PROGRAM_FOLDER = "srv/app";

export interface Copied {
  /** Names on the server, in order. */
  readonly files: readonly string[];
  /** The tree had more than the demo takes. */
  readonly cut: boolean;
}

interface Found {
  readonly from: string;
  readonly name: string;
  readonly size: number;
}

/** Copies a real tree onto the server: `dir`, or what every installation of this program has on its disk. */
export function copySources(server: Server, dice: Dice, dir: string | undefined, at: number): Copied {
  const roots = dir === undefined ? ownTrees() : [{ from: dir, name: "" }];
  const { found, cut } = choose(roots);
  if (found.length === 0)
    throw new FirnError({
      code: "usage",
      message: `--dir ${dir ?? ""}: holds no file that can be read`,
      hint: "name a folder with some files",
    });
  const files = found.map(({ from, name }) => {
    const target = `${PROGRAM_FOLDER}/${name}`;
    // Made by `write`, so that folders come into being with the demo's time; the copy then has the file's own mode,
    // and can be written, since its days will.
    const changed = at - dice.between(1, 700) * MS_PER_DAY;
    server.write(target, "", at);
    copyFileSync(from, server.path(target));
    chmodSync(server.path(target), statSync(from).mode | 0o200);
    server.append(target, "", changed);
    return target;
  });
  return { files, cut };
}

/** What fits, in order. A tree with far more is not walked to its end. */
function choose(roots: readonly { readonly from: string; readonly name: string }[]): { readonly found: Found[]; readonly cut: boolean } {
  const found: Found[] = [];
  let bytes = 0;
  let left = 0;
  for (const root of roots) {
    for (const file of filesBelow(root.from, root.name)) {
      if (found.length < DEMO_FILES_MAX && bytes + file.size <= DEMO_BYTES_MAX) {
        found.push(file);
        bytes += file.size;
      } else if (++left === DEMO_FILES_MAX) return { found, cut: true };
    }
  }
  return { found, cut: left > 0 };
}

/** The program's own sources and the packages it runs on: there after `npm ci`, with or without the packages for development. */
function ownTrees(): { from: string; name: string }[] {
  const root = join(import.meta.dirname, "../../..");
  const trees = [
    ...["valibot", "commander"].map((name) => ({ from: join(root, "node_modules", name), name: `vendor/${name}` })),
    { from: join(root, "icebox/src"), name: "icebox" },
    { from: join(root, "src"), name: "firn" },
  ];
  return trees.filter(({ from }) => existsSync(from));
}

/** Regular files that can be read, in the order of their names; links, closed folders and everything else is passed over. */
function* filesBelow(folder: string, name: string): Iterable<Found> {
  for (const entry of entriesOf(folder, name === "")) {
    const from = join(folder, entry);
    const inside = name === "" ? entry : `${name}/${entry}`;
    const stat = lstatSync(from, { throwIfNoEntry: false });
    if (stat?.isDirectory() === true) yield* filesBelow(from, inside);
    else if (stat?.isFile() === true && isReadable(from)) yield { from, name: inside, size: stat.size };
  }
}

function entriesOf(folder: string, named: boolean): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (cause) {
    if (!named) return [];
    throw new FirnError({ code: "usage", message: `--dir: ${folder} cannot be listed: ${(cause as Error).message}`, cause });
  }
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
