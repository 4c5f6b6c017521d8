import { toHex } from "../../base/bytes.ts";
import { type SourceFs, posixFs } from "../../source/source-fs.ts";
import type { FileStat } from "../../source/source-stat.ts";

/**
 * The real file system, except for what differs from run to run whatever the seed: inode numbers, the device, and the time a file's
 * inode changed, which nobody can set. Without it no two demos would bill the same bytes.
 */
export function steadyFs(): SourceFs {
  const inodes = new Map<string, bigint>();
  const steady = (path: Uint8Array, stat: FileStat): FileStat => {
    const name = toHex(path);
    let inode = inodes.get(name);
    if (inode === undefined) inodes.set(name, (inode = BigInt(inodes.size + 1000)));
    return { ...stat, inode, deviceId: 1n, ctimeNs: stat.mtimeNs, atimeNs: stat.mtimeNs };
  };
  return {
    lstat: (path) => steady(path, posixFs.lstat(path)),
    lstatIfThere: (path) => {
      const stat = posixFs.lstatIfThere(path);
      return stat === undefined ? undefined : steady(path, stat);
    },
    stat: (path) => steady(path, posixFs.stat(path)),
    readDirectory: (path) => posixFs.readDirectory(path),
    readHead: (path, length) => posixFs.readHead(path, length),
  };
}
