import { asBuffer, type Bytes, utf8 } from "../base/bytes.ts";

/** Slash-separated paths as bytes, by Go's path/filepath rules on Unix: purely lexical, "" is ".". */
export const SLASH = 0x2f;

/**
 * Bytes as a string with one character per byte. Comparisons, splits and map keys on it mean the same as on the bytes and
 * are much faster; it is never shown.
 */
export function toLatin(bytes: Bytes): string {
  return asBuffer(bytes).toString("latin1");
}

export function fromLatin(text: string): Bytes {
  return Buffer.from(text, "latin1");
}

export function isAbsolute(path: Bytes): boolean {
  return path[0] === SLASH;
}

/** `dir/name` for a name that is one component. */
export function joinName(dir: Bytes, name: Bytes): Bytes {
  const gap = dir.length > 0 && dir[dir.length - 1] !== SLASH ? 1 : 0;
  const out = Buffer.allocUnsafe(dir.length + gap + name.length);
  out.set(dir, 0);
  if (gap === 1) out[dir.length] = SLASH;
  out.set(name, dir.length + gap);
  return out;
}

/** The part after the last slash ("/" for the root). */
export function baseName(path: Bytes): Bytes {
  let end = path.length;
  while (end > 1 && path[end - 1] === SLASH) end--;
  const start = asBuffer(path.subarray(0, end)).lastIndexOf(SLASH) + 1;
  return start === end ? path.subarray(0, end) : path.subarray(start, end);
}

export function cleanPath(path: Bytes): Bytes {
  return fromLatin(cleanLatin(toLatin(path)));
}

/** The path made absolute against `cwd` and cleaned. */
export function absolutePath(path: Bytes, cwd: Bytes): Bytes {
  const text = toLatin(path);
  return fromLatin(cleanLatin(text.startsWith("/") ? text : `${toLatin(cwd)}/${text}`));
}

/** Go's Clean: no empty and no "." components, ".." resolved where it can be, never empty. */
export function cleanLatin(path: string): string {
  const rooted = path.startsWith("/");
  const kept: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") kept.push(part);
    else if (kept.length > 0 && kept.at(-1) !== "..") kept.pop();
    else if (!rooted) kept.push("..");
  }
  if (rooted) return `/${kept.join("/")}`;
  return kept.length === 0 ? "." : kept.join("/");
}

/** The directory holding the entry: of "/a" it is "/", of "/" itself "/". Expects a cleaned absolute path. */
export function parentLatin(path: string): string {
  const cut = path.lastIndexOf("/");
  return cut <= 0 ? "/" : path.slice(0, cut);
}

export const ROOT: Bytes = utf8("/");
