import { type Bytes, textLossy } from "../base/bytes.ts";
import { FirnError } from "../base/error.ts";
import { fromLatin, joinName, SLASH, toLatin } from "./path.ts";

/**
 * Paths below a restore's target: names joined by slashes, relative, the target itself is the empty path. Names come from
 * snapshots, which anyone with the repository's key may have written, so each is checked before it becomes part of a path.
 */
export const TARGET_ROOT: Bytes = Buffer.alloc(0);

const DOT = 0x2e;

/** A name that could lead out of the target or that no file system can hold. The entry is not restored. */
export class HostileNameError extends FirnError {
  readonly bytes: Bytes;

  constructor(name: Bytes) {
    super({
      code: "hostile-name",
      message: `invalid name in snapshot: ${JSON.stringify(textLossy(name))}`,
      hint: "the snapshot was made by a faulty or hostile program; everything else is restored",
    });
    this.bytes = name;
  }
}

export function isSafeName(name: Bytes): boolean {
  for (const byte of name) if (byte === SLASH || byte === 0) return false;
  if (name.length > 2) return true;
  return name.some((byte) => byte !== DOT);
}

/** The path of an entry in a directory of the target. Throws HostileNameError. */
export function childPath(parent: Bytes, name: Bytes): Bytes {
  if (!isSafeName(name)) throw new HostileNameError(name);
  return joinName(parent, name);
}

/** The names of a path, each checked again: the last gate before the file system. */
export function targetNames(path: Bytes): string[] {
  if (path.length === 0) return [];
  const names = toLatin(path).split("/");
  for (const name of names) {
    const bytes = fromLatin(name);
    if (!isSafeName(bytes)) throw new HostileNameError(bytes);
  }
  return names;
}
