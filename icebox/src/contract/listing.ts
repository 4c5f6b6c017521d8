import assert from "node:assert/strict";
import { all, first } from "./client.ts";
import { contract } from "./target.ts";
import type { Scene, Suite } from "./target.ts";

const KEYS = ["a", "b/1", "b/2", "b/c/3", "d/4", "e é&<", "z"];

async function fill({ client, bucket }: Scene, keys: readonly string[]): Promise<void> {
  for (const key of keys) assert.equal((await client.send("PUT", `${bucket}/${key}`, { body: key })).status, 200);
}

async function list(scene: Scene, query: Record<string, string>): Promise<string> {
  const answer = await scene.client.send("GET", scene.bucket, { query: { "list-type": "2", ...query } });
  assert.equal(answer.status, 200, answer.text);
  return answer.text;
}

async function listV1(scene: Scene, query: Record<string, string>): Promise<string> {
  return (await scene.client.send("GET", scene.bucket, { query })).text;
}

const keysOf = (xml: string) => all(xml, "Key");
const prefixesOf = (xml: string) => all(xml, "CommonPrefixes").map((entry) => first(entry, "Prefix") ?? "none");

export function listingCases(suite: Suite): void {
  contract(suite, "keys are listed in the order of their bytes, with size and time", [], async (scene) => {
    await fill(scene, [...KEYS].reverse());
    const xml = await list(scene, {});
    assert.deepEqual(keysOf(xml), ["a", "b/1", "b/2", "b/c/3", "d/4", "e é&amp;&lt;", "z"]);
    assert.deepEqual(
      all(xml, "Size"),
      KEYS.map((key) => String(Buffer.byteLength(key))),
    );
    assert.match(first(xml, "LastModified") ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/);
    assert.equal(first(xml, "IsTruncated"), "false");
    assert.equal(first(xml, "KeyCount"), "7");
  });

  contract(suite, "prefix and delimiter", [], async (scene) => {
    await fill(scene, KEYS);
    assert.deepEqual(keysOf(await list(scene, { prefix: "b/" })), ["b/1", "b/2", "b/c/3"]);
    const top = await list(scene, { delimiter: "/" });
    assert.deepEqual(keysOf(top), ["a", "e é&amp;&lt;", "z"]);
    assert.deepEqual(prefixesOf(top), ["b/", "d/"]);
    const inner = await list(scene, { delimiter: "/", prefix: "b/" });
    assert.deepEqual([keysOf(inner), prefixesOf(inner)], [["b/1", "b/2"], ["b/c/"]]);
    assert.deepEqual(keysOf(await list(scene, { prefix: "nothing" })), []);
  });

  contract(suite, "pages of every size give every name once", [], async (scene) => {
    await fill(scene, KEYS);
    for (const query of [{}, { delimiter: "/" }, { prefix: "b/", delimiter: "/" }] as Record<string, string>[]) {
      const whole = await list(scene, query);
      for (let size = 1; size <= 4; size++) {
        const names: string[] = [];
        let token: string | undefined;
        do {
          const page = await list(scene, {
            ...query,
            "max-keys": String(size),
            ...(token === undefined ? {} : { "continuation-token": token }),
          });
          assert.ok(keysOf(page).length + prefixesOf(page).length <= size);
          names.push(...keysOf(page), ...prefixesOf(page));
          token = first(page, "NextContinuationToken");
          assert.equal(first(page, "IsTruncated"), String(token !== undefined));
        } while (token !== undefined);
        assert.deepEqual(names.sort(), [...keysOf(whole), ...prefixesOf(whole)].sort());
      }
    }
  });

  contract(suite, "start-after", [], async (scene) => {
    await fill(scene, KEYS);
    assert.deepEqual(keysOf(await list(scene, { "start-after": "b/2" })), ["b/c/3", "d/4", "e é&amp;&lt;", "z"]);
    assert.deepEqual(keysOf(await list(scene, { "start-after": "zz" })), []);
  });

  contract(suite, "names encoded for a URL on request", [], async (scene) => {
    await fill(scene, ["e é&<", "plain/key"]);
    assert.deepEqual(
      keysOf(await list(scene, { "encoding-type": "url" })),
      ["e%20%C3%A9%26%3C", "plain/key"].map((key) => key),
    );
  });

  contract(suite, "the first version of LIST", [], async (scene) => {
    await fill(scene, KEYS);
    assert.equal(keysOf(await listV1(scene, {})).length, 7);
    const top = await listV1(scene, { delimiter: "/" });
    assert.deepEqual(
      [keysOf(top), prefixesOf(top)],
      [
        ["a", "e é&amp;&lt;", "z"],
        ["b/", "d/"],
      ],
    );
    assert.deepEqual(keysOf(await listV1(scene, { marker: "d/4" })), ["e é&amp;&lt;", "z"]);
    const page = await listV1(scene, { "max-keys": "3" });
    assert.deepEqual([keysOf(page), first(page, "IsTruncated")], [["a", "b/1", "b/2"], "true"]);
  });

  contract(suite, "pages of the first version of LIST count common prefixes", ["v1-delimiter-pages"], async (scene) => {
    await fill(scene, KEYS);
    const page = await listV1(scene, { delimiter: "/", "max-keys": "2" });
    assert.deepEqual([keysOf(page), prefixesOf(page), first(page, "IsTruncated")], [["a"], ["b/"], "true"]);
    const rest = await listV1(scene, { delimiter: "/", marker: first(page, "NextMarker")! });
    assert.deepEqual([keysOf(rest), prefixesOf(rest)], [["e é&amp;&lt;", "z"], ["d/"]]);
  });
}
