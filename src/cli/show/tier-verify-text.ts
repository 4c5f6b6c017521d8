import type { Offender, VerifyReport } from "../../app/tier/verify.ts";
import { formatWait } from "../../plan/tier/rule.ts";
import { textLossy } from "../../base/bytes.ts";
import { showPath } from "../../watch/screen.ts";

const WARNINGS_SHOWN = 20;

export function verifyText(report: VerifyReport): string {
  const { verdict, offenders, warned } = report;
  const lines: string[] = [];
  for (const file of verdict.frozenMetadata) lines.push(`${file.path}: in ${file.storageClass}, but every command reads it`);
  for (const offender of offenders) lines.push(offenderLine(offender));
  const unnamed = verdict.broken.length - offenders.reduce((sum, offender) => sum + offender.blobs.length, 0);
  if (unnamed > 0) lines.push(`and ${unnamed} more blobs`);
  if (warned.length > 0) {
    lines.push(
      `warning: ${verdict.warned.length} blobs count as gone later than when they were frozen, because snapshots in between were forgotten (--strict makes this fail):`,
    );
    lines.push(...warned.slice(0, WARNINGS_SHOWN).map((offender) => `  ${offenderLine(offender)}`));
  }
  if (report.treesUnreadable) lines.push("folders are in the ice, so nothing could be proved of what lies below them");
  lines.push(
    verdict.ok
      ? `all ${verdict.blobs} blobs can be had within their need`
      : `broken: ${verdict.broken.length} of ${verdict.blobs} blobs, ${verdict.frozenMetadata.length} files of the repository`,
  );
  return `${lines.join("\n")}\n`;
}

function offenderLine(offender: Offender): string {
  const packs = offender.packs.length === 0 ? "no pack that LIST shows" : offender.packs.join(", ");
  return `${showPath(offender.path)} (snapshot ${offender.snapshot.slice(0, 8)} of ${showPath(offender.host)}): needed ${needText(offender.needMs)}, answers ${answerText(offender.answerMs)}: ${packs}`;
}

function needText(ms: number): string {
  return ms === 0 ? "at once" : `within ${formatWait(ms)}`;
}

function answerText(ms: number): string {
  return ms === Infinity ? "nobody knows when" : `within ${formatWait(ms)}`;
}

export function verifyJson(report: VerifyReport): string {
  const { verdict } = report;
  const files = (list: readonly Offender[]): unknown[] =>
    list.map((offender) => ({
      path: textLossy(offender.path),
      snapshot: offender.snapshot,
      host: offender.host,
      blobs: offender.blobs,
      packs: offender.packs,
      need_ms: offender.needMs,
      answer_ms: offender.answerMs === Infinity ? null : offender.answerMs,
    }));
  return `${JSON.stringify({
    message_type: "tier_verify",
    ok: verdict.ok,
    blobs: verdict.blobs,
    broken_blobs: verdict.broken.length,
    warned_blobs: verdict.warned.length,
    folders_unreadable: report.treesUnreadable,
    frozen_metadata: verdict.frozenMetadata.map(({ path, storageClass }) => ({ path, class: storageClass })),
    files: files(report.offenders),
    warnings: files(report.warned),
  })}\n`;
}
