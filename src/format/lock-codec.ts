import { utf8 } from "../base/bytes.ts";
import type { Bytes } from "../base/bytes.ts";
import type { Time } from "../base/time.ts";
import { ObjectReader, parseJson } from "./json-reader.ts";
import { ObjectWriter } from "./json-writer.ts";
import { encodeTime } from "./time-text.ts";

/** Who holds a lock, and since when (restic-format §5). */
export interface LockInfo {
  readonly time: Time;
  readonly exclusive: boolean;
  readonly hostname: string;
  readonly username: string;
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

const UINT32_MAX = 0xffff_ffff;

export function encodeLock(lock: LockInfo): Bytes {
  const json = new ObjectWriter()
    .text("time", encodeTime(lock.time))
    .put("exclusive", lock.exclusive)
    .text("hostname", lock.hostname)
    .text("username", lock.username)
    .put("pid", lock.pid)
    .optionalNumber("uid", lock.uid)
    .optionalNumber("gid", lock.gid);
  return utf8(json.finish());
}

export function decodeLock(bytes: Bytes, what: string): LockInfo {
  const json = new ObjectReader(parseJson(bytes, what), what);
  return {
    time: json.time("time"),
    exclusive: json.bool("exclusive"),
    hostname: json.text("hostname"),
    username: json.text("username"),
    pid: json.int("pid"),
    uid: json.uint("uid", UINT32_MAX),
    gid: json.uint("gid", UINT32_MAX),
  };
}
