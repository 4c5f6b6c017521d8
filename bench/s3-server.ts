import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";

export interface S3Server extends AsyncDisposable {
  /** Repository in the server's bucket, as restic names it. */
  repo(prefix: string): string;
  readonly env: Readonly<Record<string, string>>;
  /** Requests answered since the server started. */
  requests(): Promise<number>;
  storedBytes(prefix: string): Promise<number>;
}

const BUCKET = "bench";
const root = resolve(import.meta.dirname, "..");

/** icebox in a process of its own, at the end of a line with the given round trip. */
export async function startS3(roundTripMs: number): Promise<S3Server> {
  const children: ChildProcess[] = [];
  const start = async (...argv: string[]): Promise<string> => {
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ...argv], { stdio: ["ignore", "pipe", "inherit"] });
    children.push(child);
    const [line] = (await Promise.race([once(child.stdout, "data"), once(child, "exit")])) as [unknown];
    return String(line);
  };
  const said = await start(join(root, "icebox/bin/icebox.js"), "--port", "0", "--bucket", BUCKET);
  const direct = /http:\/\/[\d.]+:(\d+)/.exec(said);
  if (direct === null) throw new Error(`icebox did not start: ${said}`);
  const [endpoint, port] = direct;
  const near =
    roundTripMs === 0
      ? endpoint
      : `http://127.0.0.1:${(await start(join(root, "bench/delay-proxy.ts"), "--to", port!, "--round-trip", String(roundTripMs))).trim()}`;
  const ask = async (path: string): Promise<unknown> => (await fetch(`${endpoint}/_icebox/${path}`)).json();
  return {
    repo: (prefix) => `s3:${near}/${BUCKET}/${prefix}`,
    env: { AWS_ACCESS_KEY_ID: "icebox", AWS_SECRET_ACCESS_KEY: "icebox-secret", AWS_REGION: "us-east-1" },
    requests: async () => {
      const { operations } = (await ask("ledger")) as { operations: Readonly<Record<string, number>> };
      return Object.values(operations).reduce((sum, count) => sum + count, 0);
    },
    storedBytes: async (prefix) => {
      const objects = (await ask(`objects?bucket=${BUCKET}`)) as readonly { readonly key: string; readonly size: number }[];
      return objects.filter(({ key }) => key.startsWith(`${prefix}/`)).reduce((sum, { size }) => sum + size, 0);
    },
    [Symbol.asyncDispose]: async () => {
      for (const child of children) child.kill();
    },
  };
}
