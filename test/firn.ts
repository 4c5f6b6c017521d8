import { spawn } from "node:child_process";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");

export interface FirnOptions {
  readonly repo?: string;
  readonly password?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  readonly cacheDir?: string;
  /** Resolve whatever the exit code, rather than reject when it is not 0. */
  readonly anyStatus?: boolean;
}

export interface FirnFinished {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program as a user would, in a process of its own. */
export function firn(args: readonly string[], options: FirnOptions = {}): Promise<FirnFinished> {
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: process.env["HOME"] ?? "/nonexistent",
    ...(process.env["TZ"] === undefined ? {} : { TZ: process.env["TZ"] }),
    ...(options.repo === undefined ? {} : { RESTIC_REPOSITORY: options.repo }),
    ...(options.password === undefined ? {} : { RESTIC_PASSWORD: options.password }),
    ...options.env,
  };
  const cache = options.cacheDir === undefined ? ["--no-cache"] : ["--cache-dir", options.cacheDir];
  const argv = [join(root, "bin/firn.js"), ...cache, ...args];
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, argv, { env, cwd: options.cwd ?? root, stdio: ["pipe", "pipe", "pipe"] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    child.on("error", fail);
    child.on("close", (code) => {
      const status = code ?? -1;
      const stderr = Buffer.concat(err).toString();
      if (status !== 0 && options.anyStatus !== true) return fail(new Error(`firn ${args.join(" ")} exited ${status}: ${stderr}`));
      return done({ status, stdout: Buffer.concat(out).toString(), stderr });
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input);
  });
}
