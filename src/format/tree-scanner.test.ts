import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Bytes, compareBytes, utf8 } from "../base/bytes.ts";
import { arbitraryName, arbitraryNode, RUNS, sampleNode } from "./testing.ts";
import { encodeNode, encodeTree } from "./tree.ts";
import { TreeScanner } from "./tree-scanner.ts";

function find(scanner: TreeScanner, name: Bytes): number {
  // The name amid other bytes, as in a listing.
  return scanner.find(Buffer.concat([Buffer.from("ab"), name, Buffer.from("\0c")]), 2, name.length);
}

function names(...texts: string[]): Bytes[] {
  return texts.map(utf8);
}

test("every entry is found by its name and no other, whether passed over or asked for", () => {
  fc.assert(
    fc.property(
      fc.array(arbitraryNode, { maxLength: 7 }),
      fc.array(arbitraryName, { maxLength: 5 }),
      fc.boolean(),
      (drafts, others, spaced) => {
        const nodes = drafts
          .toSorted((a, b) => compareBytes(a.name, b.name))
          .filter(({ name }, i, all) => i === 0 || compareBytes(name, all[i - 1]!.name) > 0);
        const asked = [...nodes.filter((_, i) => i % 2 === 0).map(({ name }) => name), ...others].sort(compareBytes);
        // Spaces between the tokens: another writer's form.
        const bytes = spaced
          ? Buffer.from(JSON.stringify(JSON.parse(Buffer.from(encodeTree(nodes)).toString()), undefined, 1))
          : encodeTree(nodes);
        const exact = spaced && /\d{16}/.test(bytes.toString());
        if (exact) return;
        const scanner = new TreeScanner(bytes, "tree");
        for (const name of asked) {
          const expected = nodes.find((node) => compareBytes(node.name, name) === 0);
          const at = find(scanner, name);
          if (expected === undefined) assert.equal(at, -1);
          else assert.equal(encodeNode(scanner.decode(at)), encodeNode(expected));
          if (at >= 0 && name.length % 2 === 0) scanner.pass(scanner.endOf(at));
        }
        scanner.finish();
        assert.equal(scanner.isAsLoaded, !spaced);
      },
    ),
    RUNS,
  );
});

test("names with escapes are compared by what they mean", () => {
  const all = names("a", 'a"', "a<", "a\\", "a\n", "a\u00a0", "aé", "aü\u200b").sort(compareBytes);
  all.push(Uint8Array.of(0xfe));
  const scanner = new TreeScanner(encodeTree(all.map((name) => sampleNode({ name }))), "tree");
  for (const name of all) assert.deepEqual(Buffer.from(scanner.decode(find(scanner, name)).name), Buffer.from(name));
  assert.equal(find(scanner, Uint8Array.of(0xff)), -1);
});

test("a tree that changes its form half-way is read all the same", () => {
  const text = Buffer.from(encodeTree(names("a", "b", "c").map((name) => sampleNode({ name })))).toString();
  const odd = text.replace('{"name":"b"', '{ "name":"b"').replace('{"name":"c","type":"file"', '{"type":"file","name":"c"');
  const scanner = new TreeScanner(utf8(odd), "tree");
  for (const name of names("a", "b", "c")) assert.deepEqual(Buffer.from(scanner.decode(find(scanner, name)).name), Buffer.from(name));
  assert.equal(scanner.isAsLoaded, false);
});

test("a tree out of order is found out, whatever is asked for", () => {
  const ordered = (...order: string[]): Bytes => {
    const nodes = order.map((name) =>
      Buffer.from(encodeTree([sampleNode({ name: utf8(name) })]))
        .toString()
        .slice(10, -3),
    );
    return utf8(`{"nodes":[${nodes.join(",")}]}\n`);
  };
  for (const asked of [names("a", "b", "c", "d"), names("d"), names("b"), []]) {
    for (const tree of [ordered("b", "a", "c"), ordered("a", "c", "b"), ordered("a", "a", "b"), ordered("c", "b")]) {
      assert.throws(
        () => {
          const scanner = new TreeScanner(tree, "tree x");
          for (const name of asked) find(scanner, name);
          scanner.finish();
        },
        { code: "corrupt", message: /tree x.*is not above/ },
      );
    }
  }
});

test("what is no tree, or cut off, is an error", () => {
  const whole = Buffer.from(encodeTree(names("a", 'b"', "c").map((name) => sampleNode({ name, user: "a\\" })))).toString();
  for (let length = 0; length < whole.length - 2; length += 7) {
    assert.throws(
      () => {
        const scanner = new TreeScanner(utf8(whole.slice(0, length)), "tree");
        find(scanner, utf8("c"));
        scanner.finish();
      },
      { code: "corrupt" },
      `${length} bytes`,
    );
  }
  for (const text of ["[]", "{}", '{"nodes":7}', '{"nodes":[7]}', '{"nodes":[{"name":"a","type":"file"}{"name":"b"}]}']) {
    assert.throws(() => new TreeScanner(utf8(text), "tree").finish(), { code: "corrupt" }, text);
  }
});
