import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { isStoreError } from "../store-error.ts";
import { awsSettings } from "./credentials.ts";
import { parseIni } from "./ini.ts";

let folder: string;
let files: Record<string, string>;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "firn-aws-"));
  files = { AWS_CONFIG_FILE: join(folder, "config"), AWS_SHARED_CREDENTIALS_FILE: join(folder, "credentials") };
  await writeFile(
    files["AWS_CONFIG_FILE"]!,
    "# comment\n[default]\nregion = eu-west-1\n\n[profile work]\nregion=us-west-2\n  nested = ignored\n[profile role]\nrole_arn = arn:x\n",
  );
  await writeFile(
    files["AWS_SHARED_CREDENTIALS_FILE"]!,
    "[default]\naws_access_key_id = D\naws_secret_access_key = d/+=\r\n[work]\naws_access_key_id=W\naws_secret_access_key=w\naws_session_token=t ; why\n",
  );
});
after(() => rm(folder, { recursive: true }));

test("the environment comes first", async () => {
  const env = { ...files, AWS_ACCESS_KEY_ID: "E", AWS_SECRET_ACCESS_KEY: "e", AWS_SESSION_TOKEN: "s", AWS_REGION: "ap-south-1" };
  assert.deepEqual(await awsSettings(env, undefined), {
    credentials: { accessKeyId: "E", secretAccessKey: "e", sessionToken: "s" },
    profile: undefined,
    region: "ap-south-1",
  });
});

test("then the shared files, by profile", async () => {
  const plain = await awsSettings(files, undefined);
  assert.deepEqual(plain.credentials, { accessKeyId: "D", secretAccessKey: "d/+=" });
  assert.equal(plain.region, "eu-west-1");
  const work = await awsSettings({ ...files, AWS_PROFILE: "work" }, undefined);
  assert.deepEqual(work.credentials, { accessKeyId: "W", secretAccessKey: "w", sessionToken: "t" });
  assert.equal(work.region, "us-west-2");
});

test("a profile asked for by option outranks keys in the environment", async () => {
  const env = { ...files, AWS_ACCESS_KEY_ID: "E", AWS_SECRET_ACCESS_KEY: "e" };
  assert.deepEqual((await awsSettings(env, "work")).credentials, { accessKeyId: "W", secretAccessKey: "w", sessionToken: "t" });
});

test("a profile without keys is left to the SDK, an unknown one and half a key are refused", async () => {
  assert.deepEqual(await awsSettings({ ...files, AWS_PROFILE: "role" }, undefined), {
    credentials: "chain",
    profile: "role",
    region: undefined,
  });
  await assert.rejects(awsSettings({ ...files, AWS_PROFILE: "nobody" }, undefined), (error) => isStoreError(error, "access-denied"));
  await assert.rejects(awsSettings({ ...files, AWS_ACCESS_KEY_ID: "E" }, undefined), /AWS_SECRET_ACCESS_KEY is missing/);
});

test("no files at all", async () => {
  const env = { AWS_CONFIG_FILE: join(folder, "none"), AWS_SHARED_CREDENTIALS_FILE: join(folder, "none") };
  assert.deepEqual(await awsSettings(env, undefined), { credentials: "chain", profile: undefined, region: undefined });
});

test("ini files as people write them", () => {
  const sections = parseIni('[ profile  "a b" ]\nkey = v=1 # not this\n; no\n[x]\nempty =\n[x]\nmore = 2');
  assert.deepEqual(
    [...sections].map(([name, entries]) => [name, Object.fromEntries(entries)]),
    [
      ["a b", { key: "v=1" }],
      ["x", { empty: "", more: "2" }],
    ],
  );
});
