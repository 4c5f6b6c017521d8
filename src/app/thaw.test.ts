import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { MS_PER_HOUR } from "../base/time.ts";
import type { MissingArchived } from "../flow/restore/missing.ts";
import type { ThawQuote } from "../plan/thaw.ts";
import type { ObjectInfo, RestoreAnswer } from "../store/object-store.ts";
import type { Access } from "./access.ts";
import { snapshotOf, tierRepository, type TierRepository } from "./tier/testing.ts";
import { thawHook, type ThawWish } from "./thaw.ts";

interface Ice {
  readonly t: TierRepository;
  readonly missing: () => Promise<MissingArchived>;
  readonly hook: (wish: Partial<ThawWish>) => ReturnType<typeof thawHook>;
  readonly quotes: ThawQuote[];
  readonly answers: RestoreAnswer[];
}

/** A repository whose data packs lie in DEEP_ARCHIVE; a secretive server does not show thaws in LIST. */
async function ice(test: TestContext, secretive = false): Promise<Ice> {
  const folder = mkdtempSync(join(tmpdir(), "firn-thaw-"));
  test.after(() => rmSync(folder, { recursive: true }));
  const answers: RestoreAnswer[] = [];
  const t = await tierRepository("", {
    wrap: (store) => ({
      ...store,
      restore: async (...args) => {
        const answer = await store.restore(...args);
        answers.push(answer);
        return answer;
      },
      ...(secretive
        ? { capabilities: { ...store.capabilities, listsRestoreState: false }, list: (...args) => withoutRestore(store.list(...args)) }
        : {}),
    }),
  });
  await snapshotOf(t.repo, { a: "a", b: "b" });
  for (const pack of t.repo.index.packs()) {
    if (t.repo.index.isTreePack(pack)) continue;
    await t.store.changeClass(`data/${pack.slice(0, 2)}/${pack}`, "DEEP_ARCHIVE", { encryption: { kind: "default" }, size: 0 });
  }
  const missing = async (): Promise<MissingArchived> => {
    const states = [...(await t.repo.packStates({ refresh: true }))].filter(([, state]) => state.state !== "hot");
    return {
      packs: states.map(([id, state]) => ({
        id,
        size: state.size,
        storageClass: state.storageClass,
        state: state.state as "archived",
        until: state.until,
        needed: 1,
      })),
      files: [],
      bytes: 0n,
    };
  };
  const quotes: ThawQuote[] = [];
  const news = { quoted: (quote: ThawQuote) => void quotes.push(quote), asked: () => undefined, waiting: () => undefined };
  const access = { configFile: undefined, backendOptions: {} } as unknown as Access;
  const hook = (wish: Partial<ThawWish>): ReturnType<typeof thawHook> =>
    thawHook(
      access,
      { tier: undefined, days: 3, maxCost: undefined, wait: false, stateDir: folder, provider: undefined, region: undefined, ...wish },
      news,
    );
  return { t, missing, hook, quotes, answers };
}

async function* withoutRestore(list: AsyncIterable<ObjectInfo>): AsyncGenerator<ObjectInfo> {
  for await (const info of list) yield { ...info, restore: undefined };
}

async function context(i: Ice) {
  const [snapshot] = await i.t.repo.loadSnapshots();
  return { repo: i.t.repo, snapshot: snapshot!, signal: new AbortController().signal };
}

test("without --thaw it prices every tier and asks for nothing", async (t) => {
  const i = await ice(t);
  assert.equal(await i.hook({})(await i.missing(), await context(i)), "stop");
  assert.deepEqual(i.answers, []);
  assert.deepEqual(
    i.quotes[0]!.offers.map(({ tier, waitMs }) => [tier, waitMs / MS_PER_HOUR]),
    [
      ["Bulk", 48],
      ["Standard", 12],
    ],
  );
  assert.ok(i.quotes[0]!.offers[0]!.total < i.quotes[0]!.offers[1]!.total);
});

test("--thaw asks once; run again while it is under way it pays nothing", async (t) => {
  const i = await ice(t);
  assert.equal(await i.hook({ tier: "Bulk" })(await i.missing(), await context(i)), "stop");
  assert.deepEqual(i.answers, ["accepted", "accepted"]);
  assert.equal(await i.hook({ tier: "Bulk" })(await i.missing(), await context(i)), "stop");
  assert.equal(i.quotes.at(-1)!.underWay, 2);
  assert.equal(i.answers.length, 2);
});

test("--wait sleeps on the world's clock until everything is readable", async (t) => {
  const i = await ice(t);
  const before = i.t.world.clock.now();
  assert.equal(await i.hook({ tier: "Standard", wait: true })(await i.missing(), await context(i)), "retry");
  const hours = (i.t.world.clock.now() - before) / MS_PER_HOUR;
  assert.ok(hours >= 11.9 && hours < 12.5, `${hours}`);
  for (const [, state] of await i.t.repo.packStates({ refresh: true })) assert.notEqual(state.state, "archived");
});

test("--wait alone waits for what was asked for before", async (t) => {
  const i = await ice(t);
  await i.hook({ tier: "Standard" })(await i.missing(), await context(i));
  assert.equal(await i.hook({ wait: true })(await i.missing(), await context(i)), "retry");
  assert.equal(i.answers.length, 2);
});

test("the ceiling and a tier the class lacks stop before money is spent", async (t) => {
  const i = await ice(t);
  await assert.rejects(i.hook({ tier: "Bulk", maxCost: 0.000001 })(await i.missing(), await context(i)), { code: "ceiling" });
  await assert.rejects(i.hook({ tier: "Expedited" })(await i.missing(), await context(i)), { code: "usage" });
  assert.deepEqual(i.answers, []);
});

test("--max-cost bounds the whole job: what an earlier run or round has paid for thaws still in effect counts", async (t) => {
  const i = await ice(t);
  await i.hook({})(await i.missing(), await context(i));
  const maxCost = i.quotes[0]!.offers[0]!.total * 0.75;
  const again = async (): Promise<void> => {
    await assert.rejects(i.hook({ tier: "Bulk", maxCost })(await i.missing(), await context(i)), { code: "ceiling" });
  };
  await again();
  assert.equal(i.answers.length, 1, "one of two packs fits");
  await again();
  assert.equal(i.answers.length, 1, "and it is remembered");
  await i.hook({ tier: "Bulk" })(await i.missing(), await context(i));
  assert.equal(i.answers.length, 2, "without a ceiling of one's own the quote is the ceiling");
  await i.t.days(30);
  await again();
  assert.equal(i.answers.length, 3, "what has run out belongs to a job that is over");
});

test("a server that keeps thaws out of LIST is asked by HEAD, and waiting ends when they are done", async (t) => {
  const i = await ice(t, true);
  const missing = await i.missing();
  const packs = missing.packs.map(({ id }) => id);
  assert.equal(await i.t.repo.confirmStates(packs), false, "nothing has been asked for");
  assert.equal(await i.hook({ tier: "Bulk", wait: true })(missing, await context(i)), "retry");
  assert.equal(i.answers.length, packs.length);
  await i.t.repo.packStates({ refresh: true });
  assert.equal(await i.t.repo.confirmStates(packs), true);
  assert.deepEqual(new Set([...(await i.t.repo.packStates())].map(([, { state }]) => state)), new Set(["hot", "thawed"]));
});
