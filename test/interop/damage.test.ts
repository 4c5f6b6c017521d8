import assert from "node:assert/strict";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { seededRandom } from "../../src/base/testing.ts";
import { firn } from "../firn.ts";
import { restic, withoutPeer } from "../peers.ts";

const PASSWORD = "secret";

/** Damage to a repository that restic wrote, as a user meets it: what is said, what still comes back, which exit code. */
describe("a damaged repository", { skip: withoutPeer("restic"), concurrency: 2 }, () => {
  const base = mkdtempSync(join(tmpdir(), "firn-damage-"));
  const sound = join(base, "sound");
  const source = join(base, "source");
  before(async () => {
    mkdirSync(join(source, "sub"), { recursive: true });
    const random = seededRandom("damage");
    for (let at = 0; at < 40; at++) writeFileSync(join(source, at % 2 === 0 ? "sub" : ".", `file ${at}`), random(1000 + at));
    await restic(["init"], { repo: sound, password: PASSWORD });
    await restic(["backup", source], { repo: sound, password: PASSWORD });
  });
  after(() => rmSync(base, { recursive: true, force: true }));

  /** A copy of the sound repository and the only (or largest) file of a kind in it. */
  function copyWith(kind: string): { repo: string; file: string; path: string } {
    const repo = mkdtempSync(join(base, "copy-"));
    cpSync(sound, repo, { recursive: true });
    const names = readdirSync(join(repo, kind), { recursive: true, encoding: "utf8" }).filter((name) => /[0-9a-f]{64}$/.test(name));
    const [largest] = names.sort((a, b) => statSync(join(repo, kind, b)).size - statSync(join(repo, kind, a)).size);
    assert.ok(largest !== undefined);
    const path = join(repo, kind, largest);
    chmodSync(path, 0o600);
    return { repo, file: `${kind}/${largest}`, path };
  }

  function flip(path: string, at: number): void {
    const bytes = readFileSync(path);
    bytes[at]! ^= 1;
    writeFileSync(path, bytes);
  }

  async function restoreAll(repo: string) {
    const target = join(repo, "restored");
    const done = await firn(["restore", `latest:${source}`, "--target", target], { repo, password: PASSWORD, anyStatus: true });
    const names = existsSync(target) ? readdirSync(target, { recursive: true, encoding: "utf8" }) : [];
    const same = names.filter((name) => name.includes("file") && readFileSync(join(target, name)).equals(readFileSync(join(source, name))));
    return { ...done, same: same.length };
  }

  function check(repo: string, ...flags: string[]) {
    return firn(["check", ...flags], { repo, password: PASSWORD, anyStatus: true });
  }

  test("a flipped bit in a pack: one file is lost and named", async () => {
    const { repo, file, path } = copyWith("data");
    flip(path, 5000);
    const checked = await check(repo, "--read-data");
    assert.equal(checked.status, 1);
    assert.match(checked.stderr, new RegExp(`${file}: at offset \\d+: data blob [0-9a-f]{8}: authentication failed`));
    const restored = await restoreAll(repo);
    assert.deepEqual([restored.status, restored.same], [1, 39]);
    assert.match(restored.stderr, new RegExp(`file \\d+: ${file} at offset \\d+: .*authentication failed`));
  });

  test("a truncated pack: what lay before the cut comes back", async () => {
    const { repo, file, path } = copyWith("data");
    const whole = statSync(path).size;
    truncateSync(path, Math.trunc(whole / 2));
    const checked = await check(repo);
    assert.equal(checked.status, 1);
    assert.match(checked.stderr, new RegExp(`${file}: unexpected size: ${Math.trunc(whole / 2)} bytes instead of ${whole}`));
    const restored = await restoreAll(repo);
    assert.equal(restored.status, 1);
    assert.ok(restored.same >= 15 && restored.same < 25, `${restored.same} files`);
    assert.equal(restored.stderr.match(/^error: .*file \d+: /gm)?.length, 40 - restored.same);
  });

  test("a flipped bit in an index", async () => {
    const { repo, file, path } = copyWith("index");
    flip(path, 100);
    const checked = await check(repo);
    assert.equal(checked.status, 1);
    assert.match(checked.stderr, new RegExp(`${file}: the SHA-256 of its \\d+ bytes is not its name`));
    const restored = await restoreAll(repo);
    assert.equal(restored.status, 1);
    assert.match(restored.stderr, new RegExp(file));

    const other = join(repo, "other");
    mkdirSync(other);
    writeFileSync(join(other, "kept"), "in another index");
    rmSync(path);
    await restic(["backup", other], { repo, password: PASSWORD });
    writeFileSync(path, "damaged again");
    const target = join(repo, "rest");
    const rest = await firn(["restore", `latest:${other}`, "--target", target], { repo, password: PASSWORD, anyStatus: true });
    assert.deepEqual([rest.status, readFileSync(join(target, "kept"), "utf8")], [1, "in another index"]);
    assert.match(rest.stderr, new RegExp(file));
  });

  test("a truncated snapshot", async () => {
    const { repo, file, path } = copyWith("snapshots");
    truncateSync(path, 50);
    const checked = await check(repo);
    assert.equal(checked.status, 1);
    assert.match(checked.stderr, new RegExp(`${file}: the SHA-256 of its 50 bytes is not its name`));
    const restored = await restoreAll(repo);
    assert.equal(restored.status, 1);
    assert.match(restored.stderr, new RegExp(file));

    const again = await firn(["backup", source], { repo, password: PASSWORD });
    assert.match(again.stderr, new RegExp(`${file}: .*passed over as parent`));
    const second = await restoreAll(repo);
    assert.deepEqual([second.status, second.same], [1, 40], "everything is back, and that the latest may be another is an error");
    assert.match(second.stderr, new RegExp(`^error: ${file}: .*may be the latest`, "m"));
    const deleting = ["restore", `latest:${source}`, "--delete", "--target", join(repo, "restored")];
    const refused = await firn(deleting, { repo, password: PASSWORD, anyStatus: true });
    assert.deepEqual([refused.status, refused.stdout], [1, ""], "nothing is deleted on a guess");
  });

  test("a damaged key or config: named, exit code 1, nothing written", async () => {
    const key = copyWith("keys");
    truncateSync(key.path, 40);
    const config = copyWith("keys");
    chmodSync(join(config.repo, "config"), 0o600);
    flip(join(config.repo, "config"), 30);
    for (const { repo, file } of [key, { ...config, file: "config" }]) {
      for (const finished of [await check(repo), await restoreAll(repo)]) {
        assert.equal(finished.status, 1, finished.stderr);
        assert.match(finished.stderr, new RegExp(`^firn: ${file}: `, "m"));
      }
    }
  });
});
