import { type Bytes, compareBytes } from "../base/bytes.ts";
import { FirnError } from "../base/error.ts";
import { cleanLatin, fromLatin, parentLatin, toLatin } from "./path.ts";
import type { SourceFs } from "./source-fs.ts";

/**
 * The tree of targets (restic-format §7.7): which directories stand between a snapshot's root and what the user named.
 * All paths are absolute and cleaned; they serve for opening, for excludes and for messages alike.
 */
export interface TargetNode {
  /** Set on a leaf: what is at this path is saved here. */
  readonly path: Bytes | undefined;
  /** Set on an inner directory: its own metadata come from here, following symlinks. Unset only at the root. */
  readonly metadataPath: Bytes | undefined;
  /** The user named this very path, so excludes do not apply to it (they do below it). */
  readonly explicit: boolean;
  /** Children in tree order; none on a leaf. */
  readonly children: readonly TargetChild[];
}

export interface TargetChild {
  readonly name: Bytes;
  readonly node: TargetNode;
}

export interface TargetPlan {
  readonly root: TargetNode;
  /** What the snapshot records as its paths: the targets as given, made absolute, in their order. */
  readonly snapshotPaths: readonly Bytes[];
}

/** A node while the tree grows. `root` tells apart first components that mean different places ("/a", "a", "../a"). */
interface Draft {
  root: string;
  path: string | undefined;
  metadataPath: string | undefined;
  explicit: boolean;
  children: Map<string, Draft>;
}

interface Target {
  /** Cleaned, as the user wrote it: relative or absolute. */
  readonly text: string;
  readonly explicit: boolean;
}

/** Throws PosixError when a directory that has to be expanded cannot be listed. `cwd` is absolute. */
export function planTargets(targets: readonly Bytes[], cwd: Bytes, fs: SourceFs): TargetPlan {
  const texts = targets.map(toLatin);
  for (const text of texts) if (text === "") throw new FirnError({ code: "empty-target", message: "a target is the empty string" });
  const absolute = absoluteFrom(toLatin(cwd));
  const root = emptyDraft("", undefined);
  const seen = new Set<string>();
  for (const target of texts.flatMap((text) => withoutDots(text, absolute, fs))) {
    if (seen.has(target.text)) continue;
    seen.add(target.text);
    add(root, target, absolute);
  }
  expandNested(root, fs);
  return { root: freeze(root), snapshotPaths: texts.map((text) => fromLatin(absolute(text))) };
}

type MakeAbsolute = (text: string) => string;

function absoluteFrom(cwd: string): MakeAbsolute {
  return (text) => cleanLatin(text.startsWith("/") ? text : `${cwd}/${text}`);
}

/** A target without any name of its own (".", "..", "/") stands for the entries of that directory; those are not explicit. */
function withoutDots(text: string, absolute: MakeAbsolute, fs: SourceFs): Target[] {
  const clean = cleanLatin(text);
  if (components(clean).length > 0) return [{ text: clean, explicit: true }];
  const names = fs.readDirectory(fromLatin(absolute(clean)));
  return names.map((name) => ({ text: cleanLatin(`${clean}/${toLatin(name)}`), explicit: false }));
}

/** The names a target has inside the snapshot: leading ".." are dropped. */
function components(clean: string): string[] {
  return clean.split("/").filter((part) => part !== "" && part !== "." && part !== "..");
}

/** The directory that holds the first of those names: "/" or "." or "../..". */
function rootOf(clean: string): string {
  if (clean.startsWith("/")) return "/";
  const ups = clean.split("/").filter((part) => part === "..");
  return ups.length === 0 ? "." : ups.join("/");
}

function add(tree: Draft, target: Target, absolute: MakeAbsolute): void {
  const [first = "", ...rest] = components(target.text);
  const path = absolute(target.text);
  let node = openRoot(tree, first, rootOf(target.text));
  // The directory at each inner level is found by walking up from the target's own path.
  const above = ancestors(path, rest.length);
  for (const [depth, name] of rest.entries()) {
    node.metadataPath = above[depth];
    node = openChild(node, name);
  }
  if (rest.length > 0 && node.path !== undefined) {
    throw new FirnError({ code: "duplicate-target", message: `target ${path} is named twice`, hint: "name it once" });
  }
  node.path = path;
  node.explicit = target.explicit;
}

/** The `count` directories right above a path, outermost first: for "/a/b/c" and 2 "/a", "/a/b". */
function ancestors(path: string, count: number): string[] {
  const found: string[] = [];
  for (let at = parentLatin(path); found.length < count; at = parentLatin(at)) found.unshift(at);
  return found;
}

/** First components that are equal but come from different directories get -1, -2 … in the order they were named. */
function openRoot(tree: Draft, name: string, root: string): Draft {
  let free = name;
  for (let i = 1; ; i++) {
    const there = tree.children.get(free);
    if (there === undefined) break;
    if (there.root === root) return there;
    free = `${name}-${i}`;
  }
  const made = emptyDraft(root, undefined);
  tree.children.set(free, made);
  return made;
}

function openChild(parent: Draft, name: string): Draft {
  let child = parent.children.get(name);
  if (child === undefined) parent.children.set(name, (child = emptyDraft("", undefined)));
  return child;
}

function emptyDraft(root: string, path: string | undefined): Draft {
  return { root, path, metadataPath: undefined, explicit: false, children: new Map() };
}

/** Where a target lies inside another, the outer one is replaced by its entries, so that both meet in one tree. */
function expandNested(node: Draft, fs: SourceFs): void {
  if (node.path !== undefined && node.children.size > 0) {
    for (const name of fs.readDirectory(fromLatin(node.path)).map(toLatin)) {
      const path = cleanLatin(`${node.path}/${name}`);
      const child = node.children.get(name);
      if (child === undefined) node.children.set(name, emptyDraft("", path));
      else child.path ??= path;
    }
    node.path = undefined;
    node.explicit = false;
  }
  for (const child of node.children.values()) expandNested(child, fs);
}

function freeze(node: Draft): TargetNode {
  const children = [...node.children].map(([name, child]) => ({ name: fromLatin(name), node: freeze(child) }));
  children.sort((a, b) => compareBytes(a.name, b.name));
  return { path: optionalBytes(node.path), metadataPath: optionalBytes(node.metadataPath), explicit: node.explicit, children };
}

function optionalBytes(text: string | undefined): Bytes | undefined {
  return text === undefined ? undefined : fromLatin(text);
}
