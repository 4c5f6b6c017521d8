import { parseArgs } from "node:util";
import { DEFAULT_CREDENTIALS, startIcebox } from "./index.ts";
import type { ClockMode, Icebox, IceboxOptions } from "./index.ts";

const HELP = `icebox: an S3 server in one process, with archive classes, a clock that can be moved, faults on request and a ledger.

  npx icebox [--port 9000] [--host 127.0.0.1] [--dir DIR] [--clock wall|manual|ISO-DATE] [--bucket NAME]...

  --port N             port to listen on (9000; 0 takes a free one)
  --host HOST          address to listen on (127.0.0.1)
  --dir DIR            keep data, metadata and the ledger in a folder (default: in memory)
  --clock CLOCK        wall: runs with the machine; manual: stands at now; a date: stands there. Move it by POST /_icebox/clock
  --access-key KEY     (${DEFAULT_CREDENTIALS.accessKeyId})
  --secret-key SECRET  (${DEFAULT_CREDENTIALS.secretAccessKey})
  --bucket NAME        make a bucket; may be repeated
  --versioning         new buckets keep the versions of their objects
  --object-lock        new buckets have Object Lock, and versions with it
  --region REGION      for signatures and prices (us-east-1)
  --waits upper|spread thaws take the upper end of the published time, or any time within it
  --seed N             for everything random (1)

Beside S3: GET|POST /_icebox/clock   GET /_icebox/ledger   GET|POST|DELETE /_icebox/faults   GET /_icebox/objects?bucket=NAME   GET /_icebox/versions?bucket=NAME
`;

/** The door: the only place of icebox that knows the process it runs in. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    const options = readOptions(argv);
    if (options === undefined) {
      process.stdout.write(HELP);
      return;
    }
    const icebox = await startIcebox(options);
    process.stdout.write(`icebox listens on ${icebox.endpoint} (region ${icebox.region}, access key ${icebox.credentials.accessKeyId})\n`);
    closeOnSignal(icebox);
  } catch (error) {
    process.stderr.write(`icebox: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

function readOptions(argv: readonly string[]): IceboxOptions | undefined {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      help: { type: "boolean", short: "h" },
      port: { type: "string", default: "9000" },
      host: { type: "string", default: "127.0.0.1" },
      dir: { type: "string" },
      clock: { type: "string", default: "wall" },
      "access-key": { type: "string", default: DEFAULT_CREDENTIALS.accessKeyId },
      "secret-key": { type: "string", default: DEFAULT_CREDENTIALS.secretAccessKey },
      bucket: { type: "string", multiple: true, default: [] },
      versioning: { type: "boolean", default: false },
      "object-lock": { type: "boolean", default: false },
      region: { type: "string", default: "us-east-1" },
      waits: { type: "string", default: "upper" },
      seed: { type: "string", default: "1" },
    },
  });
  if (values.help === true) return undefined;
  if (values.waits !== "upper" && values.waits !== "spread") throw new RangeError(`--waits takes upper or spread, not ${values.waits}`);
  return {
    port: wholeNumber("--port", values.port),
    host: values.host,
    ...(values.dir === undefined ? {} : { dir: values.dir }),
    clock: readClock(values.clock),
    credentials: { accessKeyId: values["access-key"], secretAccessKey: values["secret-key"] },
    buckets: values.bucket,
    ...(values.versioning ? { versioning: "Enabled" } : {}),
    objectLock: values["object-lock"],
    region: values.region,
    waits: values.waits,
    seed: wholeNumber("--seed", values.seed),
  };
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new RangeError(`${name} takes a number, not ${text}`);
  return Number(text);
}

function readClock(text: string): ClockMode {
  if (text === "wall") return "wall";
  if (text === "manual") return { start: Date.now() };
  const start = Date.parse(text);
  if (Number.isNaN(start)) throw new RangeError(`--clock takes wall, manual or a date such as 2026-01-01T00:00:00Z, not ${text}`);
  return { start };
}

function closeOnSignal(icebox: Icebox): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void icebox.close());
}
