import type { Time } from "../../base/time.ts";
import type { World } from "../../base/world.ts";

/** `2006-01-02 15:04:05` in local time. */
export function localTime(time: Time, world: Pick<World, "zoneOffset">): string {
  return clockText(time.ns, world.zoneOffset(time.ns));
}

/** A moment as Go prints it: `2006-01-02 15:04:05.999 +0100 +0100`, in the zone it was written with. */
export function goTime(time: Time): string {
  const ns = ((time.ns % NS) + NS) % NS;
  const fraction = ns === 0n ? "" : `.${String(ns).padStart(9, "0").replace(/0+$/, "")}`;
  const minutes = Math.trunc(Math.abs(time.offset) / 60);
  const zone = `${time.offset < 0 ? "-" : "+"}${two(Math.trunc(minutes / 60))}${two(minutes % 60)}`;
  return `${clockText(time.ns, time.offset)}${fraction} ${zone} ${time.offset === 0 ? "UTC" : zone}`;
}

function two(n: number): string {
  return String(n).padStart(2, "0");
}

const NS = 1_000_000_000n;

function clockText(ns: bigint, offset: number): string {
  const seconds = (ns - (((ns % NS) + NS) % NS)) / NS + BigInt(offset);
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return String(seconds);
  return date.toISOString().replace("T", " ").slice(0, -5);
}
