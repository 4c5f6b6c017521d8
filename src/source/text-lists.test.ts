import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bytes, concatBytes, utf8 } from "../base/bytes.ts";
import { filesFromGlobs, filesFromRaw, filesFromVerbatim, readListFile } from "./files-from.ts";
import { parsePatterns } from "./pattern-file.ts";
import { memoryFs } from "./testing.ts";

const texts = (list: readonly Bytes[]): string[] => list.map((each) => Buffer.from(each).toString());

test("a pattern file: comments and white space go, variables are put in", () => {
  const file = utf8("# comment\n\n  *.o \t\r\n\u00a0nbsp\u3000\n$HOME/x\n${HOME}y\n$$money\n$NOPE/z\n${open\n${}empty\na$\n$1one\n#\n");
  assert.deepEqual(texts(parsePatterns(file, { HOME: "/home/é" })), [
    "*.o",
    "nbsp",
    "/home/é/x",
    "/home/éy",
    "$money",
    "/z",
    "open",
    "empty",
    "a$",
    "one",
  ]);
});

test("a byte order mark is understood, UTF-16 too", () => {
  const utf16 = Buffer.from("\ufeffé*\r\nb", "utf16le");
  assert.deepEqual(texts(parsePatterns(utf16, {})), ["é*", "b"]);
  assert.deepEqual(texts(parsePatterns(Buffer.from(utf16).swap16(), {})), ["é*", "b"]);
  assert.deepEqual(texts(parsePatterns(utf8("\ufeffa\n"), {})), ["a"]);
});

test("bytes that are no UTF-8 stay as they are", () => {
  const line = Buffer.from([0x61, 0xff, 0x85, 0x62]);
  assert.deepEqual(parsePatterns(concatBytes([line, utf8("\n")]), {}), [line]);
  assert.deepEqual(filesFromVerbatim(concatBytes([line, utf8("\n")])), [line]);
});

test("--files-from takes globs, trims and warns about what matches nothing", () => {
  const fs = memoryFs({ "/d/a.txt": {}, "/d/b.txt": {}, "/d/.hid.txt": {}, "/e/c.txt": {}, "/d/sub/": {} });
  const warnings: string[] = [];
  const found = filesFromGlobs(utf8("  /d/*.txt \n# no\n/*/c.txt\n/d/a.txt\n/none/*\n/gone\n"), fs, (message) => warnings.push(message));
  assert.deepEqual(texts(found), ["/d/.hid.txt", "/d/a.txt", "/d/b.txt", "/e/c.txt", "/d/a.txt"]);
  assert.deepEqual(warnings, [
    'pattern "/none/*" does not match any files, skipping',
    'pattern "/gone" does not match any files, skipping',
  ]);
  assert.throws(() => filesFromGlobs(utf8("a[\n"), fs, () => undefined), { code: "invalid-pattern" });
});

test("--files-from-verbatim keeps everything but line ends", () => {
  assert.deepEqual(texts(filesFromVerbatim(utf8(" a \n#b\r\n\n*\nlast"))), [" a ", "#b", "*", "last"]);
});

test("--files-from-raw wants every name terminated and none empty", () => {
  assert.deepEqual(texts(filesFromRaw(utf8("a\nb\0 c\0"), "list")), ["a\nb", " c"]);
  assert.deepEqual(filesFromRaw(utf8(""), "list"), []);
  assert.throws(() => filesFromRaw(utf8("a\0b"), "list"), { code: "bad-file-list", message: /list.*not terminated/ });
  assert.throws(() => filesFromRaw(utf8("a\0\0b\0"), "list"), { code: "bad-file-list", message: /empty name/ });
});

test("a dash is standard input, a missing list an error that names it", () => {
  assert.deepEqual(texts([readListFile("-", () => utf8("x"))]), ["x"]);
  assert.throws(() => readListFile("/no/such/list", () => utf8("")), {
    code: "ENOENT",
    message: "open /no/such/list: no such file or directory",
  });
});
