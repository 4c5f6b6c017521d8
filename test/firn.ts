import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");

export interface FirnOptions {
  readonly repo?: string;
  readonly password?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  readonly cacheDir?: string;
  /** Runs as this user and group; only root may. */
  readonly uid?: number;
  /** Resolve whatever the exit code, rather than reject when it is not 0. */
  readonly anyStatus?: boolean;
  /** For Node, before the program. */
  readonly nodeFlags?: readonly string[];
}

export interface FirnFinished {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program as a user would, in a process of its own. */
export async function firn(args: readonly string[], options: FirnOptions = {}): Promise<FirnFinished> {
  const { status, stdout, stderr } = await startFirn(args, options).finished;
  if (status !== 0 && options.anyStatus !== true) throw new Error(`firn ${args.join(" ")} exited ${status}: ${stderr}`);
  return { status, stdout, stderr };
}

export interface RunningFirn {
  readonly child: ChildProcessWithoutNullStreams;
  readonly finished: Promise<FirnFinished & { readonly signal: NodeJS.Signals | null }>;
}

/** Compiled code kept between runs: a start takes a third of the time. Killed runs leave nothing in it. */
const compileCache = join(root, "node_modules/.cache/firn-test");

/** The same, still running: to be killed or interrupted. */
export function startFirn(args: readonly string[], options: FirnOptions = {}): RunningFirn {
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: process.env["HOME"] ?? "/nonexistent",
    NODE_COMPILE_CACHE: compileCache,
    ...(process.env["TZ"] === undefined ? {} : { TZ: process.env["TZ"] }),
    ...(options.repo === undefined ? {} : { RESTIC_REPOSITORY: options.repo }),
    ...(options.password === undefined ? {} : { RESTIC_PASSWORD: options.password }),
    ...options.env,
  };
  const cache = options.cacheDir === undefined ? ["--no-cache"] : ["--cache-dir", options.cacheDir];
  const argv = [...(options.nodeFlags ?? []), join(root, "bin/firn.js"), ...cache, ...args];
  const identity = options.uid === undefined ? {} : { uid: options.uid, gid: options.uid };
  const child = spawn(process.execPath, argv, { env, cwd: options.cwd ?? root, stdio: ["pipe", "pipe", "pipe"], ...identity });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input);
  const finished = new Promise<FirnFinished & { signal: NodeJS.Signals | null }>((done, fail) => {
    child.on("error", fail);
    child.on("close", (code, signal) =>
      done({ status: code ?? -1, signal, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    );
  });
  return { child, finished };
}
