import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { utf8 } from "../base/bytes.ts";
import { testWorld } from "../base/testing.ts";
import { createRepository } from "../repo/create.ts";
import { TEST_KDF } from "../repo/testing.ts";
import { openStore } from "../store/open-store.ts";
import type { Access } from "./access.ts";
import { type Caller, openFromAccess } from "./open-repository.ts";

test("a person may type the password three times, a pipe and a password file are asked once", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "firn-tries-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const world = testWorld({ env: { HOME: folder } });
  const store = await openStore(join(folder, "repo"), {}, world);
  await (await createRepository(store, { world, version: 2, password: async () => utf8("right"), kdf: TEST_KDF })).close();

  const open = async (typed: string[], how: Partial<Caller>, env: Record<string, string> = {}): Promise<number> => {
    const asked: string[] = [];
    const caller: Caller = {
      world: { ...world, env: { HOME: folder, ...env } },
      signal: new AbortController().signal,
      askPassword: async (prompt) => {
        asked.push(prompt);
        return typed[asked.length - 1];
      },
      ...how,
    };
    const access = { repo: join(folder, "repo"), useCache: false, backendOptions: {}, extraVerify: true } as unknown as Access;
    const nothing = { repository: undefined, passwordFile: undefined, passwordCommand: undefined };
    try {
      await (await openFromAccess(access, caller, nothing)).close();
      return asked.length;
    } catch (error) {
      assert.equal((error as { code?: string }).code, "wrong-password");
      return -asked.length;
    }
  };
  assert.equal(await open(["a", "b", "right"], { canRetype: true }), 3);
  assert.equal(await open(["a", "b", "c", "right"], { canRetype: true }), -3);
  assert.equal(await open(["a", "right"], { canRetype: false }), -1);
  assert.equal(await open(["right"], { canRetype: true }, { RESTIC_PASSWORD: "wrong" }), -0);
});
