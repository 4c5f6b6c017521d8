import type { Bytes } from "../../base/bytes.ts";
import type { Time } from "../../base/time.ts";
import type { World } from "../../base/world.ts";
import { goModeFromStat } from "../../format/mode.ts";
import type { Node } from "../../format/node.ts";
import type { SourceStat } from "../../source/source-stat.ts";

/** The node of an entry as far as its metadata go: no content, no subtree. Which fields a type has: restic-format §7.1. */
export function nodeOf(name: Bytes, entry: SourceStat, withAtime: boolean, world: World): Node {
  const { type } = entry;
  const isFile = type === "file";
  const mtime = timeOf(entry.mtimeNs, world);
  return {
    name,
    type,
    mode: goModeFromStat(entry.stMode),
    mtime,
    atime: withAtime ? timeOf(entry.atimeNs, world) : mtime,
    ctime: entry.ctimeNs === entry.mtimeNs ? mtime : timeOf(entry.ctimeNs, world),
    uid: entry.uid,
    gid: entry.gid,
    user: entry.user,
    group: entry.group,
    inode: entry.inode,
    deviceId: entry.deviceId,
    size: isFile ? entry.size : 0n,
    links: isFile || type === "symlink" || type === "dev" || type === "chardev" ? entry.links : 0n,
    linkTarget: entry.linkTarget,
    xattrs: entry.xattrs,
    genericAttributes: undefined,
    device: type === "dev" || type === "chardev" ? entry.device : 0n,
    content: null,
    subtree: undefined,
    error: "",
  };
}

/** With the offset local time has at that moment, not now: the offset is part of the tree's bytes (restic-format §7.2). */
export function timeOf(ns: bigint, world: World): Time {
  return { ns, offset: world.zoneOffset(ns) };
}
