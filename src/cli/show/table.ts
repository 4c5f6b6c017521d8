export interface Column<Row> {
  readonly heading: string;
  /** Lines of the cell. */
  readonly lines: (row: Row) => readonly string[];
  readonly right?: boolean;
}

export interface TableStyle {
  /** An empty line between rows, for cells of several lines. */
  readonly spaced?: boolean;
}

/** A table for people, in restic's style: heading, rule, rows, rule, footer. Cells may have several lines. */
export function formatTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  footer: readonly string[] = [],
  style: TableStyle = {},
): string {
  const cells = rows.map((row) => columns.map((column) => column.lines(row)));
  const widths = columns.map((column) => widthOf(column.heading));
  for (const row of cells) {
    for (const [at, lines] of row.entries()) for (const text of lines) widths[at] = Math.max(widths[at]!, widthOf(text));
  }
  const line = (textOf: (at: number) => string | undefined): string => {
    let text = "";
    for (let at = 0; at < columns.length; at++) {
      if (at > 0) text += "  ";
      text += pad(textOf(at) ?? "", widths[at]!, columns[at]!.right === true);
    }
    return text.trimEnd();
  };
  const rule = "-".repeat(widths.reduce((sum, width) => sum + width, 2 * (widths.length - 1)));
  const body = cells.flatMap((row, at) => {
    const height = Math.max(1, ...row.map((lines) => lines.length));
    const gap = style.spaced === true && at > 0 ? [""] : [];
    return [...gap, ...Array.from({ length: height }, (_, k) => line((at) => row[at]![k]))];
  });
  return `${[line((at) => columns[at]!.heading), rule, ...body, rule, ...footer].join("\n")}\n`;
}

/** Of most text, and it is asked of every cell twice. */
const ONE_UNIT_EACH = /^[\0-\ud7ff]*$/;

function widthOf(text: string): number {
  return ONE_UNIT_EACH.test(text) ? text.length : Array.from(text).length;
}

function pad(text: string, width: number, right: boolean): string {
  const units = width + text.length - widthOf(text);
  return right ? text.padStart(units) : text.padEnd(units);
}
