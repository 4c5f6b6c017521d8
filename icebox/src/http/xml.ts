import { malformedXml } from "../s3-error.ts";

export interface XmlElement {
  readonly name: string;
  readonly children: XmlElement[];
  text: string;
}

const TOKEN = /<\?[^>]*\?>|<!--[\s\S]*?-->|<(\/?)([A-Za-z_][\w.:-]*)([^>]*?)(\/?)>|([^<]+)/gy;
const MAX_DEPTH = 32;

/** The root element. Attributes and namespaces are ignored: S3's requests carry meaning in elements only. */
export function parseXml(input: string): XmlElement {
  const text = input.replace(/^\uFEFF/, "");
  const top: XmlElement = { name: "", children: [], text: "" };
  const stack = [top];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (match === null || stack.length > MAX_DEPTH) throw malformedXml();
    take(stack, match);
  }
  const root = top.children[0];
  if (stack.length !== 1 || root === undefined || top.children.length !== 1) throw malformedXml();
  return root;
}

function take(stack: XmlElement[], match: RegExpExecArray): void {
  const [, closing, rawName, , selfClosing, text] = match;
  const current = stack[stack.length - 1]!;
  if (text !== undefined) {
    current.text += decodeEntities(text);
  } else if (rawName !== undefined) {
    const name = rawName.slice(rawName.indexOf(":") + 1);
    if (closing === "/") {
      if (stack.length === 1 || current.name !== name) throw malformedXml();
      stack.pop();
    } else {
      const element: XmlElement = { name, children: [], text: "" };
      current.children.push(element);
      if (selfClosing !== "/") stack.push(element);
    }
  }
}

const NAMED: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  return text.replace(/&(#x[0-9a-f]+|#\d+|\w+);/gi, (whole, name: string) => {
    if (name.startsWith("#x") || name.startsWith("#X")) return String.fromCodePoint(Number.parseInt(name.slice(2), 16));
    if (name.startsWith("#")) return String.fromCodePoint(Number(name.slice(1)));
    return NAMED[name] ?? whole;
  });
}

export function child(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((candidate) => candidate.name === name);
}

export function childText(element: XmlElement | undefined, name: string): string | undefined {
  return child(element, name)?.text.trim();
}

export function children(element: XmlElement | undefined, name: string): XmlElement[] {
  return element?.children.filter((candidate) => candidate.name === name) ?? [];
}

export function escapeXml(text: string): string {
  // oxlint-disable-next-line no-control-regex -- S3 writes control characters as numeric references too
  return text.replace(/[<>&"\u0000-\u001f\u007f]/g, (char) => {
    const named = { "<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;" }[char];
    return named ?? `&#x${char.charCodeAt(0).toString(16)};`;
  });
}

/** `<name>text</name>`; nothing when the text is undefined. */
export function tag(name: string, text: string | number | boolean | undefined): string {
  return text === undefined ? "" : `<${name}>${escapeXml(String(text))}</${name}>`;
}

export function wrap(name: string, inner: string): string {
  return `<${name}>${inner}</${name}>`;
}

export function document(name: string, inner: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inner}</${name}>`;
}
