import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Compared {
  readonly files: number;
  readonly bytes: number;
  /** Paths that differ in presence, kind, mode, time of change or content; none when all is the same. */
  readonly differing: readonly string[];
}

/** Holds two folders against each other, byte for byte, both ways. */
export function compareFolders(one: string, other: string): Compared {
  const differing: string[] = [];
  let files = 0;
  let bytes = 0;
  const names = (folder: string): string[] => readdirSync(folder).sort();
  const compare = (path: string): void => {
    const [left, right] = [join(one, path), join(other, path)];
    for (const name of new Set([...names(left), ...names(right)])) {
      const inside = path === "" ? name : `${path}/${name}`;
      const [a, b] = [lstatSync(join(left, name), { throwIfNoEntry: false }), lstatSync(join(right, name), { throwIfNoEntry: false })];
      if (a === undefined || b === undefined || a.mode !== b.mode || Math.abs(a.mtimeMs - b.mtimeMs) >= 1) differing.push(inside);
      else if (a.isDirectory()) compare(inside);
      else {
        files++;
        bytes += a.size;
        if (!readFileSync(join(left, name)).equals(readFileSync(join(right, name)))) differing.push(inside);
      }
    }
  };
  compare("");
  return { files, bytes, differing };
}
