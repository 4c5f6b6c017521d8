import assert from "node:assert/strict";
import { randomFillSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { memoryRepository } from "../../repo/testing.ts";
import { workInThreads } from "./thread-run.ts";
import { startThreads } from "./threads.ts";
import type { WorkOrder } from "./work-order.ts";

const folder = mkdtempSync(join(tmpdir(), "firn-death-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const paths = Array.from({ length: 200 }, (_, k) => {
  const path = join(folder, String(k));
  writeFileSync(path, randomFillSync(new Uint8Array(k % 20 === 0 ? 3_000_000 : 20_000)));
  return path;
});
const module = new URL("./testing-death.ts", import.meta.url);

/** Three threads, of which one comes to grief at some moment; nothing must be listed then, and nothing hang. */
async function backup(plan: { way: string; at: string; thread: number }, signal: AbortSignal): Promise<unknown> {
  const { repo, store } = await memoryRepository({ packSizeMib: 4 });
  await repo.loadIndex();
  const order: WorkOrder = { usable: undefined, dryRun: false, items: false, emit: () => undefined, signal };
  try {
    await using threads = startThreads(3, module);
    return await workInThreads(threads, repo, order, { plan, root: { paths } });
  } finally {
    assert.deepEqual(
      [...store.objects.keys()].filter((key) => key.startsWith("index/")),
      [],
    );
  }
}

for (const at of ["step", "seal", "join", "totals"]) {
  for (const thread of at === "join" ? [0] : [0, 1]) {
    test(`a thread that ends, breaks or is stopped ends the run: ${at} in thread ${thread}`, async () => {
      const never = new AbortController().signal;
      await assert.rejects(backup({ way: "exit", at, thread }, never), { code: "worker-died" });
      await assert.rejects(backup({ way: "throw", at, thread }, never), /cannot be told|could not be cloned/);
      const soon = new AbortController();
      setTimeout(() => soon.abort(new Error("ctrl-C")), 700);
      await assert.rejects(backup({ way: "wait", at, thread }, soon.signal), /ctrl-C/);
    });
  }
}
