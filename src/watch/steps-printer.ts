import type { Event, Listener } from "../base/event.ts";
import { formatSeconds } from "../base/size.ts";
import type { World } from "../base/world.ts";
import { type Screens, showPath } from "./screen.ts";
import { everyTick, paintInterval, StatusLine } from "./status-line.ts";

export interface StepsOutput {
  readonly screens: Screens;
  readonly world: World;
  readonly json: boolean;
  readonly quiet: boolean;
}

export interface StepsPrinter {
  readonly listen: Listener;
  /** A lasting line, unless it is to be quiet. */
  readonly note: (text: string) => void;
  /** Stops painting; to be called whatever happens. */
  stop(): void;
}

/** Shows work that goes in phases of countable steps: the phase, then how many of its steps are done. JSON shows failures only. */
export function stepsPrinter(output: StepsOutput): StepsPrinter {
  return output.json ? jsonPrinter(output) : new TextPrinter(output);
}

function jsonPrinter({ screens }: StepsOutput): StepsPrinter {
  return {
    listen(event) {
      if (event.kind !== "error") return;
      const { during, item } = event;
      const line = {
        message_type: "error",
        error: { message: event.message },
        during,
        item: typeof item === "string" ? item : showPath(item),
      };
      screens.stderr.write(`${JSON.stringify(line)}\n`);
    },
    note: () => undefined,
    stop: () => undefined,
  };
}

interface Step {
  readonly unit: string;
  readonly total: number;
  readonly since: number;
  done: number;
}

class TextPrinter implements StepsPrinter {
  readonly #output: StepsOutput;
  readonly #line: StatusLine;
  readonly #cancel: () => void;
  #step: Step | undefined;

  constructor(output: StepsOutput) {
    this.#output = output;
    this.#line = new StatusLine(output.screens.stdout);
    const interval = paintInterval(output.world.env, { isTTY: output.screens.stdout.isTTY, json: false, quiet: output.quiet });
    this.#cancel = everyTick(output.world.clock, interval, () => {
      if (this.#step !== undefined) this.#line.tick(this.#progress(this.#step));
    });
  }

  readonly listen = (event: Event): void => {
    if (event.kind === "phase") {
      this.#endStep();
      this.note(event.name);
    } else if (event.kind === "plan") {
      this.#endStep();
      this.#step = { unit: event.unit ?? "steps", total: event.steps ?? 0, since: this.#output.world.clock.monotonic(), done: 0 };
    } else if (event.kind === "advance" && this.#step !== undefined) {
      this.#step.done += event.files ?? 0;
    } else if (event.kind === "error") {
      this.#line.print(`error: ${showPath(event.item)}: ${event.message}`, this.#output.screens.stderr);
    } else if (event.kind === "warning") {
      this.#line.print(event.message, this.#output.screens.stderr);
    }
  };

  readonly note = (text: string): void => {
    this.#endStep();
    if (!this.#output.quiet) this.#line.print(text);
  };

  stop(): void {
    this.#endStep();
    this.#cancel();
    this.#line.clear();
  }

  #endStep(): void {
    const step = this.#step;
    this.#step = undefined;
    if (step === undefined || step.total === 0 || this.#output.quiet) return;
    this.#line.print(this.#progress(step));
  }

  #progress({ unit, total, since, done }: Step): string {
    const percent = total === 0 ? 100 : (done * 100) / total;
    const elapsed = formatSeconds((this.#output.world.clock.monotonic() - since) / 1000);
    return `[${elapsed}] ${percent.toFixed(2)}%  ${done} / ${total} ${unit}`;
  }
}
