import type { Applied } from "../../app/tier/apply.ts";
import { formatMoney } from "../../base/money.ts";
import { countOf, formatBytes } from "../../base/size.ts";
import { formatWait } from "../../plan/tier/rule.ts";
import type { TierStep } from "../../plan/tier/tier-plan.ts";
import { verifyText } from "./tier-verify-text.ts";

export function appliedText(applied: Applied): string {
  const lines = [`moved ${stepsText(applied.moved)}`];
  if (applied.already.length > 0) lines.push(`done before ${stepsText(applied.already)}`);
  for (const { step, why } of applied.dropped) lines.push(`left out ${step.path}: ${why}`);
  for (const { step, why } of applied.failed) lines.push(`failed ${step.path}: ${why}`);
  if (applied.waiting.length > 0) {
    lines.push(`${stepsText(applied.waiting)} wait for a thaw; run \`firn tier apply\` again when it is done:`);
    lines.push(
      ...applied.waiting.map(
        (step) => `  ${step.path}  ${formatBytes(step.size)}${step.thaw === undefined ? "" : `, within ${formatWait(step.thaw.waitMs)}`}`,
      ),
    );
  }
  lines.push(
    `spent ${formatMoney(applied.spent, applied.currency)} of ${formatMoney(applied.plan.totals.price, applied.currency)} planned`,
  );
  if (applied.stopped !== undefined) lines.push(`${applied.stopped.message}; ${applied.stopped.hint}`);
  return `${lines.join("\n")}\n${applied.verify.verdict.ok || applied.waiting.length === 0 ? verifyText(applied.verify) : ""}`;
}

function stepsText(steps: readonly TierStep[]): string {
  return `${countOf(steps.length, "pack")}, ${formatBytes(steps.reduce((sum, step) => sum + step.size, 0))}`;
}

export function appliedJson(applied: Applied): string {
  const packs = (steps: readonly TierStep[]): unknown[] => steps.map(({ pack, path, from, to }) => ({ pack, path, from, to }));
  return `${JSON.stringify({
    message_type: "tier_apply",
    moved: packs(applied.moved),
    already: packs(applied.already),
    dropped: applied.dropped.map(({ step, why }) => ({ pack: step.pack, path: step.path, why })),
    failed: applied.failed.map(({ step, why }) => ({ pack: step.pack, path: step.path, why })),
    waiting: applied.waiting.map((step) => ({ pack: step.pack, path: step.path, tier: step.thaw?.tier, wait_ms: step.thaw?.waitMs })),
    spent: applied.spent,
    planned: applied.plan.totals.price,
    currency: applied.currency,
    stopped: applied.stopped?.message,
    verified: applied.verify.verdict.ok,
    broken_blobs: applied.verify.verdict.broken.length,
  })}\n`;
}
