import { describeS3 } from "./contract.ts";
import { startIcebox } from "./index.ts";

const HALF_DAY_MS = 12 * 3_600_000;

describeS3("icebox", async () => {
  const icebox = await startIcebox({ clock: { start: Date.now() } });
  const { endpoint, region, credentials } = icebox;
  return {
    endpoint,
    region,
    credentials,
    gaps: {},
    holdThaws: async () => {},
    finishThaws: async () => icebox.clock.advance(HALF_DAY_MS),
    stop: () => icebox.close(),
  };
});
