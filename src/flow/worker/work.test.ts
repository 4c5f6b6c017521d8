import assert from "node:assert/strict";
import { createHash, randomFillSync } from "node:crypto";
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type Bytes, concatBytes, utf8 } from "../../base/bytes.ts";
import type { Event } from "../../base/event.ts";
import { asId, type BlobId } from "../../base/id.ts";
import { CHUNK_MIN } from "../../kernel/chunker.ts";
import { createBlobWriter } from "../../repo/packer.ts";
import type { Repository } from "../../repo/repository.ts";
import { memoryRepository, type MemoryRepositoryOptions, putBlob } from "../../repo/testing.ts";
import { StoreError } from "../../store/store-error.ts";
import { workInline } from "./inline-run.ts";
import { type ListOutcome, type ListResult, type ListTask, type ListTotals, type ListTools, ListWork } from "./testing.ts";
import { workInThreads } from "./thread-run.ts";
import { startThreads } from "./threads.ts";
import type { WorkDone, WorkOrder } from "./work-order.ts";

const folder = mkdtempSync(join(tmpdir(), "firn-worker-"));
after(() => rmSync(folder, { recursive: true, force: true }));

type Runner = (repo: Repository, paths: readonly string[], changes?: Partial<WorkOrder>) => Promise<WorkDone<ListResult, ListTotals>>;

function orderWith(changes: Partial<WorkOrder>): WorkOrder {
  const signal = new AbortController().signal;
  return { usable: undefined, dryRun: false, items: true, emit: () => undefined, signal, ...changes };
}

const inline: Runner = (repo, paths, changes = {}) =>
  workInline<ListTask, ListResult, ListTotals>(repo, orderWith(changes), {
    open: (tools: ListTools) => new ListWork(tools),
    root: { paths },
  });

function onThreads(count: number): Runner {
  return async (repo, paths, changes = {}) => {
    await using threads = startThreads(count, new URL("./testing-thread.ts", import.meta.url));
    return await workInThreads<ListResult, ListTotals>(threads, repo, orderWith(changes), { plan: {}, root: { paths } });
  };
}

const runners: readonly [string, Runner][] = [
  ["inline", inline],
  ["one thread", onThreads(1)],
  ["three threads", onThreads(3)],
];

async function emptyRepository(options: MemoryRepositoryOptions = {}) {
  const made = await memoryRepository({ packSizeMib: 4, ...options });
  await made.repo.loadIndex();
  return made;
}

function file(name: string, content: Bytes): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function noise(length: number): Bytes {
  return randomFillSync(new Uint8Array(length));
}

function saved(outcome: ListOutcome | undefined): Extract<ListOutcome, { kind: "saved" }> {
  assert.ok(outcome?.kind === "saved", JSON.stringify(outcome));
  return outcome;
}

/** The file as another process would read it from what was stored. */
async function restored(repo: Repository, outcome: ListOutcome | undefined): Promise<Bytes> {
  const parts = saved(outcome).content.map((id) => repo.loadBlob({ type: "data", id: asId<"blob">(id) }));
  return concatBytes(await Promise.all(parts));
}

function sha(bytes: Bytes): BlobId {
  return asId(createHash("sha256").update(bytes).digest("hex"));
}

function packs(store: { readonly objects: ReadonlyMap<string, unknown> }): string[] {
  return [...store.objects.keys()].filter((key) => key.startsWith("data/"));
}

