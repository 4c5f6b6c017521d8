import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { seededRandom } from "../../src/base/testing.ts";

const FOLDERS = 8;
const FILES = 12;

/** A tree whose first backup takes a dozen small packs; each generation changes a third of its files. */
export function writeSource(root: string, generation: number): void {
  for (let number = 0; number < FOLDERS * FILES; number++) {
    const folder = join(root, `folder ${Math.floor(number / FILES)}`);
    const isLarge = number % FILES < 2;
    const changed = Math.max(0, generation - ((number + generation) % 3));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `file ${number}`), seededRandom(`${number} ${changed}`)(isLarge ? 2_500_000 : 30_000 + number * 500));
  }
  rmSync(join(root, `only in ${generation - 1}`), { force: true });
  writeFileSync(join(root, `only in ${generation}`), String(generation));
}
