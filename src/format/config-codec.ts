import { utf8 } from "../base/bytes.ts";
import type { Bytes } from "../base/bytes.ts";
import { CorruptError, FirnError } from "../base/error.ts";
import { isId } from "../base/id.ts";
import { isIrreducible } from "../kernel/polynomial.ts";
import { CONFIG_PATH } from "./file-kind.ts";
import { ObjectReader, parseJson } from "./json-reader.ts";
import { ObjectWriter } from "./json-writer.ts";

/** What the `config` file says, once opened (restic-format §1.2). */
export interface ConfigFile {
  readonly version: 1 | 2;
  readonly id: string;
  readonly polynomial: bigint;
}

/** The chunker keeps digests below 2^63. */
const POLYNOMIAL_DIGITS = /^[0-9a-fA-F]{1,16}$/;

export function encodeConfig(config: ConfigFile): Bytes {
  return utf8(
    new ObjectWriter()
      .put("version", config.version)
      .text("id", config.id)
      .text("chunker_polynomial", config.polynomial.toString(16))
      .finish(),
  );
}

/** Decodes and checks a config: a version this program knows, an id, an irreducible polynomial. */
export function decodeConfig(bytes: Bytes): ConfigFile {
  const json = new ObjectReader(parseJson(bytes, CONFIG_PATH), CONFIG_PATH);
  const version = json.uint("version");
  if (version !== 1 && version !== 2) {
    throw new FirnError({
      code: "unsupported-version",
      message: `the repository has version ${version}; this program knows 1 and 2`,
      hint: "use a newer release",
    });
  }
  const id = json.text("id");
  if (!isId(id)) throw json.wrong("id", "not an id");
  const digits = json.text("chunker_polynomial");
  const polynomial = POLYNOMIAL_DIGITS.test(digits) ? BigInt(`0x${digits}`) : 0n;
  if (!isIrreducible(polynomial)) throw new CorruptError({ object: CONFIG_PATH, check: "the chunker polynomial is not irreducible" });
  return { version, id, polynomial };
}
