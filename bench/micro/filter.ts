import { compileGlob, matchGlob } from "../../src/source/glob.ts";
import { compilePatterns } from "../../src/source/pattern.ts";
import { concatBytes, utf8 } from "../../src/base/bytes.ts";
import { someNames } from "./names.ts";
import { MicroTable } from "./table.ts";

/** Excludes against paths that mostly match none of them (restic-format §10). Time for one path. */
const COUNT = 1000;
const paths = someNames(COUNT).map((name) => concatBytes([utf8("/home/someone/projects/firn/node_modules/package/"), name]));
const LISTS: readonly (readonly [string, readonly string[]])[] = [
  ["one literal", ["cache"]],
  ["one suffix, *.o", ["*.o"]],
  ["anchored, /home/*/.cache", ["/home/*/.cache"]],
  ["with **, /home/**/target/*.tmp", ["/home/**/target/*.tmp"]],
  ["20 of all kinds", Array.from({ length: 5 }, (_, i) => [`cache${i}`, `*.${i}~`, `/var/${i}/*`, `/srv/**/build${i}`]).flat()],
  ["20 and one that takes back", [...Array.from({ length: 20 }, (_, i) => `*.x${i}`), "!keep.x1"]],
];

const table = new MicroTable(`${COUNT} paths of ${paths[0]!.length} bytes`);
for (const [name, lines] of LISTS) {
  const patterns = compilePatterns(lines);
  table.each(name, COUNT, () => {
    for (const path of paths) patterns.matches(path);
  });
}
const folding = compilePatterns(["*.O"], { ignoreCase: true });
table.each("one suffix, any case", COUNT, () => {
  for (const path of paths) folding.matches(path);
});
const includes = compilePatterns(["/home/someone/photos/**"]);
table.each("include, with its children", COUNT, () => {
  for (const path of paths) includes.match(path);
});
const glob = compileGlob("[a-m]*-*[0-9].d.?s")!;
const names = someNames(COUNT).map((name) => Buffer.from(name).toString("latin1"));
table.each("glob alone, a name", COUNT, () => {
  for (const name of names) matchGlob(glob, name);
});
table.print();
