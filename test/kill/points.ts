import { seededRandom } from "../../src/base/testing.ts";

const thorough = process.env["CI"] === "true" || process.env["FIRN_TEST_LONG"] !== undefined;

/** How often each command is killed; a few times by default, fifty where there is time. */
export const POINTS = Number(process.env["FIRN_KILL_POINTS"] ?? (thorough ? 50 : 6));

/** A test of many runs may take long on a busy machine. */
export const PATIENCE = { timeout: 1_200_000 };

/** A number from 0 to below 1, the same in every run with the same FIRN_TEST_SEED. */
export type Dice = () => number;

export function dice(name: string): Dice {
  const random = seededRandom(`${process.env["FIRN_TEST_SEED"] ?? "kill"} ${name}`);
  return () => Buffer.from(random(6)).readUIntBE(0, 6) / 2 ** 48;
}

/** `count` random points, one in each of so many equal stretches of 0…1, so that none is left out; in random order. */
export function spread(count: number, roll: Dice): number[] {
  const points = Array.from({ length: count }, (_, i) => ({ point: (i + roll()) / count, order: roll() }));
  return points.sort((a, b) => a.order - b.order).map(({ point }) => point);
}
