import type { Bytes } from "../base/bytes.ts";
import { cleanPath, fromLatin, parentLatin, toLatin } from "./path.ts";
import type { SourceFs } from "./source-fs.ts";
import type { FileStat } from "./source-stat.ts";

/**
 * `--one-file-system` (restic-format §9): each entry has to be on the device of the nearest target above it. The directory
 * a file system is mounted on is kept, so that it exists after a restore; what is in it is left out.
 */
export function rejectOtherDevices(targets: readonly Bytes[], fs: SourceFs): (path: Bytes, stat: FileStat) => boolean {
  const devices = new Map<string, bigint>();
  for (const target of targets) devices.set(toLatin(cleanPath(target)), fs.lstat(target).deviceId);
  return (path, stat) => {
    const text = toLatin(path);
    if (isAllowed(text, stat.deviceId, devices)) return false;
    return stat.type !== "dir" || !isParentAllowed(text, devices, fs);
  };
}

function isAllowed(path: string, device: bigint, devices: ReadonlyMap<string, bigint>): boolean {
  for (let dir = path; ; dir = parentLatin(dir)) {
    const allowed = devices.get(dir);
    if (allowed !== undefined) return allowed === device;
    if (dir === parentLatin(dir)) return false;
  }
}

function isParentAllowed(path: string, devices: ReadonlyMap<string, bigint>, fs: SourceFs): boolean {
  const parent = parentLatin(path);
  try {
    return isAllowed(parent, fs.lstat(fromLatin(parent)).deviceId, devices);
  } catch {
    return false;
  }
}
