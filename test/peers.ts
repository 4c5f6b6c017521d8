import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** The programs firn is held against; `scripts/peers` installs them. */
export type Peer = "restic" | "moto";

const root = resolve(import.meta.dirname, "..");

function placeOf(peer: Peer): string {
  if (peer === "restic") return resolve(root, process.env["FIRN_RESTIC"] ?? ".peers/bin/restic");
  return resolve(root, process.env["FIRN_MOTO_PYTHON"] ?? ".peers/venv/bin/python");
}

/** Why a test without its peer must be skipped; false when the peer is there. Under CI=true its absence is a failure. */
export function withoutPeer(peer: Peer): string | false {
  if (existsSync(placeOf(peer))) return false;
  const why = `${peer} is not installed; run scripts/peers`;
  if (process.env["CI"] === "true") throw new Error(why);
  return why;
}

/** The peer's program, or undefined after skipping the test. Throws under CI=true. */
export function requirePeer(t: { skip(why: string): void }, peer: Peer): string | undefined {
  const why = withoutPeer(peer);
  if (why === false) return placeOf(peer);
  t.skip(why);
  return undefined;
}

export interface ResticOptions {
  readonly repo?: string;
  readonly password?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  /** Shared with firn when given; otherwise restic runs without a cache. */
  readonly cacheDir?: string;
  /** Resolve whatever the exit code, rather than reject when it is not 0. */
  readonly anyStatus?: boolean;
}

export interface Finished {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly stdoutBytes: Buffer;
}

export async function restic(args: readonly string[], options: ResticOptions = {}): Promise<Finished> {
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: process.env["HOME"] ?? "/nonexistent",
    RESTIC_PROGRESS_FPS: "0",
    ...(process.env["TZ"] === undefined ? {} : { TZ: process.env["TZ"] }),
    ...(process.env["TMPDIR"] === undefined ? {} : { TMPDIR: process.env["TMPDIR"] }),
    ...(options.repo === undefined ? {} : { RESTIC_REPOSITORY: options.repo }),
    ...(options.password === undefined ? {} : { RESTIC_PASSWORD: options.password }),
    ...options.env,
  };
  const cache = options.cacheDir === undefined ? ["--no-cache"] : ["--cache-dir", options.cacheDir];
  const finished = await run(placeOf("restic"), [...cache, ...args], { env, cwd: options.cwd ?? root }, options.input);
  if (finished.status === 0 || options.anyStatus === true) return finished;
  throw new Error(`restic ${args.join(" ")} exited ${finished.status}: ${finished.stderr || finished.stdout}`);
}

function run(
  program: string,
  args: readonly string[],
  options: { readonly env: Record<string, string>; readonly cwd: string },
  input: string | Uint8Array | undefined,
): Promise<Finished> {
  return new Promise((done, fail) => {
    const child = spawn(program, args, { ...options, stdio: ["pipe", "pipe", "pipe"] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    child.on("error", fail);
    child.on("close", (status) => {
      const stdoutBytes = Buffer.concat(out);
      done({ status: status ?? -1, stdout: stdoutBytes.toString(), stderr: Buffer.concat(err).toString(), stdoutBytes });
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}

export interface Moto {
  readonly endpoint: string;
  /** Forgets every bucket. */
  reset(): Promise<void>;
  /** What becomes of restores: thawed at once, or after a number of looks at the object. */
  thaw(how: "immediate" | number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts moto on a free port and waits until it answers. */
export async function startMoto(): Promise<Moto> {
  const port = await freePort();
  const child = spawn(placeOf("moto"), ["-m", "moto.server", "-H", "127.0.0.1", "-p", String(port)], { stdio: "ignore" });
  const endpoint = `http://127.0.0.1:${port}`;
  const post = async (path: string, body?: unknown): Promise<void> => {
    const answer = await fetch(`${endpoint}/moto-api/${path}`, {
      method: "POST",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`moto ${path}: ${answer.status} ${await answer.text()}`);
  };
  try {
    await answering(endpoint, child);
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  return {
    endpoint,
    reset: () => post("reset"),
    thaw: (how) =>
      post("state-manager/set-transition", {
        model_name: "s3::keyrestore",
        transition: how === "immediate" ? { progression: "immediate" } : { progression: "manual", times: how },
      }),
    stop: async () => {
      const ended = new Promise((done) => child.once("close", done));
      if (child.kill("SIGKILL")) await ended;
    },
  };
}

async function answering(endpoint: string, child: ChildProcess): Promise<void> {
  for (let i = 0; i < 300; i++) {
    if (child.exitCode !== null) throw new Error(`moto ended with ${child.exitCode} before it answered`);
    const answer = await fetch(`${endpoint}/moto-api/`).catch(() => undefined);
    if (answer?.ok === true) return;
    await sleep(100);
  }
  throw new Error("moto did not answer within 30 seconds");
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.on("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (typeof address === "object" && address !== null ? done(address.port) : fail(new Error("no port"))));
    });
  });
}
