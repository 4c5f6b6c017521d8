const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** The text of the first element of that name, entities resolved; undefined when there is none. Enough for S3's flat answers. */
export function textOf(xml: string, name: string): string | undefined {
  const inner = innerOf(xml, name);
  return inner === undefined ? undefined : unescape(inner);
}

/** What stands between the first tag of that name and its end, as it stands. */
export function innerOf(xml: string, name: string): string | undefined {
  const open = `<${name}>`;
  const from = xml.indexOf(open);
  if (from < 0) return undefined;
  const to = xml.indexOf(`</${name}>`, from);
  return to < 0 ? undefined : xml.slice(from + open.length, to);
}

/** The same for every element of that name. */
export function* eachInner(xml: string, name: string): Generator<string> {
  const [open, close] = [`<${name}>`, `</${name}>`];
  for (let from = xml.indexOf(open); from >= 0;) {
    const to = xml.indexOf(close, from);
    if (to < 0) return;
    yield xml.slice(from + open.length, to);
    from = xml.indexOf(open, to);
  }
}

function unescape(text: string): string {
  if (!text.includes("&")) return text;
  return text.replaceAll(/&(?:#(\d+)|#x([0-9a-fA-F]+)|([a-z]+));/g, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return NAMED[name] ?? whole;
    const point = decimal === undefined ? Number.parseInt(hex!, 16) : Number(decimal);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
