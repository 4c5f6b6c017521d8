import { createServer, connect, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";

/**
 * A line with latency: forwards TCP to a local port, every piece of bytes half a round trip later, in both directions, at any bandwidth.
 * A new connection costs one round trip more before its first bytes pass, as TCP's handshake does.
 * `node bench/delay-proxy.ts --to PORT --round-trip MS` prints the port it listens on.
 */
const { values } = parseArgs({ options: { to: { type: "string" }, "round-trip": { type: "string", default: "30" } } });
const roundTripMs = Number(values["round-trip"]);

const server = createServer({ noDelay: true, allowHalfOpen: true }, (near) => {
  const far = connect({ port: Number(values.to), host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
  later(near, far, performance.now() + roundTripMs);
  later(far, near, 0);
  for (const [one, other] of [[near, far] as const, [far, near] as const]) {
    one.on("error", () => other.destroy());
    one.on("close", () => one.destroy());
  }
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));

/** Timers fire in order of their time, so bytes stay in order. A whole half round trip of bytes is on its way at once, which is what a line holds. */
function later(from: Socket, to: Socket, notBefore: number): void {
  const queue: { readonly due: number; readonly bytes: Buffer | undefined }[] = [];
  let timer: NodeJS.Timeout | undefined;
  const push = (bytes: Buffer | undefined): void => {
    queue.push({ due: Math.max(performance.now(), notBefore) + roundTripMs / 2, bytes });
    timer ??= setTimeout(pass, roundTripMs / 2);
  };
  const pass = (): void => {
    timer = undefined;
    const now = performance.now();
    to.cork();
    for (let next = queue[0]; next !== undefined && next.due <= now + 0.5; next = queue[0]) {
      queue.shift();
      if (next.bytes === undefined) to.end();
      else to.write(next.bytes);
    }
    to.uncork();
    if (queue.length > 0) timer = setTimeout(pass, Math.max(0, queue[0]!.due - now));
  };
  from.on("data", (bytes: Buffer) => push(bytes));
  from.on("end", () => push(undefined));
}
