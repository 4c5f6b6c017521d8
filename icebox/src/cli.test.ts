import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { test } from "node:test";
import { PlainClient } from "./contract/client.ts";

const BIN = resolve(import.meta.dirname, "../bin/icebox.js");

function run(...args: string[]) {
  const child = spawn(process.execPath, [BIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const texts = { out: "", err: "" };
  child.stdout.on("data", (chunk) => (texts.out += chunk));
  child.stderr.on("data", (chunk) => (texts.err += chunk));
  return { child, texts, ended: once(child, "close").then(([code]) => code as number | null) };
}

test("npx icebox listens where it says, with the keys, bucket, region and time it was given", async () => {
  const args =
    "--port 0 --bucket snow --access-key me --secret-key mine --region eu-west-1 --object-lock --clock 2026-01-01T00:00:00Z".split(" ");
  const { child, texts, ended } = run(...args);
  await once(child.stdout, "data");
  const endpoint = /http:\S+/.exec(texts.out)![0];
  const client = new PlainClient({ endpoint, region: "eu-west-1", credentials: { accessKeyId: "me", secretAccessKey: "mine" } });
  assert.equal((await client.send("HEAD", "snow")).status, 200);
  assert.match((await client.send("GET", "snow", { query: { "object-lock": "" } })).text, /Enabled/);
  const clock = await (await fetch(`${endpoint}/_icebox/clock`)).json();
  assert.deepEqual(clock, { now: "2026-01-01T00:00:00.000Z", running: false });
  child.kill("SIGTERM");
  assert.equal(await ended, 0);
  assert.ok(!texts.out.includes("mine"));
});

test("--help and options that make no sense", async () => {
  const [help, port, clock, unknown] = [run("--help"), run("--port", "x"), run("--clock", "soon"), run("--frost")];
  assert.deepEqual(await Promise.all([help, port, clock, unknown].map(({ ended }) => ended)), [0, 1, 1, 1]);
  assert.match(help.texts.out, /--secret-key/);
  for (const { texts } of [port, clock, unknown]) assert.match(texts.err, /^icebox: .+\n$/);
});
