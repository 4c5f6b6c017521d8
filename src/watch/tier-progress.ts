import type { Listener } from "../base/event.ts";
import { formatBytes } from "../base/size.ts";
import type { World } from "../base/world.ts";
import { type Screens, showPath } from "./screen.ts";
import { everyTick, paintInterval, StatusLine } from "./status-line.ts";

export interface TierProgress {
  readonly listen: Listener;
  stop(): void;
}

/** A live line while packs are moved, and a line for each that fails. */
export function tierProgress(output: {
  readonly screens: Screens;
  readonly world: World;
  readonly json: boolean;
  readonly quiet: boolean;
}): TierProgress {
  const { screens, world, json, quiet } = output;
  const line = new StatusLine(screens.stdout);
  let total = 0;
  let totalBytes = 0;
  let done = 0;
  let doneBytes = 0;
  const paint = (): void => {
    if (total > 0)
      line.tick(`${Math.floor((100 * done) / total)}%  ${done} of ${total} packs, ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`);
  };
  const interval = json ? undefined : paintInterval(world.env, { isTTY: screens.stdout.isTTY, json: false, quiet });
  const cancel = everyTick(world.clock, interval, paint);
  return {
    listen: (event) => {
      if (event.kind === "plan") {
        total = event.steps ?? 0;
        totalBytes = event.bytes ?? 0;
      } else if (event.kind === "advance") {
        done += event.files ?? 0;
        doneBytes += event.bytes ?? 0;
      } else if (event.kind === "error") {
        const item = showPath(event.item);
        if (json)
          screens.stderr.write(
            `${JSON.stringify({ message_type: "error", error: { message: event.message }, during: event.during, item })}\n`,
          );
        else line.print(`error: ${item}: ${event.message}`, screens.stderr);
      }
    },
    stop: () => {
      cancel();
      line.clear();
    },
  };
}
