import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, test } from "node:test";
import { type Bytes, textLossy, toHex, utf8 } from "../../base/bytes.ts";
import { asId, type BlobId } from "../../base/id.ts";
import { seededRandom } from "../../base/testing.ts";
import { BlobBag, walkWith } from "./walk-testing.ts";

const base = mkdtempSync(join(tmpdir(), "firn-odd-parent-"));
after(() => rmSync(base, { recursive: true, force: true }));

const RUNS = 400 * Number(process.env["FIRN_TEST_RUNS"] ?? 1);

/** The tree that was walked stands alone in its parents, whose one id of it is replaced on the way up. */
function respelt(bag: BlobBag, tree: BlobId, spoil: (bytes: Bytes) => Bytes, depth: number): BlobId {
  let bytes = bag.tree(tree)!;
  const below = /"subtree":"([0-9a-f]{64})"/.exec(textLossy(bytes))?.[1];
  if (below !== undefined && depth > 0) {
    const other = respelt(bag, asId(below), spoil, depth - 1);
    bytes = utf8(textLossy(bytes).replace(below, other));
  } else bytes = spoil(bytes);
  return asId(toHex(bag.add("tree", bytes).id));
}

test("whatever stands in a parent's tree, the new one is what it would be without, and the walk goes to its end", () => {
  const path = mkdtempSync(join(base, "source-"));
  for (const name of ["a", "d/x", "d/y/z", "e"]) {
    if (name.includes("/")) mkdirSync(join(path, name, ".."), { recursive: true });
    writeFileSync(join(path, name), `this is ${name}`);
  }
  symlinkSync("a", join(path, "link"));
  const bag = new BlobBag();
  const targets = [basename(path)];
  const wanted = walkWith({ bag, cwd: base, targets }).tree!;
  const random = seededRandom(process.env["FIRN_TEST_SEED"] ?? "odd parent");
  const below = (limit: number): number => Buffer.from(random(4)).readUInt32LE() % limit;
  for (let run = 0; run < RUNS; run++) {
    let said = "";
    const spoil = (bytes: Bytes): Bytes => {
      const spoilt = Buffer.from(bytes);
      const at = below(spoilt.length);
      const kind = below(5);
      said = `${run}: ${kind} at ${at} of ${textLossy(bytes)}`;
      if (kind === 0) return spoilt.subarray(0, at);
      if (kind === 1) return Buffer.concat([spoilt.subarray(0, at), spoilt.subarray(at + 1 + below(30))]);
      if (kind === 2) return Buffer.concat([spoilt.subarray(0, at), random(1), spoilt.subarray(at)]);
      // A number becomes a text, a text a number, a digit another.
      spoilt[at] = kind === 3 ? random(1)[0]! : '"0[]{},:\\9a'.charCodeAt(below(11));
      return spoilt;
    };
    const mine = new BlobBag();
    for (const [key, bytes] of bag.blobs) mine.blobs.set(key, bytes);
    const parent = respelt(mine, wanted, spoil, below(3));
    try {
      const outcome = walkWith({ bag: mine, cwd: base, targets, wish: { parent: { tree: parent } } });
      assert.equal(outcome.tree, wanted, said);
    } catch (error) {
      throw new Error(said, { cause: error });
    }
  }
});
