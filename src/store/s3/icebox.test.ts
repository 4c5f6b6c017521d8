import dns, { type LookupOptions } from "node:dns";
import { after, before, describe, mock } from "node:test";
import { type Icebox, startIcebox } from "../../../icebox/src/index.ts";
import { testWorld } from "../../base/testing.ts";
import { MS_PER_DAY } from "../../base/time.ts";
import { describeStore } from "../conformance.ts";
import { openS3 } from "./open.ts";

const START = Date.UTC(2026, 2, 1, 12);

describe("s3 on icebox", () => {
  let icebox: Icebox;
  before(async () => {
    icebox = await startIcebox({ clock: { start: START } });
    mock.method(dns, "lookup", lookupLocalhost);
  });
  after(async () => {
    mock.restoreAll();
    await icebox.close();
  });

  for (const [name, options] of [
    ["path style", {}],
    ["virtual-hosted style", { "s3.bucket-lookup": "dns" }],
  ] as const) {
    describeStore(name, { classes: true }, async () => {
      const { accessKeyId, secretAccessKey } = icebox.credentials;
      const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
      // The store must see the clock that archive states follow.
      const world = testWorld({ env });
      const clock = { ...world.clock, now: () => icebox.clock.now() };
      const store = await openS3(
        `s3:http://localhost:${icebox.port}/bucket-${name.replaceAll(" ", "-")}/a/b`,
        { backendOptions: options, machineTime: Date.now },
        { ...world, clock },
      );
      return { store, ripen: async () => icebox.clock.advance(MS_PER_DAY / 2 + 1) };
    });
  }
});

type Found = (error: Error | null, address: string | { address: string; family: number }[], family?: number) => void;

/** Every name below `localhost` is this machine (RFC 6761), which not every resolver knows. */
function lookupLocalhost(_name: string, options: LookupOptions, found: Found): void {
  if (options.all === true) found(null, [{ address: "127.0.0.1", family: 4 }]);
  else found(null, "127.0.0.1", 4);
}
