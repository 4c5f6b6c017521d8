import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { test, type TestContext } from "node:test";
import { startIcebox } from "../../../icebox/src/index.ts";
import { testWorld } from "../../base/testing.ts";
import type { ObjectStore } from "../object-store.ts";
import { type StoreErrorCode, StoreError } from "../store-error.ts";
import { openS3 } from "./open.ts";

const SECRET = "hunter2/secret";
const env = { AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: SECRET };

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server that answers as the test says, and the store that talks to it. */
async function against(t: TestContext, answer: Answer): Promise<{ store: ObjectStore; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    request.resume();
    request.on("end", () => answer(request, response));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  const store = await openS3(`s3:http://127.0.0.1:${address.port}/bucket/p`, {}, testWorld({ env }));
  t.after(async () => {
    await store.close();
    server.closeAllConnections();
    server.close();
  });
  return { store, requests };
}

function error(status: number, code: string, extra = ""): Answer {
  return (_request, response) => {
    response.writeHead(status, { "content-type": "application/xml" });
    response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>because ${code}</Message>${extra}</Error>`);
  };
}

async function failure(work: Promise<unknown>): Promise<StoreError> {
  const thrown = await work.then(
    () => assert.fail("it succeeded"),
    (reason: unknown) => reason,
  );
  assert.ok(thrown instanceof StoreError, String(thrown));
  return thrown;
}

test("every answer of a server becomes one of the store's words, with a hint and no secret", async (t) => {
  const cases: readonly (readonly [number, string, StoreErrorCode, boolean])[] = [
    [403, "AccessDenied", "access-denied", false],
    [403, "InvalidAccessKeyId", "access-denied", false],
    [403, "SignatureDoesNotMatch", "access-denied", false],
    [400, "ExpiredToken", "access-denied", false],
    [404, "NoSuchBucket", "no-such-bucket", false],
    [403, "RequestTimeTooSkewed", "clock-skew", false],
    [503, "SlowDown", "throttled", true],
    [429, "TooManyRequests", "throttled", true],
    [503, "ServiceUnavailable", "throttled", true],
    [500, "InternalError", "server", true],
    [502, "BadGateway", "server", true],
    [400, "RequestTimeout", "network", true],
    [400, "BadDigest", "truncated", true],
    [403, "InvalidObjectState", "archived", false],
    [403, "ObjectNotInActiveTierError", "archived", false],
    [507, "InsufficientStorage", "no-space", false],
    [400, "InvalidStorageClass", "unsupported", false],
    [400, "AuthorizationHeaderMalformed", "invalid", false],
  ];
  let next: Answer = error(500, "unset");
  const { store } = await against(t, (request, response) => next(request, response));
  for (const [status, name, code, retryable] of cases) {
    next = error(status, name);
    const thrown = await failure(store.put("data/ab/x", new Uint8Array(3)));
    assert.deepEqual([thrown.code, thrown.retryable], [code, retryable], name);
    assert.ok(thrown.hint !== undefined && thrown.message.includes("/bucket/p/data/ab/x") && thrown.message.includes(name), thrown.message);
    assert.ok(!thrown.message.includes("\n"));
    assert.ok(!JSON.stringify([thrown, thrown.cause, thrown.message, thrown.stack]).includes("hunter2"));
  }
});

test("an archived object is told from a forbidden one, by get and by copy", async (t) => {
  const { store } = await against(t, error(403, "InvalidObjectState", "<StorageClass>DEEP_ARCHIVE</StorageClass>"));
  assert.equal((await failure(store.get("data/ab/x"))).code, "archived");
  assert.equal((await failure(store.changeClass("data/ab/x", "STANDARD", { encryption: { kind: "default" }, size: 3 }))).code, "archived");
  assert.equal((await failure(store.restore("data/ab/x", { days: 1, tier: "Bulk" }))).code, "not-archived");
});

test("answers to a restore", async (t) => {
  let next: Answer = error(500, "unset");
  const { store } = await against(t, (request, response) => next(request, response));
  const ask = (): Promise<string> => store.restore("data/ab/x", { days: 1, tier: "Expedited" });
  next = (_request, response) => response.writeHead(202).end();
  assert.equal(await ask(), "accepted");
  next = (_request, response) => response.writeHead(200).end();
  assert.equal(await ask(), "already");
  next = error(409, "RestoreAlreadyInProgress");
  assert.equal(await ask(), "ongoing");
  next = error(503, "GlacierExpeditedRetrievalNotAvailable");
  const busy = await failure(ask());
  assert.deepEqual([busy.code, busy.retryable], ["expedited-unavailable", false]);
  next = error(400, "InvalidArgument");
  assert.equal((await failure(ask())).code, "unsupported");
});

test("a copy answered with 200 and an error has failed", async (t) => {
  const { store } = await against(t, error(200, "InternalError"));
  const change = store.changeClass("data/ab/x", "GLACIER", { encryption: { kind: "default" }, size: 3 });
  assert.equal((await failure(change)).retryable, true);
});

test("a copy sends class, encryption and the ETag it means", async (t) => {
  const { store, requests } = await against(t, (_request, response) => {
    response.writeHead(200, { "content-type": "application/xml" });
    response.end('<?xml version="1.0"?><CopyObjectResult><ETag>"e"</ETag></CopyObjectResult>');
  });
  await store.changeClass("data/ab/x y", "DEEP_ARCHIVE", {
    ifMatch: '"old"',
    size: 3,
    encryption: { kind: "kms", dual: false, keyId: "arn:aws:kms:k", bucketKey: true },
  });
  const { headers } = requests[0]!;
  assert.equal(headers["x-amz-storage-class"], "DEEP_ARCHIVE");
  assert.equal(headers["x-amz-copy-source"], "bucket/p/data/ab/x%20y");
  assert.equal(headers["x-amz-copy-source-if-match"], '"old"');
  assert.equal(headers["x-amz-server-side-encryption"], "aws:kms");
  assert.equal(headers["x-amz-server-side-encryption-aws-kms-key-id"], "arn:aws:kms:k");
  assert.equal(headers["x-amz-server-side-encryption-bucket-key-enabled"], "true");
});

test("every write names its class and the SHA-256 of its bytes, and neither MD5 nor a newer checksum", async (t) => {
  const { store, requests } = await against(t, (_request, response) => response.writeHead(200, { etag: '"e"' }).end());
  await store.put("data/ab/x", new Uint8Array(3_000_000));
  const { headers } = requests[0]!;
  assert.equal(headers["x-amz-storage-class"], "STANDARD");
  assert.equal(headers["x-amz-content-sha256"], hash("sha256", new Uint8Array(3_000_000)));
  assert.equal(headers["content-length"], "3000000");
  const unwanted = /^(x-amz-checksum.*|x-amz-sdk-checksum-algorithm|expect|content-md5)$/;
  assert.deepEqual(
    Object.keys(headers).filter((name) => unwanted.test(name)),
    [],
  );
});

test("a bucket that insists on MD5 gets it, once and for all", async (t) => {
  const { store, requests } = await against(t, (request, response) => {
    if (request.headers["content-md5"] !== undefined) return response.writeHead(200).end();
    response.writeHead(400);
    response.end(
      "<Error><Code>InvalidRequest</Code><Message>Content-MD5 HTTP header is required for Put Object requests with Object Lock parameters</Message></Error>",
    );
  });
  for (let i = 0; i < 2; i++) await store.put("data/ab/x", new Uint8Array(3));
  assert.deepEqual(
    requests.map(({ headers }) => headers["content-md5"]),
    [undefined, ...Array.from({ length: 2 }, () => hash("md5", new Uint8Array(3), "base64"))],
  );
});

test("bytes damaged since their hash was taken are refused", async () => {
  await using icebox = await startIcebox({ buckets: ["bucket"] });
  const { accessKeyId, secretAccessKey } = icebox.credentials;
  const world = testWorld({ env: { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } });
  const store = await openS3(`s3:${icebox.endpoint}/bucket/p`, { machineTime: Date.now }, world);
  const body = new Uint8Array(1000).fill(7);
  const sha256 = hash("sha256", body);
  await store.put(`data/ab/${sha256}`, body, { sha256 });
  body[500] = 6;
  assert.equal((await failure(store.put("data/ab/other", body, { sha256 }))).code, "truncated");
  assert.equal(await store.head("data/ab/other"), undefined);
  await store.close();
});

test("a broken or short answer is never taken for the object", async (t) => {
  let next: Answer = error(500, "unset");
  const { store } = await against(t, (request, response) => next(request, response));
  next = (_request, response) => {
    response.writeHead(200, { "content-length": "1000" });
    response.write("only this");
    setTimeout(() => response.destroy(), 20);
  };
  assert.equal((await failure(store.get("data/ab/x"))).retryable, true);
  next = (request) => request.socket.destroy();
  assert.equal((await failure(store.get("data/ab/x"))).code, "network");
  assert.equal((await failure(store.put("data/ab/x", new Uint8Array(10)))).code, "network");
  next = (_request, response) => response.writeHead(206, { "content-range": "bytes 0-4/100" }).end("01234");
  assert.equal((await failure(store.get("data/ab/x", { range: { offset: 0, length: 10 } }))).code, "truncated");
  assert.equal((await failure(store.get("data/ab/x", { range: { offset: 95, length: 10 } }))).code, "unsupported");
  next = (_request, response) => response.writeHead(206, { "content-range": "bytes 95-99/100" }).end("56789");
  assert.equal((await failure(store.get("data/ab/x", { range: { offset: 95, length: 10 } }))).code, "bad-range");
  next = (_request, response) => response.writeHead(200).end("the whole object");
  assert.equal((await failure(store.get("data/ab/x", { range: { offset: 0, length: 10 } }))).code, "unsupported");
});

test("an abort in the middle of an answer ends the read with its reason", async (t) => {
  const { store } = await against(t, (_request, response) => {
    response.writeHead(200, { "content-length": "1000" });
    response.write("begun");
  });
  const controller = new AbortController();
  const reason = new Error("enough");
  setTimeout(() => controller.abort(reason), 50);
  await assert.rejects(store.get("data/ab/x", { signal: controller.signal }), (thrown) => thrown === reason);
});

const PAGE = (keys: string, more: string): string =>
  `<?xml version="1.0"?><ListBucketResult><Name>bucket</Name>${keys}${more}</ListBucketResult>`;
const ITEM = (key: string, extra = ""): string =>
  `<Contents><Key>${key}</Key><Size>5</Size><LastModified>2026-01-02T03:04:05.000Z</LastModified><ETag>"e"</ETag>${extra}</Contents>`;

test("a list follows its pages, reads states and strange classes, and leaves out what is not ours", async (t) => {
  const { store, requests } = await against(t, (request, response) => {
    const token = new URL(request.url ?? "", "http://x").searchParams.get("continuation-token");
    response.writeHead(200, { "content-type": "application/xml" });
    if (token === null) {
      const thawed =
        "<StorageClass>GLACIER</StorageClass><RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress><RestoreExpiryDate>2126-01-01T00:00:00Z</RestoreExpiryDate></RestoreStatus>";
      response.end(
        PAGE(
          ITEM("p/data/ab/a", thawed) + ITEM("p/data/") + ITEM("other"),
          "<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>",
        ),
      );
    } else {
      response.end(
        PAGE(ITEM("p/data/ab/b", "<StorageClass>PERMAFROST</StorageClass>") + ITEM("p/data/ab/c"), "<IsTruncated>false</IsTruncated>"),
      );
    }
  });
  const items = await Array.fromAsync(store.list("data/"));
  assert.deepEqual(
    items.map(({ key, storageClass, restore }) => [key, storageClass, restore?.expiry]),
    [
      ["data/ab/a", "GLACIER", Date.UTC(2126, 0)],
      ["data/ab/b", "PERMAFROST", undefined],
      ["data/ab/c", "STANDARD", undefined],
    ],
  );
  assert.equal(requests[0]?.headers["x-amz-optional-object-attributes"], "RestoreStatus");
});

for (const knowsWhereToStart of [true, false]) {
  test(`a long list of packs is read in several stretches, ${knowsWhereToStart ? "each once" : "also by a server that begins anew"}`, async (t) => {
    const names = Array.from({ length: 256 }, (_, at) => hash("sha256", String(at)))
      .map((id) => `p/data/${id.slice(0, 2)}/${id}`)
      .sort();
    const { store, requests } = await against(t, (request, response) => {
      const query = new URL(request.url ?? "", "http://x").searchParams;
      const after = query.get("continuation-token") ?? (knowsWhereToStart ? query.get("start-after") : null) ?? "";
      const rest = names.filter((name) => name > after);
      const keys = rest.slice(0, 10);
      const more = rest.length > 10 ? `<IsTruncated>true</IsTruncated><NextContinuationToken>${keys.at(-1)}</NextContinuationToken>` : "";
      response.writeHead(200, { "content-type": "application/xml" }).end(PAGE(keys.map((key) => ITEM(key)).join(""), more));
    });
    const keys = (await Array.fromAsync(store.list("data/"))).map(({ key }) => `p/${key}`).sort();
    assert.deepEqual(keys, names);
    const starts = requests.filter(({ url }) => url?.includes("start-after") === true);
    assert.equal(starts.length, 5);
    if (knowsWhereToStart) assert.ok(requests.length <= 26 + 5, `${requests.length} requests`);
  });
}

test("a server that does not know restore states in LIST is asked without them from then on", async (t) => {
  const { store, requests } = await against(t, (request, response) => {
    if (request.headers["x-amz-optional-object-attributes"] !== undefined) return error(400, "InvalidArgument")(request, response);
    response.writeHead(200, { "content-type": "application/xml" }).end(PAGE(ITEM("p/data/ab/a"), ""));
  });
  for (let i = 0; i < 2; i++) assert.equal((await Array.fromAsync(store.list("data/"))).length, 1);
  assert.equal(requests.length, 3);
});

test("a list that says there is more but not where does not end quietly", async (t) => {
  const { store } = await against(t, (_request, response) => {
    response.writeHead(200, { "content-type": "application/xml" }).end(PAGE(ITEM("p/data/ab/a"), "<IsTruncated>true</IsTruncated>"));
  });
  assert.equal((await failure(Array.fromAsync(store.list("data/")))).code, "server");
});

test("bucket facts that a server will not tell are unknown", async (t) => {
  let next: Answer = error(403, "AccessDenied");
  const { store } = await against(t, (request, response) => next(request, response));
  assert.deepEqual(await store.bucketFacts(), { versioning: "unknown", objectLock: "unknown" });
  next = error(501, "NotImplemented");
  assert.deepEqual(await store.bucketFacts(), { versioning: "unknown", objectLock: "unknown" });
  next = error(503, "SlowDown");
  assert.equal((await failure(store.bucketFacts())).code, "throttled");
  next = (request, response) => {
    response.writeHead(200, { "content-type": "application/xml" });
    const versioning = "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>";
    const lock = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>";
    response.end(request.url?.includes("versioning") === true ? versioning : lock);
  };
  assert.deepEqual(await store.bucketFacts(), { versioning: "suspended", objectLock: "on" });
});

test("encryption is read from HEAD, and an object under a customer's key is refused", async (t) => {
  let headers: Record<string, string> = {};
  let status = 200;
  const { store } = await against(t, (_request, response) => response.writeHead(status, headers).end());
  headers = { "x-amz-server-side-encryption": "aws:kms:dsse", "x-amz-server-side-encryption-aws-kms-key-id": "k" };
  assert.deepEqual((await store.head("x"))?.encryption, { kind: "kms", dual: true, keyId: "k", bucketKey: false });
  headers = { "x-amz-server-side-encryption": "AES256" };
  assert.deepEqual((await store.head("x"))?.encryption, { kind: "aes256" });
  headers = { "x-amz-server-side-encryption-customer-algorithm": "AES256" };
  assert.deepEqual((await store.head("x"))?.encryption, { kind: "customer" });
  [headers, status] = [{}, 400];
  assert.equal((await failure(store.head("x"))).code, "unsupported");
  status = 403;
  assert.equal((await failure(store.head("x"))).code, "access-denied");
});

test("a web page is no empty repository", async (t) => {
  const { store } = await against(t, (_request, response) =>
    response.writeHead(200, { "content-type": "text/html" }).end("<html><body>hi"),
  );
  assert.equal((await failure(Array.fromAsync(store.list("data/")))).code, "invalid");
});
