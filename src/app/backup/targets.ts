import type { Readable } from "node:stream";
import { type Bytes, textLossy, utf8 } from "../../base/bytes.ts";
import { FirnError } from "../../base/error.ts";
import type { Listener } from "../../base/event.ts";
import { filesFromGlobs, filesFromRaw, filesFromVerbatim, readListFile } from "../../source/files-from.ts";
import { absolutePath } from "../../source/path.ts";
import { isErrno } from "../../source/posix/posix-error.ts";
import { posixFs } from "../../source/source-fs.ts";

/** Where targets are named. Relative ones are taken from `cwd`. */
export interface TargetLists {
  readonly targets: readonly string[];
  readonly filesFrom: readonly string[];
  readonly filesFromVerbatim: readonly string[];
  readonly filesFromRaw: readonly string[];
  readonly cwd: string;
}

export interface CollectedTargets {
  readonly paths: readonly Bytes[];
  /** Targets that do not exist or cannot be reached; each was warned of. */
  readonly missing: number;
}

/** All targets in restic's order: lists first, then the command line. At least one must exist. */
export async function collectTargets(
  lists: TargetLists,
  caller: { readonly stdin: Readable; readonly emit: Listener },
): Promise<CollectedTargets> {
  const warn = (message: string): void => caller.emit({ kind: "warning", message });
  const input = await readStdinFor(lists, caller.stdin);
  const named: Bytes[] = [];
  for (const name of lists.filesFrom)
    named.push(
      ...filesFromGlobs(
        readListFile(name, () => input),
        posixFs,
        warn,
      ),
    );
  for (const name of lists.filesFromVerbatim) named.push(...filesFromVerbatim(readListFile(name, () => input)));
  for (const name of lists.filesFromRaw)
    named.push(
      ...filesFromRaw(
        readListFile(name, () => input),
        name,
      ),
    );
  named.push(...lists.targets.map(utf8));
  if (named.length === 0) {
    throw new FirnError({
      code: "usage",
      message: "nothing to back up was named",
      hint: "give files or folders, or --files-from, or --stdin",
    });
  }
  const cwd = utf8(lists.cwd);
  const paths = named.filter((path) => exists(path, cwd, warn));
  if (paths.length === 0) {
    throw new FirnError({ code: "no-source", message: "none of the files and folders to back up exists", hint: "check their names" });
  }
  return { paths, missing: named.length - paths.length };
}

function exists(path: Bytes, cwd: Bytes, warn: (message: string) => void): boolean {
  try {
    posixFs.lstat(absolutePath(path, cwd));
    return true;
  } catch (error) {
    warn(`${textLossy(path)} ${isErrno(error, "ENOENT") ? "does not exist" : "cannot be accessed"}, skipping`);
    return false;
  }
}

/** Standard input, when one of the lists is "-". */
async function readStdinFor(lists: TargetLists, stdin: Readable): Promise<Bytes> {
  const names = [...lists.filesFrom, ...lists.filesFromVerbatim, ...lists.filesFromRaw];
  if (!names.includes("-")) return new Uint8Array(0);
  const parts: Uint8Array[] = [];
  for await (const part of stdin) parts.push(part as Uint8Array);
  return Buffer.concat(parts);
}
