import assert from "node:assert/strict";
import { randomFillSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { memoryRepository } from "../../repo/testing.ts";
import type { MemoryStore } from "../../store/memory.ts";
import type { ObjectStore, PutOptions } from "../../store/object-store.ts";
import { StoreError } from "../../store/store-error.ts";
import { workInline } from "./inline-run.ts";
import { type ListResult, type ListTask, type ListTotals, ListWork } from "./testing.ts";
import { workInThreads } from "./thread-run.ts";
import { startThreads } from "./threads.ts";
import type { WorkOrder } from "./work-order.ts";

const folder = mkdtempSync(join(tmpdir(), "firn-refusing-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, "file");
writeFileSync(path, randomFillSync(new Uint8Array(60_000_000)));

/** Backs up one file to a store whose packs are put by `put`, longer under way than it takes to fill as many as may wait. */
async function backup(threads: number, signal: AbortSignal, put: (options: PutOptions | undefined) => Promise<never>): Promise<unknown> {
  const wrap = (inner: MemoryStore): ObjectStore => ({
    ...inner,
    put: (key, body, options) => (key.startsWith("data/") ? put(options) : inner.put(key, body, options)),
  });
  const { repo } = await memoryRepository({ packSizeMib: 4, compression: "off", wrap });
  await repo.loadIndex();
  const order: WorkOrder = { usable: undefined, dryRun: false, items: false, emit: () => undefined, signal };
  const root: ListTask = { paths: [path] };
  if (threads === 0) return workInline<ListTask, ListResult, ListTotals>(repo, order, { open: (tools) => new ListWork(tools), root });
  await using crew = startThreads(threads, new URL("./testing-thread.ts", import.meta.url));
  return await workInThreads<ListResult, ListTotals>(crew, repo, order, { plan: {}, root });
}

for (const threads of [0, 1, 3]) {
  test(`${threads} threads: a store that refuses is heard of when all that can be done is to wait for it`, async () => {
    const refuse = async (): Promise<never> => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      throw new StoreError({ code: "no-space", message: "disk full" });
    };
    await assert.rejects(backup(threads, new AbortController().signal, refuse), { code: "no-space" });
  });

  test(`${threads} threads: the wish to stop is heard while a store does not answer`, async () => {
    const controller = new AbortController();
    const mute = (options: PutOptions | undefined): Promise<never> => {
      setTimeout(() => controller.abort(new Error("ctrl-C")), 500);
      return new Promise((_, reject) => options?.signal?.addEventListener("abort", () => reject(new Error("aborted"))));
    };
    await assert.rejects(backup(threads, controller.signal, mute), /ctrl-C/);
  });
}
