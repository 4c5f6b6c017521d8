import { equalBytes } from "../../base/bytes.ts";
import type { BlobId } from "../../base/id.ts";
import type { Node, Xattr } from "../../format/node.ts";

/** Whether two nodes say the same; times by their instant, whatever offset they were written with. */
export function isSameNode(a: Node, b: Node): boolean {
  return (
    a.type === b.type &&
    a.mode === b.mode &&
    a.mtime.ns === b.mtime.ns &&
    a.atime.ns === b.atime.ns &&
    a.ctime.ns === b.ctime.ns &&
    a.uid === b.uid &&
    a.gid === b.gid &&
    a.user === b.user &&
    a.group === b.group &&
    a.inode === b.inode &&
    a.deviceId === b.deviceId &&
    a.size === b.size &&
    a.links === b.links &&
    a.device === b.device &&
    a.subtree === b.subtree &&
    a.error === b.error &&
    a.genericAttributes === b.genericAttributes &&
    equalBytes(a.name, b.name) &&
    equalBytes(a.linkTarget, b.linkTarget) &&
    isSameContent(a.content, b.content) &&
    isSameXattrs(a.xattrs, b.xattrs)
  );
}

function isSameContent(a: readonly BlobId[] | null, b: readonly BlobId[] | null): boolean {
  if (a === null || b === null) return a === b;
  return a.length === b.length && a.every((id, i) => id === b[i]);
}

/** In any order: a file system may list them differently tomorrow. */
function isSameXattrs(a: readonly Xattr[], b: readonly Xattr[]): boolean {
  return a.length === b.length && a.every((x) => b.some((y) => equalBytes(x.name, y.name) && equalBytes(x.value, y.value)));
}
