import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import process from "node:process";

export type Task =
  | { readonly kind: "version" }
  | { readonly kind: "init" }
  | { readonly kind: "backup"; readonly paths: readonly string[] }
  | { readonly kind: "restore"; readonly target: string }
  | { readonly kind: "check" };

/** A program that does the jobs. Repositories are named as restic names them: a folder, or `s3:http://host:port/bucket/prefix`. */
export interface Contender {
  readonly name: string;
  readonly version: string;
  readonly argv: readonly string[];
  env(repo: string, cache: string): Readonly<Record<string, string>>;
  args(task: Task): readonly string[];
}

export const PASSWORD = "bench";
const root = resolve(import.meta.dirname, "..");

export interface Wanted {
  /** Only these; all that are there unless given. */
  readonly names: readonly string[] | undefined;
  /** Another checkout of Firnline, to compare a change with what was before it. */
  readonly before: string | undefined;
}

/** Firnline first, then whoever is installed: restic and rustic in `.peers/bin`, on PATH, or named by FIRN_RESTIC and FIRN_RUSTIC. */
export function findContenders({ names, before }: Wanted): Contender[] {
  const found = [firnOf("firn", root)];
  if (before !== undefined) found.push(firnOf("before", before));
  const restic = find("restic", process.env["FIRN_RESTIC"]);
  if (restic !== undefined) {
    found.push({ name: "restic", argv: [restic], version: firstLine([restic, "version"]), env: resticEnv, args: resticArgs });
  }
  const rustic = find("rustic", process.env["FIRN_RUSTIC"]);
  if (rustic !== undefined) {
    found.push({ name: "rustic", argv: [rustic], version: firstLine([rustic, "--version"]), env: rusticEnv, args: rusticArgs });
  }
  return names === undefined ? found : found.filter(({ name }) => names.includes(name));
}

function firnOf(name: string, checkout: string): Contender {
  const argv = [process.execPath, "--disable-warning=ExperimentalWarning", resolve(checkout, "bin/firn.js")];
  return { name, argv, version: firstLine([...argv, "version"]), env: resticEnv, args: resticArgs };
}

function find(name: string, named: string | undefined): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, name));
  return [named ?? "", join(root, ".peers/bin", name), ...folders].find((path) => path !== "" && existsSync(path));
}

function firstLine([program, ...args]: readonly string[]): string {
  const { stdout } = spawnSync(program!, args, { encoding: "utf8" });
  return (stdout ?? "").split("\n", 1)[0]!.trim();
}

/** Firnline reads restic's environment, so that both are called alike. */
function resticEnv(repo: string, cache: string): Record<string, string> {
  return { RESTIC_REPOSITORY: repo, RESTIC_PASSWORD: PASSWORD, RESTIC_CACHE_DIR: cache, RESTIC_PROGRESS_FPS: "0.01" };
}

function resticArgs(task: Task): readonly string[] {
  switch (task.kind) {
    case "version":
      return ["version"];
    case "init":
      return ["init"];
    case "backup":
      return ["backup", "--quiet", ...task.paths];
    case "restore":
      return ["restore", "latest", "--quiet", "--target", task.target];
    case "check":
      return ["check", "--read-data", "--quiet"];
  }
}

function rusticEnv(repo: string, cache: string): Record<string, string> {
  const common = { RUSTIC_PASSWORD: PASSWORD, RUSTIC_CACHE_DIR: cache, RUSTIC_NO_PROGRESS: "true", RUSTIC_LOG_LEVEL: "warn" };
  const s3 = /^s3:(https?:\/\/[^/]+)\/([^/]+)\/(.*)$/.exec(repo);
  if (s3 === null) return { ...common, RUSTIC_REPOSITORY: repo };
  const [, endpoint, bucket, prefix] = s3;
  return {
    ...common,
    RUSTIC_REPOSITORY: "opendal:s3",
    OPENDAL_ENDPOINT: endpoint!,
    OPENDAL_BUCKET: bucket!,
    OPENDAL_ROOT: `/${prefix!}`,
    OPENDAL_REGION: process.env["AWS_REGION"] ?? "us-east-1",
  };
}

function rusticArgs(task: Task): readonly string[] {
  switch (task.kind) {
    case "version":
      return ["--version"];
    case "init":
      return ["init"];
    case "backup":
      return ["backup", ...task.paths];
    case "restore":
      return ["restore", "latest", task.target];
    case "check":
      return ["check", "--read-data"];
  }
}
