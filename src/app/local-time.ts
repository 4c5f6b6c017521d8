import { FirnError } from "../base/error.ts";
import { NS_PER_SECOND, type Time } from "../base/time.ts";
import type { World } from "../base/world.ts";

const FORM = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})$/;

/** `2006-01-02 15:04:05` in the machine's zone, as restic's --time takes it. */
export function parseLocalTime(text: string, world: World): Time {
  const parts = FORM.exec(text)?.slice(1).map(Number);
  const [year, month, day, hour, minute, second] = parts ?? [];
  const ms = parts === undefined ? Number.NaN : Date.UTC(year!, month! - 1, day, hour, minute, second);
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 19).replace("T", " ") !== text) {
    throw new FirnError({
      code: "usage",
      message: `--time ${JSON.stringify(text)}: not a time`,
      hint: "write it as 2026-11-23 22:08:41 (local time)",
    });
  }
  const asUtc = BigInt(ms) * 1_000_000n;
  // The offset depends on the instant looked for: guess, look, look again at the better guess (around a change of the clocks).
  let offset = world.zoneOffset(asUtc);
  for (let i = 0; i < 2; i++) offset = world.zoneOffset(asUtc - BigInt(offset) * NS_PER_SECOND);
  return { ns: asUtc - BigInt(offset) * NS_PER_SECOND, offset };
}
