import { describeStore } from "../conformance.ts";
import { testWorld } from "../../base/testing.ts";
import { MS_PER_DAY } from "../../base/time.ts";
import { memoryStore } from "../memory.ts";
import { withFaults } from "./fault.ts";
import { withLimits } from "./limit.ts";
import { withMeter } from "./meter.ts";
import { withRetry } from "./retry.ts";

// What holds of a store holds of a wrapped one.
describeStore("memory under every wrapper", { classes: true }, async () => {
  const world = testWorld();
  const metered = withMeter(memoryStore({ clock: world.clock })).store;
  const store = withRetry(withLimits(metered, { connections: 3, uploadKib: 100_000, downloadKib: 100_000 }, world), world);
  return { store, ripen: () => world.clock.advance(MS_PER_DAY / 2 + 1) };
});

// And of one that keeps failing, as long as somebody retries: lost answers, throttling, broken lists.
for (const seed of ["a", "b", "c"]) {
  describeStore(`memory that fails every fourth time, retried (${seed})`, { classes: true, gaps: ["restore-ongoing"] }, async () => {
    const world = testWorld({ seed });
    const faulty = withFaults(memoryStore({ clock: world.clock }), process.env["FIRN_TEST_SEED"] ?? seed, [
      { code: "throttled", when: "before", probability: 0.15 },
      { code: "network", when: "after", probability: 0.15, kinds: ["put", "get", "head", "delete", "list", "create"] },
    ]);
    return { store: withRetry(faulty.store, world), ripen: () => world.clock.advance(MS_PER_DAY / 2 + 1) };
  });
}
