import type { Event, Listener } from "../base/event.ts";
import { formatBytes, formatSeconds } from "../base/size.ts";
import type { World } from "../base/world.ts";
import { type Screens, showPath } from "./screen.ts";
import { everyTick, paintInterval, StatusLine } from "./status-line.ts";

/** One finding as a printer sees it; the check's own type has more. */
export interface ShownFinding {
  readonly level: "error" | "notice";
  readonly object: string;
  readonly check: string;
}

export interface ShownCheck {
  readonly errors: number;
  readonly brokenPacks: readonly string[];
  readonly suggestRepairIndex: boolean;
  readonly suggestPrune: boolean;
  readonly packsRead: number;
  readonly bytesRead: number;
  readonly notRead: { readonly packs: number; readonly bytes: number };
}

export interface CheckPrinter {
  readonly listen: Listener;
  readonly note: (text: string) => void;
  readonly finding: (finding: ShownFinding) => void;
  summary(report: ShownCheck): void;
  stop(): void;
}

export interface CheckOutput {
  readonly screens: Screens;
  readonly world: World;
  readonly json: boolean;
  readonly quiet: boolean;
}

export function checkPrinter(output: CheckOutput): CheckPrinter {
  return output.json ? jsonPrinter(output) : textPrinter(output);
}

/** restic-format §17: findings on stderr, one summary on stdout; `not_read` is firn's own and only there when something is archived. */
function jsonPrinter({ screens }: CheckOutput): CheckPrinter {
  return {
    listen: () => undefined,
    note: () => undefined,
    finding({ level, object, check }) {
      const message_type = level === "error" ? "error" : "notice";
      screens.stderr.write(`${JSON.stringify({ message_type, message: `${object}: ${check}` })}\n`);
    },
    summary(report) {
      const { packs, bytes } = report.notRead;
      const line = {
        message_type: "summary",
        num_errors: report.errors,
        broken_packs: report.brokenPacks.length === 0 ? null : report.brokenPacks,
        suggest_repair_index: report.suggestRepairIndex,
        suggest_prune: report.suggestPrune,
        ...(packs > 0 ? { not_read: { packs, bytes, reason: "archived" } } : {}),
      };
      screens.stdout.write(`${JSON.stringify(line)}\n`);
    },
    stop: () => undefined,
  };
}

interface Step {
  readonly unit: string;
  readonly total: number;
  readonly since: number;
  done: number;
}

function textPrinter(output: CheckOutput): CheckPrinter {
  const { screens, world, quiet } = output;
  const line = new StatusLine(screens.stdout);
  let step: Step | undefined;
  const progress = ({ unit, total, since, done }: Step): string => {
    const percent = total === 0 ? 100 : (done * 100) / total;
    return `[${formatSeconds((world.clock.monotonic() - since) / 1000)}] ${percent.toFixed(2)}%  ${done} / ${total} ${unit}`;
  };
  const endStep = (): void => {
    if (step !== undefined && !quiet) line.print(progress(step));
    step = undefined;
  };
  const interval = paintInterval(world.env, { isTTY: screens.stdout.isTTY, json: false, quiet });
  const cancel = everyTick(world.clock, interval, () => {
    if (step !== undefined) line.tick(progress(step));
  });
  const note = (text: string): void => {
    if (!quiet) line.print(text);
  };
  return {
    listen(event: Event) {
      if (event.kind === "phase") {
        endStep();
        note(event.name);
      } else if (event.kind === "plan") {
        endStep();
        step = { unit: event.unit ?? "steps", total: event.steps ?? 0, since: world.clock.monotonic(), done: 0 };
      } else if (event.kind === "advance" && step !== undefined) {
        step.done += event.files ?? 0;
      }
    },
    note,
    finding({ level, object, check }) {
      if (level === "notice" && quiet) return;
      line.print(`${level === "error" ? "error: " : "note: "}${showPath(object)}: ${showPath(check)}`, screens.stderr);
    },
    summary(report) {
      endStep();
      line.clear();
      for (const text of closingWords(report)) note(text);
    },
    stop() {
      cancel();
      line.clear();
    },
  };
}

function closingWords(report: ShownCheck): string[] {
  const words: string[] = [];
  const { packs, bytes } = report.notRead;
  if (report.packsRead > 0) words.push(`read ${report.packsRead} packs, ${formatBytes(report.bytesRead)}`);
  if (packs > 0) words.push(`not read: ${packs} packs, ${formatBytes(bytes)}, are archived and would have to be thawed first`);
  if (report.errors > 0) return words;
  words.push("no errors were found");
  if (report.suggestPrune) words.push("some packs hold both data and trees; `firn prune` separates them");
  return words;
}
