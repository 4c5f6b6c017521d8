import assert from "node:assert/strict";
import { createHash, randomFillSync } from "node:crypto";
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type Bytes, concatBytes, utf8 } from "../../base/bytes.ts";
import { asId, type BlobId } from "../../base/id.ts";
import { decodeBlob } from "../../format/blob-codec.ts";
import { openBox } from "../../kernel/box.ts";
import { CHUNK_MIN } from "../../kernel/chunker.ts";
import type { SealedBlob } from "../../repo/blob-writer.ts";
import { FileQueue } from "./file-queue.ts";
import { inlineKernel } from "./inline.ts";
import type { JobHooks, Kernel, Sink } from "./kernel.ts";
import type { FileOutcome, FileSaved, Recipe } from "./messages.ts";
import { workerKernel } from "./pool.ts";

const folder = mkdtempSync(join(tmpdir(), "firn-worker-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const recipe: Recipe = {
  key: { encrypt: new Uint8Array(32).fill(1), macK: new Uint8Array(16).fill(2), macR: new Uint8Array(16).fill(3) },
  version: 2,
  compression: "auto",
  polynomial: 0x3da3358b4dc173n,
  extraVerify: true,
  packSize: 16 * 1024 * 1024,
};

/** Keeps what it is given, decoded again, and refuses what was not claimed. */
class MemorySink implements Sink {
  readonly blobs = new Map<string, Bytes>();
  readonly claimed = new Set<string>();
  delayMs = 0;
  failOn: string | undefined;
  claim(_type: "data" | "tree", id: BlobId): boolean {
    if (this.claimed.has(id)) return true;
    this.claimed.add(id);
    return false;
  }
  async add(blob: SealedBlob): Promise<void> {
    if (this.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.delayMs));
    if (this.failOn === blob.id) throw new Error("disk full");
    assert.ok(this.claimed.has(blob.id), "only claimed blobs come");
    assert.ok(!this.blobs.has(blob.id), "no blob comes twice");
    const plain = decodeBlob(openBox(recipe.key, blob.box), blob.uncompressedLength);
    assert.equal(sha(plain), blob.id);
    this.blobs.set(blob.id, plain);
  }
}

function sha(bytes: Bytes): BlobId {
  return asId(createHash("sha256").update(bytes).digest("hex"));
}

function file(name: string, content: Bytes): { path: Bytes; size: number } {
  const path = join(folder, name);
  writeFileSync(path, content);
  return { path: utf8(path), size: content.length };
}

function noise(length: number): Bytes {
  return randomFillSync(new Uint8Array(length));
}

const deaf: JobHooks = { onRead: () => undefined, onReadingDone: () => undefined };

function saved(outcome: FileOutcome): FileSaved {
  assert.equal(outcome.kind, "saved", JSON.stringify(outcome));
  return outcome;
}

function restored(sink: MemorySink, outcome: FileOutcome): Bytes {
  return concatBytes(saved(outcome).content.map((id) => sink.blobs.get(id)!));
}

const kernels: [string, (sink: Sink) => Kernel][] = [
  ["inline", (sink) => inlineKernel(recipe, sink, (length) => randomFillSync(new Uint8Array(length)))],
  ["threads", (sink) => workerKernel(recipe, sink, 2)],
];

