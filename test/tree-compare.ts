import { createHash } from "node:crypto";
import { type BigIntStats, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { getXattr, listXattrs } from "../src/source/posix/xattr.ts";

/** Everything a restore must bring back about one entry, as text that can be compared and shown. */
type Facts = Readonly<Record<string, string>>;

export interface CompareOptions {
  /** Modification times of directories; a run that was not root, or stopped half-way, cannot promise them. */
  readonly dirTimes?: boolean;
  /** Attributes of the two roots themselves; a restore leaves its target's own alone. */
  readonly roots?: boolean;
  /** Relative paths (latin1) to pass over: sockets are never restored. */
  readonly ignore?: (path: string) => boolean;
}

/**
 * What differs between two trees, one line each; empty when they are the same in bytes, type, mode, owner, extended attributes,
 * modification time to the nanosecond, link targets, device numbers and which names are links of which.
 */
export function compareTrees(expected: string, actual: string, options: CompareOptions = {}): string[] {
  const left = describeTree(expected, options);
  const right = describeTree(actual, options);
  const different: string[] = [];
  for (const path of [...new Set([...left.keys(), ...right.keys()])].sort()) {
    const shown = JSON.stringify(path);
    const a = left.get(path);
    const b = right.get(path);
    if (b === undefined) different.push(`${shown}: missing`);
    else if (a === undefined) different.push(`${shown}: not expected`);
    else
      for (const key of Object.keys({ ...a, ...b })) if (a[key] !== b[key]) different.push(`${shown}: ${key} is ${b[key]}, not ${a[key]}`);
  }
  return different;
}

export function describeTree(root: string, options: CompareOptions = {}): Map<string, Facts> {
  const found = new Map<string, Facts>();
  const groups = new Map<string, string>();
  const visit = (path: Buffer, relative: string): void => {
    if (options.ignore?.(relative) === true) return;
    const stat = lstatSync(path, { bigint: true });
    if (relative !== "" || options.roots === true) found.set(relative, factsOf(path, stat, relative, groups, options));
    if (!stat.isDirectory()) return;
    for (const name of readdirSync(path, { encoding: "buffer" }).sort((a, b) => a.compare(b))) {
      visit(Buffer.concat([path, SLASH, name]), relative === "" ? name.toString("latin1") : `${relative}/${name.toString("latin1")}`);
    }
  };
  visit(Buffer.from(root), "");
  return found;
}

const SLASH = Buffer.from("/");

function factsOf(path: Buffer, stat: BigIntStats, relative: string, groups: Map<string, string>, options: CompareOptions): Facts {
  const facts: Record<string, string> = {
    mode: stat.mode.toString(8),
    owner: `${stat.uid}:${stat.gid}`,
    xattrs: xattrsOf(path),
  };
  if (!stat.isDirectory() || options.dirTimes !== false) facts["mtime"] = String(stat.mtimeNs);
  if (stat.isFile()) {
    facts["size"] = String(stat.size);
    facts["content"] = createHash("sha256").update(readFileSync(path)).digest("hex");
  }
  if (stat.isSymbolicLink()) facts["target"] = readlinkSync(path, { encoding: "buffer" }).toString("latin1");
  if (stat.isBlockDevice() || stat.isCharacterDevice()) facts["device"] = String(stat.rdev);
  if (!stat.isDirectory() && stat.nlink > 1n) {
    const key = `${stat.dev}:${stat.ino}`;
    if (!groups.has(key)) groups.set(key, relative);
    facts["links"] = `${stat.nlink} with ${groups.get(key)}`;
  }
  return facts;
}

function xattrsOf(path: Buffer): string {
  return listXattrs(path)
    .map((name) => `${Buffer.from(name).toString("latin1")}=${Buffer.from(getXattr(path, name)).toString("hex")}`)
    .sort()
    .join(" ");
}
