import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { utf8 } from "../../base/bytes.ts";
import { walkCalls } from "./libc.ts";
import { nativeSmallFiles, plainSmallFiles, type SmallFiles } from "./small-file.ts";

const folder = mkdtempSync(join(tmpdir(), "firn-small-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const native = walkCalls;
const ways: [string, (room: Buffer) => SmallFiles][] = [["node:fs", plainSmallFiles]];
if (native !== undefined) ways.push(["libc", (room) => nativeSmallFiles(room, native)]);

for (const [name, make] of ways) {
  const room = Buffer.allocUnsafeSlow(1000);
  const files = make(room);
  const path = (file: string): Uint8Array => utf8(join(folder, `${name.replace(":", "-")} ${file}`));
  const write = (file: string, content: string | Uint8Array): Uint8Array => {
    writeFileSync(Buffer.from(path(file)), content);
    return path(file);
  };

  test(`${name}: files of every size up to the memory's, one after the other`, () => {
    for (const size of [0, 1, 500, 999, 1000, 1001, 5000]) {
      const content = Buffer.alloc(size, size % 251);
      const length = files.read(write(`size ${size}`, content));
      assert.equal(length, Math.min(size, 1000));
      if (size < 1000) assert.ok(room.subarray(0, length).equals(content));
    }
  });

  test(`${name}: any name that bytes can make`, () => {
    const odd = Buffer.concat([path("n"), Buffer.from([0xff, 0x0a, 0x80])]);
    writeFileSync(odd, "odd");
    assert.equal(room.toString("latin1", 0, files.read(odd)), "odd");
  });

  test(`${name}: what is no regular file, is not there, or is called by too long a name`, () => {
    symlinkSync("/etc/passwd", Buffer.from(path("link")));
    mkdirSync(Buffer.from(path("dir")));
    assert.throws(() => files.read(path("link")), { code: "ELOOP" });
    assert.throws(() => files.read(path("dir")), { code: "EINVAL" });
    assert.throws(() => files.read(path("gone")), { code: "ENOENT", message: /^open .*gone: no such file or directory$/ });
    assert.throws(() => files.read(utf8(`/${"x/".repeat(3000)}`)), { code: "ENAMETOOLONG" });
  });

  test(`${name}: a file that says it is empty and is not`, { skip: process.platform !== "linux" }, () => {
    const length = files.read(utf8("/proc/self/cmdline"));
    assert.ok(length > 0);
  });

  test(`${name}: a file is read as long as it is, whatever it was before`, () => {
    const changing = write("changing", "1234567890");
    assert.equal(files.read(changing), 10);
    appendFileSync(Buffer.from(changing), "more");
    assert.equal(files.read(changing), 14);
    truncateSync(Buffer.from(changing), 3);
    assert.equal(files.read(changing), 3);
    assert.equal(room.toString("latin1", 0, 3), "123");
  });
}