for (const [name, run] of runners) {
  test(`${name}: small files, empty files and equal files are stored once and come back`, async () => {
    const { repo, reopen } = await emptyRepository();
    const contents = Array.from({ length: 300 }, (_, k) =>
      k % 50 === 7 ? noise(700_000 + k) : utf8(k % 9 === 0 ? "" : `file ${k % 200}`),
    );
    const paths = contents.map((content, k) => file(`${name}-q${k}`, content));
    const { result, totals } = await run(repo, paths);
    assert.equal(
      totals.reduce((sum, { files }) => sum + files, 0),
      contents.length,
    );
    const again = await reopen();
    await again.loadIndex();
    for (const [k, content] of contents.entries()) {
      assert.ok(Buffer.from(await restored(again, result.outcomes[k])).equals(content), String(k));
      assert.equal(saved(result.outcomes[k]).size, content.length);
    }
    const added = result.outcomes.reduce((sum, outcome) => sum + saved(outcome).added.blobs, 0);
    assert.equal(added, new Set(result.outcomes.flatMap((outcome) => saved(outcome).content)).size);
    const data = [...again.index.entries()].filter(({ type }) => type === "data");
    assert.equal(data.length, added, "no blob is stored twice");
    assert.ok(repo.index.has("data", saved(result.outcomes[1]).content[0]!), "this process knows of it, too");
  });

  test(`${name}: a file larger than the ring comes back byte for byte, and once only`, async () => {
    const { repo } = await emptyRepository({ compression: "off" });
    const content = concatBytes([noise(30_000_000), new Uint8Array(25_000_000), noise(1_000_001)]);
    const path = file(`${name}-large`, content);
    let read = 0;
    const emit = (event: Event): void => void (read += event.kind === "advance" ? (event.bytes ?? 0) : 0);
    const first = await run(repo, [path, file(`${name}-beside`, noise(100))], { emit });
    assert.equal(read, content.length + 100);
    assert.ok(Buffer.from(await restored(repo, first.result.outcomes[0])).equals(content));
    const again = await run(repo, [path]);
    assert.deepEqual(saved(again.result.outcomes[0]).content, saved(first.result.outcomes[0]).content);
    assert.equal(saved(again.result.outcomes[0]).added.blobs, 0);
  });

  test(`${name}: zeros between data, and nothing but zeros, come back and are one chunk`, async () => {
    const { repo } = await emptyRepository();
    const holes = concatBytes([new Uint8Array(3_000_000), noise(2_000_000), new Uint8Array(9_000_001), noise(1_000_000)]);
    const zeros = new Uint8Array(20 * CHUNK_MIN + 7);
    const { result } = await run(repo, [file(`${name}-holes`, holes), file(`${name}-zeros`, zeros), file(`${name}-zeros2`, zeros)]);
    for (const [k, content] of [holes, zeros, zeros].entries()) {
      assert.ok(Buffer.from(await restored(repo, result.outcomes[k])).equals(content), String(k));
      assert.equal(saved(result.outcomes[k]).size, content.length);
    }
    assert.equal(new Set(saved(result.outcomes[1]).content).size, 2);
    const added = result.outcomes.reduce((sum, outcome) => sum + saved(outcome).added.blobs, 0);
    assert.equal(added, new Set(result.outcomes.flatMap((outcome) => saved(outcome).content)).size);
  });

  test(`${name}: what cannot be read fails by itself`, async () => {
    const { repo } = await emptyRepository();
    symlinkSync("/etc/passwd", join(folder, `${name}-link`));
    mkdirSync(join(folder, `${name}-dir`));
    const names = ["gone", `${name}-link`, `${name}-dir`].map((one) => join(folder, one));
    const { result } = await run(repo, [...names, file(`${name}-ok`, utf8("ok"))]);
    assert.deepEqual(
      result.outcomes.map((o) => (o.kind === "failed" ? o.code : o.kind)),
      ["ENOENT", "ELOOP", "EINVAL", "saved"],
    );
    assert.match((result.outcomes[0] as { message: string }).message, /^open .*gone: no such file or directory$/);
  });

  test(`${name}: a copy in a pack that does not count is no copy`, async () => {
    const { repo } = await emptyRepository();
    const writer = createBlobWriter(repo);
    const content = utf8("known already");
    await putBlob(repo, writer, "data", content);
    await writer.flush();
    const path = file(`${name}-known`, content);
    const counted = await run(repo, [path]);
    assert.equal(saved(counted.result.outcomes[0]).added.blobs, 0);
    const frozen = await run(repo, [path, path], { usable: repo.index.view.newPackSet() });
    assert.equal(saved(frozen.result.outcomes[0]).added.blobs + saved(frozen.result.outcomes[1]).added.blobs, 1);
    assert.equal(repo.index.lookup("data", sha(content)).length, 2);
  });

  test(`${name}: small packs of all threads are put together, none holds both trees and data`, async () => {
    const { repo, store } = await emptyRepository();
    const paths = Array.from({ length: 60 }, (_, k) => file(`${name}-p${k}`, noise(5_000)));
    await run(repo, paths);
    assert.equal(packs(store).length, 2);
  });

  test(`${name}: a dry run counts and stores nothing`, async () => {
    const { repo, store } = await emptyRepository();
    const { result } = await run(repo, [file(`${name}-dry`, noise(2_000_000))], { dryRun: true });
    assert.ok(saved(result.outcomes[0]).added.stored > 2_000_000);
    assert.deepEqual(packs(store), []);
  });

  test(`${name}: a tree may be asked for, and one that is not there is an answer, too`, async () => {
    const { repo } = await emptyRepository();
    const writer = createBlobWriter(repo);
    const id = await putBlob(repo, writer, "tree", utf8("a tree"));
    await writer.flush();
    const { result } = await run(repo, [`tree ${id}`, `tree ${"0".repeat(64)}`]);
    assert.deepEqual(result.outcomes[0], { kind: "tree", text: "a tree" });
    assert.match((result.outcomes[1] as { text: string }).text, /0000/);
  });

  test(`${name}: a store that refuses ends the run with its error and nothing is listed`, async () => {
    let puts = 0;
    const { repo, store } = await emptyRepository({
      compression: "off",
      wrap: (inner) => ({
        ...inner,
        put: async (key, body, options) => {
          if (key.startsWith("data/") && ++puts === 2) throw new StoreError({ code: "no-space", message: "disk full" });
          await inner.put(key, body, options);
        },
      }),
    });
    const paths = Array.from({ length: 8 }, (_, k) => file(`${name}-full${k}`, noise(5_000_000)));
    await assert.rejects(run(repo, paths), { code: "no-space" });
    assert.deepEqual(
      [...store.objects.keys()].filter((key) => key.startsWith("index/")),
      [],
    );
  });

  test(`${name}: a store that is slow holds the work back, and everything arrives`, async () => {
    let waiting = 0;
    let most = 0;
    const { repo } = await emptyRepository({
      compression: "off",
      wrap: (inner) => ({
        ...inner,
        put: async (key, body, options) => {
          most = Math.max(most, ++waiting);
          await new Promise((resolve) => setTimeout(resolve, 20));
          await inner.put(key, body, options);
          waiting--;
        },
      }),
    });
    const content = noise(60_000_000);
    const { result } = await run(repo, [file(`${name}-slow`, content)]);
    assert.ok(Buffer.from(await restored(repo, result.outcomes[0])).equals(content));
    assert.ok(most <= repo.store.connections, String(most));
  });

  test(`${name}: work that breaks ends the run with what it threw`, async () => {
    const { repo } = await emptyRepository();
    const paths = Array.from({ length: 20 }, (_, k) => file(`${name}-b${k}`, noise(50_000)));
    await assert.rejects(run(repo, [...paths, "!it broke"]), /it broke/);
  });

  test(`${name}: the wish to stop ends the run, also in the midst of a large file`, async () => {
    const { repo } = await emptyRepository();
    const controller = new AbortController();
    const large = join(folder, `${name}-sparse`);
    writeFileSync(large, "");
    truncateSync(large, 20 * 1024 ** 3);
    const emit = (event: Event): void => {
      if (event.kind === "advance") controller.abort(new Error("ctrl-C"));
    };
    await assert.rejects(run(repo, [large], { signal: controller.signal, emit }), /ctrl-C/);
    truncateSync(large, 0);
    await assert.rejects(run(repo, [large], { signal: AbortSignal.abort(new Error("too late")) }), /too late/);
  });

  test(`${name}: a file that grew since it was looked at is read whole`, async () => {
    const { repo } = await emptyRepository();
    const path = file(`${name}-grown`, utf8("short"));
    appendFileSync(path, noise(CHUNK_MIN + 5));
    const { result } = await run(repo, [path]);
    assert.equal(saved(result.outcomes[0]).size, CHUNK_MIN + 10);
  });
}

test("permission is refused file by file", { skip: process.getuid?.() === 0 ? "root may read everything" : false }, async () => {
  const { repo } = await emptyRepository();
  const secret = file("secret", utf8("x"));
  chmodSync(secret, 0);
  const { result } = await inline(repo, [secret]);
  assert.equal((result.outcomes[0] as { code?: string }).code, "EACCES");
});

test("a thread that ends by itself ends the run", async () => {
  const { repo } = await emptyRepository();
  const dead = new URL(`data:text/javascript,process.exit(7)`);
  await using threads = startThreads(2, dead);
  await assert.rejects(workInThreads(threads, repo, orderWith({}), { plan: {}, root: { paths: [] } }), { code: "worker-died" });
});
