import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { TLSSocket } from "node:tls";
import { testWorld } from "../../base/testing.ts";
import type { ObjectStore } from "../object-store.ts";
import { isStoreError, StoreError } from "../store-error.ts";
import { openS3, type OpenS3 } from "./open.ts";

const folder = mkdtempSync(join(tmpdir(), "firn-tls-"));
const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
const request = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost";
const names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
const made = spawnSync("openssl", request.split(" ").concat(names, "-keyout", key, "-out", certificate));

describe("s3 over TLS", { skip: made.status === 0 ? false : "there is no openssl to make a certificate" }, () => {
  let port = 0;
  let seen: string | undefined;
  const server = createServer(
    made.status === 0 ? { key: readFileSync(key), cert: readFileSync(certificate), requestCert: true, rejectUnauthorized: false } : {},
  );

  before(async () => {
    server.on("request", (request, response) => {
      const socket = request.socket as TLSSocket;
      seen = socket.getPeerCertificate().subject?.CN?.toString();
      request.resume();
      response.end("body");
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const address = server.address();
    assert.ok(typeof address === "object" && address !== null);
    port = address.port;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function withStore(open: OpenS3, run: (store: ObjectStore) => Promise<void>): Promise<void> {
    const world = testWorld({ env: { AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: "secret" } });
    const store = await openS3(`s3:https://127.0.0.1:${port}/bucket`, open, world);
    await run(store);
    await store.close();
  }

  test("a certificate nobody vouches for is refused, and says what to do", async () => {
    await withStore({}, async (store) => {
      await assert.rejects(
        store.get("config"),
        (error) => error instanceof StoreError && error.code === "invalid" && error.hint?.includes("--cacert") === true,
      );
    });
  });

  test("with its authority named it is taken, and so is anything when that was asked for", async () => {
    for (const open of [{ caCert: certificate }, { insecureTls: true }]) {
      await withStore(open, async (store) => {
        for (let i = 0; i < 2; i++) assert.equal(Buffer.from(await store.get("config")).toString(), "body");
        await store.put("config", new Uint8Array(100_000));
      });
    }
  });

  test("a client's certificate is shown to the server", async () => {
    // Key and certificate in one file, as restic wants them.
    const both = join(folder, "both.pem");
    writeFileSync(both, readFileSync(key, "utf8") + readFileSync(certificate, "utf8"));
    await withStore({ caCert: certificate, tlsClientCert: both }, async (store) => {
      await store.get("config");
      assert.equal(seen, "localhost");
    });
  });

  test("plain HTTP where TLS is spoken ends at once", async () => {
    const world = testWorld({ env: { AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: "secret" } });
    const plain = await openS3(`s3:http://127.0.0.1:${port}/bucket`, {}, world);
    await assert.rejects(plain.get("config"), (error) => isStoreError(error, "network") || isStoreError(error, "invalid"));
    await plain.close();
  });
});
