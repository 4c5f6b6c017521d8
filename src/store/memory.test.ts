import { testWorld } from "../base/testing.ts";
import { MS_PER_DAY } from "../base/time.ts";
import { describeStore } from "./conformance.ts";
import { memoryStore } from "./memory.ts";

describeStore("memory", { classes: true }, async () => {
  const { clock } = testWorld();
  return { store: memoryStore({ clock }), ripen: () => clock.advance(MS_PER_DAY / 2 + 1) };
});

describeStore("memory without classes", { classes: false }, async () => ({
  store: memoryStore({ clock: testWorld().clock, storageClasses: false }),
}));
