import { type Config, fromRaw } from "./config.ts";
import { checkShape } from "./schema.ts";
import { parseYaml } from "./yaml-source.ts";

/** Reads the text of a firn.yaml. Apart from the rest because two libraries come with it: 80 modules, 30 ms, that most starts do without. */
export function readConfig(text: string, file: string): Config {
  const source = parseYaml(text, file);
  return fromRaw(checkShape(source), source);
}
