import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../random.ts";
import { compareKeys, KeyMap } from "./key-order.ts";

test("keys sort by their UTF-8 bytes", () => {
  const keys = ["", "a", "a/", "a0", "b", "\u{10000}", "\uFFFD", "\uE000", "ä", "😀a", "😀"];
  const byBytes = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  assert.deepEqual([...keys].sort(compareKeys), byBytes);
});

test("a map keeps its order through random changes", () => {
  const random = seededRandom(7);
  const map = new KeyMap<number>();
  const model = new Map<string, number>();
  for (let step = 0; step < 3000; step++) {
    const key = `k${Math.floor(random() * 200)}`;
    if (random() < 0.6) {
      map.set(key, step);
      model.set(key, step);
    } else {
      map.delete(key);
      model.delete(key);
    }
  }
  const sorted = [...model.keys()].sort(compareKeys);
  assert.deepEqual(
    map.values(),
    sorted.map((key) => model.get(key)),
  );
  assert.equal(
    map.keyAt(map.firstIndex("k5")),
    sorted.find((key) => key >= "k5"),
  );
});
