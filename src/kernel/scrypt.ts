import { scrypt } from "node:crypto";
import type { Bytes } from "../base/bytes.ts";
import { FirnError } from "../base/error.ts";
import { MIB } from "../base/limits.ts";
import type { MasterKey } from "./master-key.ts";
import { laneThreads, scryptInThreads } from "./scrypt/lanes.ts";

export interface ScryptParams {
  readonly N: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Bytes;
}

export const SALT_LENGTH = 64;

/**
 * What new keys get: 32 MiB of memory, and p chosen so that one guess costs about half a second of one core, which is what
 * restic's calibration arrives at on common machines. Fixed, so that making a key does not depend on how busy the machine is.
 */
export const NEW_KEY_PARAMS = { N: 32_768, r: 8, p: 6 } as const;

/** A key file is not authenticated before it is derived from, so it must not be able to ask for any amount of memory. */
const MEMORY_MAX = 1024 * MIB;
const P_MAX = 1024;

/** Derives 64 bytes and splits them: encrypt, mac.k, mac.r (restic-format §1). */
export async function deriveKey(password: Bytes, params: ScryptParams): Promise<MasterKey> {
  checkParams(params);
  const derived = (await inThreads(password, params)) ?? (await inOpenSsl(password, params));
  return { encrypt: derived.subarray(0, 32), macK: derived.subarray(32, 48), macR: derived.subarray(48, 64) };
}

const DERIVED = 64;

/** Undefined when OpenSSL is the better choice, or no thread can be had. */
async function inThreads(password: Bytes, { salt, ...cost }: ScryptParams): Promise<Buffer | undefined> {
  const widths = laneThreads(cost);
  return widths.length === 0 ? undefined : scryptInThreads(password, salt, DERIVED, cost, widths).catch(() => undefined);
}

function inOpenSsl(password: Bytes, { N, r, p, salt }: ScryptParams): Promise<Buffer> {
  // OpenSSL counts the p·128·r block buffer as memory too.
  const maxmem = 128 * r * (N + p + 2) + MIB;
  return new Promise((resolve, reject) => {
    scrypt(password, salt, DERIVED, { N, r, p, maxmem }, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}

function checkParams({ N, r, p, salt }: ScryptParams): void {
  if (salt.length !== SALT_LENGTH) throw invalid(`the salt has ${salt.length} bytes, not ${SALT_LENGTH}`);
  if (!Number.isSafeInteger(N) || N < 2 || !Number.isInteger(Math.log2(N))) throw invalid(`N = ${N} is no power of two above 1`);
  if (!Number.isSafeInteger(r) || r < 1) throw invalid(`r = ${r} is out of range`);
  if (!Number.isSafeInteger(p) || p < 1 || p > P_MAX) throw invalid(`p = ${p} is out of range`);
  if (128 * N * r > MEMORY_MAX) throw invalid(`N = ${N} and r = ${r} ask for more than ${MEMORY_MAX / MIB} MiB of memory`);
}

function invalid(message: string): FirnError {
  return new FirnError({ code: "invalid-kdf", message: `scrypt: ${message}` });
}
