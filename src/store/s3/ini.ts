/** AWS's shared files: `[section]`, `name = value`, comments with # or ;. Indented lines (nested settings) are passed over. */
export function parseIni(text: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let current: Map<string, string> | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*($|[#;])/.test(line)) continue;
    const section = /^\[\s*(?:profile\s+)?["']?([^\]"']+?)["']?\s*\]/.exec(line);
    if (section !== null) {
      current = sections.get(section[1]!) ?? new Map<string, string>();
      sections.set(section[1]!, current);
      continue;
    }
    const entry = /^([A-Za-z0-9_]+)\s*=\s*(.*?)\s*$/.exec(line);
    if (entry !== null) current?.set(entry[1]!.toLowerCase(), entry[2]!.replace(/\s[#;].*$/, ""));
  }
  return sections;
}
