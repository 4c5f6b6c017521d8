import { toBase64, utf8 } from "../base/bytes.ts";
import type { Bytes } from "../base/bytes.ts";
import { CorruptError } from "../base/error.ts";
import type { Time } from "../base/time.ts";
import type { MasterKey } from "../kernel/master-key.ts";
import { ObjectReader, parseJson } from "./json-reader.ts";
import { ObjectWriter } from "./json-writer.ts";
import { encodeTime } from "./time-text.ts";

/** `keys/<id>`: the master key, sealed with a key derived from a password (restic-format §1.1). */
export interface KeyFile {
  readonly created: Time;
  readonly username: string;
  readonly hostname: string;
  readonly N: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Bytes;
  /** Box around the master key's JSON. */
  readonly data: Bytes;
}

const KDF = "scrypt";

export function encodeKeyFile(key: KeyFile): Bytes {
  const json = new ObjectWriter()
    .text("created", encodeTime(key.created))
    .text("username", key.username)
    .text("hostname", key.hostname)
    .text("kdf", KDF)
    .put("N", key.N)
    .put("r", key.r)
    .put("p", key.p)
    .text("salt", toBase64(key.salt))
    .text("data", toBase64(key.data));
  return utf8(json.finish());
}

/** Decodes a key file; `what` names it in errors. The scrypt parameters are checked where they are used. */
export function decodeKeyFile(bytes: Bytes, what: string): KeyFile {
  const json = new ObjectReader(parseJson(bytes, what), what);
  const kdf = json.text("kdf");
  if (kdf !== KDF) throw new CorruptError({ object: what, check: `unknown key derivation ${JSON.stringify(kdf)}` });
  return {
    created: json.time("created"),
    username: json.text("username"),
    hostname: json.text("hostname"),
    N: json.uint("N"),
    r: json.uint("r"),
    p: json.uint("p"),
    salt: json.base64("salt"),
    data: json.base64("data"),
  };
}

/** The plaintext inside a key file's `data`. */
export function encodeMasterKey(key: MasterKey): Bytes {
  const mac = new ObjectWriter().text("k", toBase64(key.macK)).text("r", toBase64(key.macR)).finish();
  return utf8(new ObjectWriter().put("mac", mac).text("encrypt", toBase64(key.encrypt)).finish());
}

/** Sizes are not checked here; see assertValidKey. */
export function decodeMasterKey(bytes: Bytes, what = "master key"): MasterKey {
  const json = new ObjectReader(parseJson(bytes, what), what);
  const mac = new ObjectReader(json.raw("mac"), what);
  return { encrypt: json.base64("encrypt"), macK: mac.base64("k"), macR: mac.base64("r") };
}
