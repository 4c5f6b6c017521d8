import { availableParallelism } from "node:os";
import { pbkdf2Sync } from "node:crypto";
import type { Bytes } from "../../base/bytes.ts";
import { SCRYPT_EXTRA_BYTES_MAX } from "../../base/limits.ts";
import { compile } from "../wasm.ts";
import { ROMIX_WASM } from "./romix.generated.ts";

/** What scrypt is about, beside its password and salt (RFC 7914 §2). */
export interface ScryptCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** Below so much work a thread's start costs more than it saves: two lanes of new keys. */
const WORK_MIN = 2 * 32_768 * 8;
const THREADS_MAX = 2;

/**
 * How many lanes each thread is to carry out at once; empty when OpenSSL, which takes one lane after the other, is the better choice:
 * little work, or lanes so large that two at once would need too much memory.
 */
export function laneThreads({ N, r, p }: ScryptCost, cores = availableParallelism()): number[] {
  if (N * r * p < WORK_MIN) return [];
  const atOnce = Math.min(p, 1 + Math.floor(SCRYPT_EXTRA_BYTES_MAX / (128 * N * r)), 2 * Math.min(cores, THREADS_MAX));
  if (atOnce < 2) return [];
  return atOnce === 2 ? [2] : [2, atOnce - 2];
}

/**
 * scrypt (RFC 7914) with its lanes side by side on worker threads; undefined when this machine's WebAssembly has no SIMD.
 * A key of N = 32768, r = 8, p = 6 takes 0.27 s on two cores (0.39 s of CPU), OpenSSL 0.56 s.
 */
export async function scryptInThreads(
  password: Bytes,
  salt: Bytes,
  length: number,
  { N, r, p }: ScryptCost,
  widths: readonly number[],
): Promise<Buffer | undefined> {
  const module = compile(ROMIX_WASM);
  if (module === undefined) return undefined;
  const lanes = new SharedArrayBuffer(p * 128 * r);
  const bytes = new Uint8Array(lanes);
  bytes.set(pbkdf2Sync(password, salt, 1, bytes.length, "sha256"));
  const next = new SharedArrayBuffer(4);
  const { Worker } = await import("node:worker_threads");
  try {
    await Promise.all(widths.map((width) => romix(Worker, { module, n: N, rowBytes: 128 * r, lanes, next, width })));
    return pbkdf2Sync(password, bytes, 1, length, "sha256");
  } finally {
    bytes.fill(0);
  }
}

function romix(Worker: typeof import("node:worker_threads").Worker, workerData: object): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./romix-thread.js", import.meta.url), { workerData });
    worker.once("message", () => resolve());
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("the thread ended early")));
  });
}
