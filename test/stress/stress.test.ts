import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { watchedIcebox } from "../icebox.ts";
import { dice, PATIENCE } from "../kill/points.ts";
import { withoutPeer } from "../peers.ts";
import { localPlace, makeRepository } from "../scratch.ts";
import { stress } from "./rounds.ts";

const skip = withoutPeer("restic");
const base = mkdtempSync(join(tmpdir(), "firn-stress-"));
after(() => rmSync(base, { recursive: true, force: true }));

const runs = Number(process.env["FIRN_TEST_RUNS"] ?? 1);

for (let number = 0; number < runs; number++) {
  test(
    `whatever happens to a tree and its backups in a folder, what the latest one gives back is the tree (${number})`,
    { skip, ...PATIENCE },
    async () => {
      const here = join(base, `folder ${number}`);
      mkdirSync(here);
      const place = localPlace(join(here, "repo"));
      await makeRepository(place);
      await stress({ base: here, place, ice: undefined, roll: dice(`stress folder ${number}`), rounds: 6 });
    },
  );

  test(`the same in S3 (${number})`, { skip, ...PATIENCE }, async () => {
    await using ice = await watchedIcebox();
    const here = join(base, `s3 ${number}`);
    mkdirSync(here);
    const place = ice.place("stress");
    await makeRepository(place);
    await stress({ base: here, place, ice, roll: dice(`stress s3 ${number}`), rounds: 6 });
  });
}
