import { readFile } from "node:fs/promises";
import { type Bytes, utf8 } from "../base/bytes.ts";
import { EXIT, FirnError } from "../base/error.ts";
import type { World } from "../base/world.ts";
import type { Access, ConfiguredAccess } from "./access.ts";
import { splitShellWords } from "./shell-words.ts";

export type AskPassword = (prompt: string) => Promise<string | undefined>;

/**
 * The repository's password (restic-format §1.1): command or file by flag, then by environment, then RESTIC_PASSWORD as it is, then firn.yaml,
 * then the terminal. An empty one is taken only with --insecure-no-password.
 */
export async function resolvePassword(access: Access, configured: ConfiguredAccess, world: World, ask: AskPassword): Promise<Bytes> {
  if (access.insecureNoPassword) return utf8("");
  const found = (await givenPassword(access, configured, world)) ?? (await ask("enter password for repository: "));
  if (found === undefined) {
    throw new FirnError({
      code: "no-password",
      message: "no password was given, and nobody is there to ask",
      hint: "set RESTIC_PASSWORD_FILE or RESTIC_PASSWORD_COMMAND, or use --password-file or --password-command",
      exitCode: EXIT.error,
    });
  }
  return notEmpty(found);
}

async function givenPassword(access: Access, configured: ConfiguredAccess, world: World): Promise<string | undefined> {
  const env = world.env;
  const command = access.passwordCommand ?? (access.passwordFile === undefined ? env["RESTIC_PASSWORD_COMMAND"] : undefined);
  const file = access.passwordFile ?? (access.passwordCommand === undefined ? env["RESTIC_PASSWORD_FILE"] : undefined);
  if (command && file) {
    throw new FirnError({ code: "usage", message: "both a password file and a password command are set", hint: "give one of them" });
  }
  if (command) return fromCommand(command);
  if (file) return passwordFromFile(file);
  if (env["RESTIC_PASSWORD"]) return env["RESTIC_PASSWORD"];
  if (configured.passwordCommand !== undefined) return fromCommand(configured.passwordCommand);
  if (configured.passwordFile !== undefined) return passwordFromFile(configured.passwordFile);
  return undefined;
}

/** Reads a password file: UTF-8 or UTF-16 by its byte order mark, outer white space dropped. */
export async function passwordFromFile(file: string): Promise<string> {
  try {
    return decodeText(await readFile(file)).trim();
  } catch (cause) {
    throw new FirnError({
      code: "no-password",
      message: `cannot read the password file ${file}: ${(cause as Error).message}`,
      hint: "check the path and its permissions",
      cause,
    });
  }
}

function decodeText(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  return new TextDecoder("utf-8").decode(bytes);
}

async function fromCommand(command: string): Promise<string> {
  const [program, ...args] = splitShellWords(command);
  if (program === undefined) throw new FirnError({ code: "usage", message: "the password command is empty" });
  // Loaded for nothing they take 4 ms of every start.
  const [{ execFile }, { promisify }] = await Promise.all([import("node:child_process"), import("node:util")]);
  try {
    const { stdout } = await promisify(execFile)(program, args, { encoding: "utf8", timeout: PASSWORD_COMMAND_TIMEOUT_MS });
    return stdout.trim();
  } catch (cause) {
    // The error's own text would repeat the command's arguments, which may hold a secret.
    const code = (cause as { code?: string | number }).code;
    throw new FirnError({
      code: "no-password",
      message: `the password command ${program} failed (${String(code ?? "killed")})`,
      hint: "run it by hand and look at what it says",
    });
  }
}

const PASSWORD_COMMAND_TIMEOUT_MS = 10 * 60_000;

function notEmpty(text: string): Bytes {
  if (text !== "") return utf8(text);
  throw new FirnError({
    code: "no-password",
    message: "an empty password is not allowed",
    hint: "use --insecure-no-password if the repository really has none",
  });
}
