import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dlopen } from "node:ffi";

interface Request {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly ok: readonly number[];
}

const RUSAGE_CHILDREN = -1;
const KIB = 1024;

const request = JSON.parse(readFileSync(0, "utf8")) as Request;
const [program, ...args] = request.argv;
const began = performance.now();
const child = spawnSync(program!, args, { cwd: request.cwd, stdio: ["ignore", "ignore", "pipe"], maxBuffer: 64 * 1024 * 1024 });
const wallMs = performance.now() - began;
if (child.error !== undefined) throw child.error;
if (!request.ok.includes(child.status ?? -1)) {
  process.stderr.write(`exit ${child.status}: ${child.stderr.toString("utf8").slice(-4000)}`);
  process.exit(1);
}
process.stdout.write(JSON.stringify({ wallMs, ...childUsage() }));

/** struct rusage on 64-bit Linux and macOS: two timevals, then ru_maxrss (KiB on Linux, bytes on macOS). */
function childUsage(): { cpuMs: number; peakBytes: number } {
  const { functions } = dlopen(null, { getrusage: { arguments: ["int32", "buffer"], return: "int32" } });
  const usage = Buffer.alloc(256);
  functions.getrusage(RUSAGE_CHILDREN, usage);
  const seconds = (at: number): number => Number(usage.readBigInt64LE(at)) * 1000 + Number(usage.readBigInt64LE(at + 8)) / 1000;
  const unit = process.platform === "darwin" ? 1 : KIB;
  return { cpuMs: seconds(0) + seconds(16), peakBytes: Number(usage.readBigInt64LE(32)) * unit };
}