for (const [name, make] of kernels) {
  test(`${name}: small files, empty files, equal files`, async () => {
    const sink = new MemorySink();
    await using kernel = make(sink);
    const contents = [utf8("one"), utf8(""), utf8("one"), noise(CHUNK_MIN - 1)];
    const outcomes = await kernel.batch(
      contents.map((content, i) => file(`${name}-${i}`, content)),
      deaf,
    );
    assert.deepEqual(saved(outcomes[0]!).added.blobs + saved(outcomes[2]!).added.blobs, 1);
    assert.deepEqual(saved(outcomes[1]!).content, []);
    for (const [i, content] of contents.entries()) {
      assert.deepEqual(Buffer.from(restored(sink, outcomes[i]!)), Buffer.from(content));
      assert.equal(saved(outcomes[i]!).size, content.length);
    }
  });

  test(`${name}: a file larger than the chunker's memory comes back byte for byte, and once only`, async () => {
    const sink = new MemorySink();
    sink.delayMs = 1;
    await using kernel = make(sink);
    const content = concatBytes([noise(18_000_000), new Uint8Array(3_000_000), noise(1_000_001)]);
    const request = file(`${name}-large`, content);
    let read = 0;
    const first = await kernel.stream(request, { ...deaf, onRead: (bytes) => void (read += bytes) });
    assert.equal(read, content.length);
    assert.ok(Buffer.from(restored(sink, first)).equals(content));
    const count = sink.blobs.size;
    assert.equal(saved(first).added.blobs, count);
    const again = await kernel.stream(request, deaf);
    assert.deepEqual(saved(again).content, saved(first).content);
    assert.equal(saved(again).added.blobs, 0);
    assert.equal(sink.blobs.size, count);
  });

  test(`${name}: what cannot be read fails by itself`, async () => {
    const sink = new MemorySink();
    await using kernel = make(sink);
    symlinkSync("/etc/passwd", join(folder, `${name}-link`));
    mkdirSync(join(folder, `${name}-dir`));
    const gone = { path: utf8(join(folder, "gone")), size: 1 };
    const link = { path: utf8(join(folder, `${name}-link`)), size: 1 };
    const dir = { path: utf8(join(folder, `${name}-dir`)), size: 1 };
    const outcomes = await kernel.batch([gone, link, dir, file(`${name}-ok`, utf8("ok"))], deaf);
    assert.deepEqual(
      outcomes.map((o) => (o.kind === "failed" ? o.code : o.kind)),
      ["ENOENT", "ELOOP", "EINVAL", "saved"],
    );
    assert.match((outcomes[0] as { message: string }).message, /^open .*gone: no such file or directory$/);
    assert.equal((await kernel.stream(gone, deaf)).kind, "failed");
  });

  test(`${name}: a packer that fails ends the run`, async () => {
    const sink = new MemorySink();
    const kernel = make(sink);
    const content = utf8("the one that fails");
    sink.failOn = sha(content);
    await assert.rejects(kernel.batch([file(`${name}-bad`, content)], deaf), /disk full/);
    await kernel[Symbol.asyncDispose]();
  });

  test(`${name}: the queue keeps files and outcomes together, and files that grew are read whole`, async () => {
    const sink = new MemorySink();
    await using kernel = make(sink);
    let read = 0;
    const queue = new FileQueue(kernel, 2, { onStart: () => undefined, onRead: (bytes) => void (read += bytes) });
    const contents = Array.from({ length: 300 }, (_, i) => (i % 50 === 7 ? noise(700_000 + i) : utf8(`file ${i % 200}`)));
    const requests = contents.map((content, i) => file(`${name}-q${i}`, content));
    const grown = file(`${name}-grown`, utf8("short"));
    appendFileSync(Buffer.from(grown.path), noise(CHUNK_MIN + 5));
    const outcomes = await Promise.all([...requests, grown].map((request) => queue.add(request)));
    for (const [i, content] of contents.entries()) assert.ok(Buffer.from(restored(sink, outcomes[i]!)).equals(content), String(i));
    assert.equal((outcomes.at(-1) as FileSaved).size, CHUNK_MIN + 10);
    assert.equal(
      read,
      contents.reduce((sum, c) => sum + c.length, CHUNK_MIN + 10),
    );
  });
}

test("permission is refused file by file", { skip: process.getuid?.() === 0 ? "root may read everything" : false }, async () => {
  const sink = new MemorySink();
  await using kernel = inlineKernel(recipe, sink, noise);
  const secret = file("secret", utf8("x"));
  chmodSync(Buffer.from(secret.path), 0);
  const [outcome] = await kernel.batch([secret], deaf);
  assert.equal(outcome!.kind === "failed" && outcome!.code, "EACCES");
});
