import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { utf8 } from "../../base/bytes.ts";
import type { PackId } from "../../base/id.ts";
import { CHECK_ROLE, type CheckContext, type CheckJob, type CheckResult, hireChecker } from "../check/check-worker.ts";
import { type Crew, loneCrew, startCrew } from "./crew.ts";
import { Permits } from "./permits.ts";
import { transferable } from "./transfer.ts";

const context: CheckContext = {
  role: CHECK_ROLE,
  key: { encrypt: new Uint8Array(32).fill(1), macK: new Uint8Array(16).fill(2), macR: new Uint8Array(16).fill(3) },
  permits: Permits.sharedBy(1),
};
const worker = new URL("../check/check-worker.ts", import.meta.url);

const CREWS: readonly { readonly name: string; readonly hire: () => Crew<CheckJob, CheckResult> }[] = [
  { name: "threads", hire: () => startCrew(worker, context, 2) },
  { name: "no threads", hire: () => loneCrew(hireChecker(context)) },
];

function jobOf(text: string): CheckJob {
  return { kind: "bytes", pack: "f".repeat(64) as PackId, bytes: Uint8Array.from(utf8(text)), expected: [] };
}

for (const { name, hire } of CREWS) {
  describe(`a crew with ${name}`, () => {
    test("answers every job with its own result, more jobs than hands", async () => {
      await using crew = hire();
      const texts = Array.from({ length: 40 }, (_, at) => "x".repeat(at + 10));
      const answers = await Promise.all(texts.map((text) => crew.run(jobOf(text))));
      for (const [at, answer] of answers.entries()) assert.match(answer.checks[0] ?? "", new RegExp(`of its ${at + 10} bytes`));
    });

    test("a job that throws rejects its own promise; the crew goes on", async () => {
      await using crew = hire();
      const broken = { ...jobOf("broken"), expected: null as unknown as [] };
      await assert.rejects(crew.run(broken), TypeError);
      assert.equal((await crew.run(jobOf("whole again"))).checks.length, 2);
    });
  });
}

test("without threads, timers and signals are heard between two jobs", async () => {
  await using crew = loneCrew<number, number>({ work: (job) => job });
  const order: string[] = [];
  const jobs = (async () => {
    for (let job = 0; job < 3; job++) order.push(`job ${await crew.run(job)}`);
  })();
  setImmediate(() => order.push("somebody else"));
  await jobs;
  assert.ok(order.indexOf("somebody else") < 2, order.join(", "));
});

test("a worker that cannot start rejects what it was given", async () => {
  await using crew = startCrew<CheckJob, CheckResult>(new URL("./there-is-no-such-worker.ts", import.meta.url), context, 1);
  await assert.rejects(crew.run(jobOf("anything")), /there-is-no-such-worker/);
  await assert.rejects(crew.run(jobOf("anything")));
});

test("an abort ends workers in the middle of their jobs", async () => {
  const quit = new AbortController();
  await using crew = startCrew<CheckJob, CheckResult>(worker, context, 2, quit.signal);
  await crew.run(jobOf("they are there"));
  const running = Array.from({ length: 8 }, () => crew.run(jobOf("x".repeat(1 << 24))));
  quit.abort(new Error("enough"));
  for (const job of await Promise.allSettled(running)) assert.match(job.status === "rejected" ? String(job.reason) : "answered", /enough/);
  await assert.rejects(crew.run(jobOf("one more")), /enough/);
});

test("a crew that is gone takes no jobs", async () => {
  const crew = startCrew<CheckJob, CheckResult>(worker, context, 1);
  await crew[Symbol.asyncDispose]();
  await assert.rejects(crew.run(jobOf("late")), /the crew is gone/);
});

test("only a buffer that belongs to nobody else is given away", () => {
  const whole = new Uint8Array(8);
  assert.deepEqual(transferable(whole), [whole.buffer]);
  assert.deepEqual(transferable(whole.subarray(1)), []);
  assert.deepEqual(transferable(whole.subarray(0, 4)), []);
});
