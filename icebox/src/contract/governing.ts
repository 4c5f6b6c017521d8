import assert from "node:assert/strict";
import { all, first } from "./client.ts";
import type { Answer } from "./client.ts";
import { contract } from "./target.ts";
import type { Scene, Suite } from "./target.ts";
import { md5Header } from "./versions.ts";

function setPolicy({ client, bucket }: Scene, ...denials: Record<string, unknown>[]): Promise<Answer> {
  const own = `arn:aws:s3:::${bucket}`;
  const Statement = denials.map((denial) => ({ Effect: "Deny", Principal: "*", Resource: [own, `${own}/*`], ...denial }));
  return client.send("PUT", bucket, { query: { policy: "" }, body: JSON.stringify({ Version: "2012-10-17", Statement }) });
}

const TIERING =
  '<IntelligentTieringConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Id>cold</Id><Filter><Prefix>data/</Prefix></Filter><Status>Enabled</Status>' +
  "<Tiering><AccessTier>ARCHIVE_ACCESS</AccessTier><Days>90</Days></Tiering>" +
  "<Tiering><AccessTier>DEEP_ARCHIVE_ACCESS</AccessTier><Days>180</Days></Tiering></IntelligentTieringConfiguration>";

/** What a bucket's owner lays down for it: who may do what, and what INTELLIGENT_TIERING may do. */
export function governingCases(suite: Suite): void {
  contract(suite, "a policy is kept, told and removed", [], async (scene) => {
    const { client, bucket } = scene;
    const none = await client.send("GET", bucket, { query: { policy: "" } });
    assert.deepEqual([none.status, none.code], [404, "NoSuchBucketPolicy"]);
    assert.ok([200, 204].includes((await setPolicy(scene, { Action: "s3:PutObjectAcl" })).status));
    const told = JSON.parse((await client.send("GET", bucket, { query: { policy: "" } })).text) as { Statement: { Action: string }[] };
    assert.equal(told.Statement[0]?.Action, "s3:PutObjectAcl");
    assert.equal((await client.send("DELETE", bucket, { query: { policy: "" } })).status, 204);
    assert.equal((await client.send("GET", bucket, { query: { policy: "" } })).status, 404);
  });

  contract(suite, "what a policy denies is refused, and nothing else", [], async (scene) => {
    const { client, bucket } = scene;
    await client.send("PUT", `${bucket}/k`, { body: "snow" });
    await setPolicy(scene, { Action: "s3:DeleteObject" });
    assert.equal((await client.send("DELETE", `${bucket}/k`)).status, 403);
    assert.equal((await client.send("GET", `${bucket}/k`)).text, "snow");
    await client.send("DELETE", bucket, { query: { policy: "" } });
    assert.equal((await client.send("DELETE", `${bucket}/k`)).status, 204);
  });

  contract(suite, "a policy may deny what is done to the bucket", ["policy-on-buckets"], async (scene) => {
    const { client, bucket } = scene;
    await setPolicy(scene, { Action: ["s3:PutLifecycleConfiguration", "s3:GetBucketVersioning"] });
    for (const [method, name] of [
      ["DELETE", "lifecycle"],
      ["GET", "versioning"],
    ] as const) {
      const refused = await client.send(method, bucket, { query: { [name]: "" } });
      assert.deepEqual([refused.status, refused.code], [403, "AccessDenied"], name);
    }
    assert.equal((await client.send("GET", bucket, { query: { location: "" } })).status, 200);
  });

  contract(suite, "a key that is denied among many is reported by itself", [], async (scene) => {
    const { client, bucket } = scene;
    for (const key of ["keep/k", "k"]) await client.send("PUT", `${bucket}/${key}`, { body: "snow" });
    await setPolicy(scene, { Action: "s3:DeleteObject", Resource: `arn:aws:s3:::${bucket}/keep/*` });
    const body = "<Delete><Object><Key>keep/k</Key></Object><Object><Key>k</Key></Object></Delete>";
    const answer = await client.send("POST", bucket, { query: { delete: "" }, body, headers: md5Header(body) });
    assert.deepEqual([answer.status, all(answer.text, "Code")], [200, ["AccessDenied"]]);
    const keys = all((await client.send("GET", bucket, { query: { "list-type": "2" } })).text, "Key");
    assert.deepEqual(keys, ["keep/k"]);
  });

  contract(suite, "a policy that is not one is refused", ["policy-checked"], async ({ client, bucket }) => {
    for (const body of ["not a policy", "{}", '{"Statement":[{"Effect":"Perhaps"}]}']) {
      const answer = await client.send("PUT", bucket, { query: { policy: "" }, body });
      assert.deepEqual([answer.status, answer.code], [400, "MalformedPolicy"], body);
    }
  });

  contract(
    suite,
    "a configuration of INTELLIGENT_TIERING is kept, listed and removed",
    ["intelligent-tiering"],
    async ({ client, bucket }) => {
      const query = { "intelligent-tiering": "", id: "cold" };
      const none = await client.send("GET", bucket, { query });
      assert.deepEqual([none.status, none.code], [404, "NoSuchConfiguration"]);
      assert.equal((await client.send("PUT", bucket, { query, body: TIERING })).status, 200);
      const told = (await client.send("GET", bucket, { query })).text;
      assert.deepEqual(
        [all(told, "AccessTier"), all(told, "Days")],
        [
          ["ARCHIVE_ACCESS", "DEEP_ARCHIVE_ACCESS"],
          ["90", "180"],
        ],
      );
      const list = (await client.send("GET", bucket, { query: { "intelligent-tiering": "" } })).text;
      assert.deepEqual([all(list, "Id"), first(list, "IsTruncated")], [["cold"], "false"]);
      assert.equal((await client.send("DELETE", bucket, { query })).status, 204);
      assert.equal((await client.send("GET", bucket, { query })).status, 404);
    },
  );

  contract(suite, "archive tiers sooner than S3 has them are refused", ["intelligent-tiering"], async ({ client, bucket }) => {
    const put = (body: string) => client.send("PUT", bucket, { query: { "intelligent-tiering": "", id: "cold" }, body });
    assert.equal((await put(TIERING.replace("<Days>90<", "<Days>89<"))).code, "InvalidArgument");
    assert.equal((await put(TIERING.replace("<Days>180<", "<Days>731<"))).code, "InvalidArgument");
    assert.equal((await put(TIERING.replace("DEEP_ARCHIVE_ACCESS", "FROZEN_ACCESS"))).code, "MalformedXML");
  });
}
