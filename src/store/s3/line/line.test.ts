import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { test, type TestContext } from "node:test";
import { textLossy, utf8 } from "../../../base/bytes.ts";
import { Exchange } from "./exchange.ts";
import { Line, type LineFacts } from "./line.ts";
import { WireError } from "./wire-error.ts";

async function lineTo(
  t: TestContext,
  facts: Partial<LineFacts>,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Line> {
  const server = createServer(answer);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  const location = { secure: false, host: `127.0.0.1:${address.port}`, bucket: "bucket", prefix: "" };
  const keys = async (): Promise<{ accessKeyId: string; secretAccessKey: string }> => ({ accessKeyId: "key", secretAccessKey: "secret" });
  const all: LineFacts = {
    location,
    lookup: "auto",
    region: "us-east-1",
    findsRegion: false,
    keys,
    machineTime: Date.now,
    userAgent: "firn",
    ...facts,
  };
  const line = new Line(all, new Exchange({ keepAlive: true }, { connectMs: 1000, idleMs: 1000 }));
  t.after(() => {
    line.close();
    server.closeAllConnections();
    server.close();
  });
  return line;
}

function regionOf(request: IncomingMessage): string | undefined {
  return /Credential=key\/\d+\/([^/]+)\//.exec(request.headers.authorization ?? "")?.[1];
}

/** A server of one region, which tells the others where the bucket is. */
function only(region: string, asked: (string | undefined)[]): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    asked.push(regionOf(request));
    if (regionOf(request) === region) return response.end("here");
    response.writeHead(301, { "x-amz-bucket-region": region });
    response.end("<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message></Error>");
  };
}

test("a bucket is followed to its region, once and for all", async (t) => {
  const asked: (string | undefined)[] = [];
  const line = await lineTo(t, { findsRegion: true }, only("eu-west-1", asked));
  for (let i = 0; i < 2; i++) assert.equal(await line.text({ method: "GET", name: "x", signal: undefined }), "here");
  assert.deepEqual(asked, ["us-east-1", "eu-west-1", "eu-west-1"]);
});

test("who named a region is told that it is wrong", async (t) => {
  const line = await lineTo(t, {}, only("eu-west-1", []));
  await assert.rejects(
    line.text({ method: "GET", name: "x", signal: undefined }),
    (error) => error instanceof WireError && error.name === "PermanentRedirect" && error.$metadata.httpStatusCode === 301,
  );
});

test("a server that sends a client from region to region ends it", async (t) => {
  let count = 0;
  const line = await lineTo(t, { findsRegion: true }, (_request, response) => {
    count++;
    response.writeHead(301, { "x-amz-bucket-region": `region-${count}` }).end();
  });
  await assert.rejects(line.text({ method: "GET", name: "x", signal: undefined }), WireError);
  assert.equal(count, 2);
});

test("without keys nothing is signed", async (t) => {
  const line = await lineTo(t, { keys: undefined }, (request, response) => response.end(String(request.headers.authorization)));
  assert.equal(await line.text({ method: "GET", name: "x", signal: undefined }), "undefined");
});

test("one connection serves one request after another, also after a refusal", async (t) => {
  const ports = new Set<number | undefined>();
  const line = await lineTo(t, {}, (request, response) => {
    ports.add(request.socket.remotePort);
    request.resume();
    response.writeHead(request.method === "GET" ? 404 : 200).end("body");
  });
  await line.ask({ method: "PUT", name: "x", body: utf8("body"), signal: undefined });
  await assert.rejects(line.ask({ method: "GET", name: "x", signal: undefined }), WireError);
  await line.ask({ method: "DELETE", name: "x", signal: undefined });
  assert.equal(ports.size, 1);
});

test("bytes of shared memory are sent as they are", async (t) => {
  const line = await lineTo(t, {}, (request, response) => request.pipe(response));
  const body = new Uint8Array(new SharedArrayBuffer(100_000), 1000, 50_000).fill(0x61);
  const answer = await line.send({ method: "PUT", name: "x", body, signal: undefined });
  assert.equal(textLossy(await answer.body()), "a".repeat(50_000));
});
