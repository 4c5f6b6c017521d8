import type { Clock } from "../base/world.ts";
import { fit, type Screen } from "./screen.ts";

const DEFAULT_FPS = 10;
const MAX_FPS = 60;

/**
 * Milliseconds between two looks at the progress, or undefined for never: RESTIC_PROGRESS_FPS decides where it is set, otherwise
 * ten a second on a terminal and for JSON, and none into a pipe or with --quiet.
 */
export function paintInterval(
  env: Readonly<Record<string, string | undefined>>,
  output: { readonly isTTY: boolean; readonly json: boolean; readonly quiet: boolean },
): number | undefined {
  if (output.quiet) return undefined;
  const fps = Number(env["RESTIC_PROGRESS_FPS"]);
  if (Number.isFinite(fps) && fps > 0) return 1000 / Math.min(fps, MAX_FPS);
  return output.isTTY || output.json ? 1000 / DEFAULT_FPS : undefined;
}

/** Calls `action` again and again until the returned function is called. The clock's alarms keep no process alive. */
export function everyTick(clock: Clock, intervalMs: number | undefined, action: () => void): () => void {
  if (intervalMs === undefined) return () => undefined;
  let cancel = clock.alarm(intervalMs, tick);
  let stopped = false;
  function tick(): void {
    action();
    if (!stopped) cancel = clock.alarm(intervalMs!, tick);
  }
  return () => {
    stopped = true;
    cancel();
  };
}

/**
 * One line at the bottom of a terminal that is painted over, and lasting lines above it. On anything that is no terminal the live
 * line does not exist and lasting lines go out plainly.
 */
export class StatusLine {
  private readonly screen: Screen;
  private shown = "";
  private told = "";

  constructor(screen: Screen) {
    this.screen = screen;
  }

  /** Replaces the live line. Cut to the terminal's width, so it never wraps. */
  paint(text: string): void {
    if (!this.screen.isTTY) return;
    const line = fit(text, Math.max(10, this.screen.columns - 1));
    if (line === this.shown) return;
    // Back to the start, text, erase what was longer.
    this.screen.write(`\r${line}\u001b[K`);
    this.shown = line;
  }

  /** What a clock calls: the live line, and where there is no terminal a plain one, since RESTIC_PROGRESS_FPS asked for it. */
  tick(text: string): void {
    if (this.screen.isTTY) return this.paint(text);
    if (text !== this.told) this.screen.write(`${text}\n`);
    this.told = text;
  }

  /** Writes a lasting line (without its line end) above the live one; on `other` when it belongs to another output. */
  print(text: string, other: Screen = this.screen): void {
    const live = this.shown;
    this.clear();
    other.write(`${text}\n`);
    if (live !== "") this.paint(live);
  }

  clear(): void {
    if (this.shown === "") return;
    this.screen.write("\r\u001b[K");
    this.shown = "";
  }
}
