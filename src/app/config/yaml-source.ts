import { isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import { FirnError } from "../../base/error.ts";

/** A configuration file that is wrong: the file, the line, and what would be right. */
export class ConfigError extends FirnError {
  readonly line: number | undefined;

  constructor(file: string, line: number | undefined, message: string, hint?: string) {
    super({ code: "config", message: `${line === undefined ? file : `${file}:${line}`}: ${message}`, hint });
    this.line = line;
  }
}

/** A parsed YAML file that still knows its lines. The only place that knows the YAML library. */
export interface YamlSource {
  readonly file: string;
  readonly value: unknown;
  /** Line of the thing at this path: of its key where it has one. The nearest parent's when it is not there. */
  lineOf(path: readonly (string | number)[]): number | undefined;
  fail(path: readonly (string | number)[], message: string, hint?: string): ConfigError;
}

export function parseYaml(text: string, file: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem !== undefined) {
    const line = problem.linePos?.[0].line;
    throw new ConfigError(
      file,
      line,
      (problem.message.split("\n")[0] ?? "not YAML").replace(/ at line.*$/, ""),
      "docs/firn-yaml.md has an example",
    );
  }
  const lineAt = (offset: number | undefined): number | undefined => (offset === undefined ? undefined : lines.linePos(offset).line);

  function lineOf(path: readonly (string | number)[]): number | undefined {
    let node: unknown = document.contents;
    let line = lineAt(rangeStart(node));
    for (const step of path) {
      if (isMap(node)) {
        const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === step);
        if (pair === undefined) return line;
        line = lineAt(rangeStart(pair.key)) ?? line;
        node = pair.value;
      } else if (isSeq(node) && typeof step === "number") {
        node = node.items[step];
        line = lineAt(rangeStart(node)) ?? line;
      } else return line;
    }
    return line;
  }

  return {
    file,
    value: document.toJS() as unknown,
    lineOf,
    fail: (path, message, hint) => new ConfigError(file, lineOf(path), message, hint),
  };
}

function rangeStart(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
