import type { Command } from "commander";
import { init, parseRepositoryVersion } from "../../app/init.ts";
import type { SourceAccess } from "../../app/source-repository.ts";
import { FirnError } from "../../base/error.ts";
import type { Door } from "../door.ts";
import { globalsOf } from "../global-options.ts";

interface Flags {
  repositoryVersion: string;
  copyChunkerParams?: boolean;
  fromRepo?: string;
  fromRepositoryFile?: string;
  fromPasswordFile?: string;
  fromPasswordCommand?: string;
  fromInsecureNoPassword?: boolean;
  fromKeyHint?: string;
}

export function register(program: Command, door: Door): void {
  const command = program
    .command("init")
    .description("Create a new, empty repository")
    .option("--repository-version <version>", "version of the format, 1 or 2", "2");
  addSourceOptions(command);
  command.action(async (options: Flags) => {
    const globals = globalsOf(command);
    const made = await init(globals, door, {
      version: parseRepositoryVersion(options.repositoryVersion),
      copyChunkerFrom: sourceOf(options),
    });
    if (globals.json) {
      door.stdout.write(`${JSON.stringify({ message_type: "initialized", id: made.id, repository: made.location })}\n`);
    } else if (!globals.quiet) {
      door.stdout.write(`created repository ${made.id.slice(0, 10)} (version ${made.version}) at ${made.location}\n\n`);
      door.stdout.write(
        "Keep the password where you will still find it when this machine is gone:\nwithout it nobody can read the backups, you neither.\n",
      );
    }
  });
}

function addSourceOptions(command: Command): void {
  command
    .optionsGroup("Cut files as another repository does:")
    .option("--copy-chunker-params", "take over its chunker parameters, so that data copied from it is known again")
    .option("--from-repo <repository>", "where it is (default: $RESTIC_FROM_REPOSITORY)")
    .option("--from-repository-file <file>", "file to read its location from (default: $RESTIC_FROM_REPOSITORY_FILE)")
    .option("--from-password-file <file>", "file to read its password from (default: $RESTIC_FROM_PASSWORD_FILE)")
    .option("--from-password-command <command>", "command that prints its password (default: $RESTIC_FROM_PASSWORD_COMMAND)")
    .option("--from-insecure-no-password", "its password is empty")
    .option("--from-key-hint <key>", "id of its key to try first (default: $RESTIC_FROM_KEY_HINT)");
}

function sourceOf(flags: Flags): SourceAccess | undefined {
  const { fromRepo, fromRepositoryFile, fromPasswordFile, fromPasswordCommand, fromKeyHint } = flags;
  if (flags.copyChunkerParams === true) {
    return {
      repo: fromRepo,
      repositoryFile: fromRepositoryFile,
      passwordFile: fromPasswordFile,
      passwordCommand: fromPasswordCommand,
      insecureNoPassword: flags.fromInsecureNoPassword === true,
      keyHint: fromKeyHint,
    };
  }
  if (fromRepo === undefined && fromRepositoryFile === undefined) return undefined;
  throw new FirnError({
    code: "usage",
    message: "another repository is of use only for its chunker parameters",
    hint: "add --copy-chunker-params, or leave --from-repo out",
  });
}
