import { after, before, describe } from "node:test";
import { type Moto, startMoto, withoutPeer } from "../../../test/peers.ts";
import { testWorld } from "../../base/testing.ts";
import { describeStore } from "../conformance.ts";
import { openS3 } from "./open.ts";

describe("s3 on moto", { skip: withoutPeer("moto") }, () => {
  let moto: Moto;
  before(async () => {
    moto = await startMoto();
  });
  after(() => moto.stop());

  // moto tells no restore state in LIST, never answers 409 to a second restore, and ignores copy-source-if-match.
  describeStore("s3", { classes: true, gaps: ["restore-in-list", "restore-ongoing", "copy-if-match"] }, async () => {
    const world = testWorld({ now: Date.now(), env: { AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: "secret" } });
    await moto.thaw("immediate");
    return { store: await openS3(`s3:${moto.endpoint}/bucket/some/folder`, {}, world) };
  });
});
