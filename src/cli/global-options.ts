import { type Command, Option } from "commander";
import type { Access } from "../app/access.ts";
import { FirnError } from "../base/error.ts";
import { parseGoDuration } from "../base/go-duration.ts";

/** The options every command understands, as restic names them. */
export interface GlobalOptions extends Access {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: number;
}

interface RawGlobals {
  repo?: string;
  repositoryFile?: string;
  passwordFile?: string;
  passwordCommand?: string;
  keyHint?: string;
  cache: boolean;
  cacheDir?: string;
  cleanupCache?: boolean;
  lock: boolean;
  retryLock?: string;
  limitUpload?: string;
  limitDownload?: string;
  compression?: string;
  packSize?: string;
  extraVerify: boolean;
  option?: string[];
  cacert?: string;
  tlsClientCert?: string;
  insecureTls?: boolean;
  httpUserAgent?: string;
  stuckRequestTimeout?: string;
  insecureNoPassword?: boolean;
  config?: string;
  json?: boolean;
  quiet?: boolean;
  verbose?: number;
}

export function addGlobalOptions(program: Command): void {
  const repository = "Repository:";
  const output = "Output:";
  const transfer = "Transfer and storage:";
  const group = (heading: string, option: Option): void => void program.addOption(option.helpGroup(heading));
  group(repository, new Option("-r, --repo <repository>", "where the repository is (default: $RESTIC_REPOSITORY)"));
  group(
    repository,
    new Option("--repository-file <file>", "file to read the repository's location from (default: $RESTIC_REPOSITORY_FILE)"),
  );
  group(repository, new Option("-p, --password-file <file>", "file to read the password from (default: $RESTIC_PASSWORD_FILE)"));
  group(repository, new Option("--password-command <command>", "command that prints the password (default: $RESTIC_PASSWORD_COMMAND)"));
  group(repository, new Option("--insecure-no-password", "use an empty password"));
  group(repository, new Option("--key-hint <key>", "id of the key to try first (default: $RESTIC_KEY_HINT)"));
  group(repository, new Option("--config <file>", "configuration file (default: $FIRN_CONFIG, ./firn.yaml, then the user's)"));
  group(repository, new Option("--no-lock", "do not lock the repository, for commands that only read"));
  group(repository, new Option("--retry-lock <duration>", "keep trying to lock a locked repository for so long, such as 5m"));
  group(output, new Option("--json", "print JSON for programs instead of text for people"));
  group(output, new Option("-q, --quiet", "print errors only"));
  group(output, new Option("-v, --verbose", "say more; twice says still more").argParser((_, before: number) => before + 1).default(0));
  group(transfer, new Option("--cache-dir <folder>", "local cache (default: $RESTIC_CACHE_DIR, shared with restic)"));
  group(transfer, new Option("--no-cache", "do without the local cache"));
  group(transfer, new Option("--cleanup-cache", "remove caches unused for 30 days"));
  group(transfer, new Option("--limit-upload <KiB/s>", "send at most so fast"));
  group(transfer, new Option("--limit-download <KiB/s>", "receive at most so fast"));
  group(transfer, new Option("--compression <mode>", "auto, off, fastest, better or max (default: $RESTIC_COMPRESSION, auto)"));
  group(transfer, new Option("--pack-size <MiB>", "aim at packs of this size, 4 to 128 (default: $RESTIC_PACK_SIZE, 16)"));
  group(transfer, new Option("--no-extra-verify", "do not check what is about to be stored once more"));
  group(transfer, new Option("-o, --option <key=value>", "backend option such as s3.region=eu-west-1; may be repeated").argParser(collect));
  group(transfer, new Option("--cacert <file>", "certificates to trust instead of the system's (default: $RESTIC_CACERT)"));
  group(transfer, new Option("--tls-client-cert <file>", "client certificate and key in PEM (default: $RESTIC_TLS_CLIENT_CERT)"));
  group(transfer, new Option("--insecure-tls", "do not check the server's certificate"));
  group(transfer, new Option("--stuck-request-timeout <duration>", "try again what makes no progress for so long (default: 2m)"));
  group(transfer, new Option("--http-user-agent <text>", "what to call the program towards the server, in addition"));
}

/** For options that may be repeated. */
export function collect(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value];
}

export function globalsOf(command: Command): GlobalOptions {
  const raw = command.optsWithGlobals<RawGlobals>();
  return {
    repo: raw.repo,
    repositoryFile: raw.repositoryFile,
    passwordFile: raw.passwordFile,
    passwordCommand: raw.passwordCommand,
    insecureNoPassword: raw.insecureNoPassword === true,
    keyHint: raw.keyHint,
    configFile: raw.config,
    useCache: raw.cache,
    cacheDir: raw.cacheDir,
    cleanupCache: raw.cleanupCache === true,
    useLock: raw.lock,
    retryLockMs: raw.retryLock === undefined ? 0 : parseGoDuration(raw.retryLock, "--retry-lock"),
    limitUploadKib: wholeNumber(raw.limitUpload, "--limit-upload"),
    limitDownloadKib: wholeNumber(raw.limitDownload, "--limit-download"),
    compression: raw.compression,
    packSizeMib: wholeNumber(raw.packSize, "--pack-size"),
    extraVerify: raw.extraVerify,
    backendOptions: backendOptions(raw.option ?? []),
    caCert: raw.cacert,
    tlsClientCert: raw.tlsClientCert,
    insecureTls: raw.insecureTls === true,
    stuckRequestMs: raw.stuckRequestTimeout === undefined ? undefined : parseGoDuration(raw.stuckRequestTimeout, "--stuck-request-timeout"),
    userAgent: raw.httpUserAgent,
    json: raw.json === true,
    quiet: raw.quiet === true,
    verbose: raw.verbose ?? 0,
  };
}

/** A non-negative whole number given to `flag`, or undefined when the flag was not given. */
export function wholeNumber(text: string | undefined, flag: string): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) {
    throw new FirnError({ code: "usage", message: `${flag}: ${JSON.stringify(text)} is not a whole number`, hint: "see --help" });
  }
  return Number(text);
}

function backendOptions(list: readonly string[]): Readonly<Record<string, string>> {
  const options: Record<string, string> = {};
  for (const item of list) {
    const at = item.indexOf("=");
    if (at <= 0) {
      throw new FirnError({
        code: "usage",
        message: `--option ${item}: not of the form key=value`,
        hint: "for example -o s3.region=eu-west-1",
      });
    }
    options[item.slice(0, at).trim().toLowerCase()] = item.slice(at + 1).trim();
  }
  return options;
}
