import assert from "node:assert/strict";
import { restic } from "../peers.ts";
import type { Place } from "../scratch.ts";

/** What must hold after a kill at any point: `restic unlock`, then `restic check`, passes. */
export async function judgeAfterKill(place: Place, where: string): Promise<void> {
  await restic(["unlock"], place);
  const checked = await restic(["check"], { ...place, anyStatus: true });
  assert.equal(checked.status, 0, `${where}: ${checked.stdout}${checked.stderr}`);
  assert.match(checked.stdout, /no errors were found/, where);
}
