import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { FaultRule } from "./faults.ts";
import type { Reply } from "./http/reply.ts";

const TICKS_PER_SECOND = 20;

/** Writes a reply, whole or as a fault wants it broken. */
export async function send(response: ServerResponse, reply: Reply, fault: FaultRule | undefined, withBody: boolean): Promise<void> {
  const body = typeof reply.body === "object" ? reply.body : Buffer.from(reply.body ?? "");
  const headers: Record<string, string> = { ...reply.headers };
  if (withBody && reply.status !== 204 && reply.status !== 304) headers["content-length"] ??= String(body.length);
  if (fault?.kind === "drop") return dropHalfway(response, reply.status, headers, body);
  response.writeHead(reply.status, headers);
  if (fault?.kind === "slow" && withBody) await trickle(response, body, fault.bytesPerSecond ?? 1024);
  response.end(withBody && fault?.kind !== "slow" ? body : undefined);
}

/** Half of the body arrives; where there is none, not even the head does. */
function dropHalfway(response: ServerResponse, status: number, headers: Record<string, string>, body: Uint8Array): void {
  if (body.length < 2) {
    response.destroy();
    return;
  }
  response.writeHead(status, headers);
  response.write(body.subarray(0, body.length >> 1), () => response.destroy());
}

async function trickle(response: ServerResponse, body: Uint8Array, bytesPerSecond: number): Promise<void> {
  const step = Math.max(1, Math.round(bytesPerSecond / TICKS_PER_SECOND));
  for (let at = 0; at < body.length && !response.destroyed; at += step) {
    response.write(body.subarray(at, at + step));
    await sleep(1000 / TICKS_PER_SECOND);
  }
}
