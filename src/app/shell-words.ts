import { FirnError } from "../base/error.ts";

/** Splits a command line into words as a shell would, with quotes and backslashes and nothing else (no variables, no globs). */
export function splitShellWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: "'" | '"' | undefined;
  for (let i = 0; i < line.length; i++) {
    const c = line[i]!;
    if (quote === "'") {
      if (c === "'") quote = undefined;
      else word += c;
    } else if (c === "\\" && (quote === undefined || '"\\$`'.includes(line[i + 1] ?? ""))) {
      word = (word ?? "") + (line[++i] ?? "");
    } else if (quote === '"') {
      if (c === '"') quote = undefined;
      else word += c;
    } else if (c === "'" || c === '"') {
      quote = c;
      word ??= "";
    } else if (/\s/.test(c)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + c;
    }
  }
  if (quote !== undefined) throw new FirnError({ code: "usage", message: `unbalanced ${quote} in the command ${line.slice(0, 20)}…` });
  if (word !== undefined) words.push(word);
  return words;
}
