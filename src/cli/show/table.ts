export interface Column<Row> {
  readonly heading: string;
  /** Lines of the cell. */
  readonly lines: (row: Row) => readonly string[];
  readonly right?: boolean;
}

/** A table for people, in restic's style: heading, rule, rows, rule. Cells may have several lines. */
export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], footer: readonly string[] = []): string {
  const cells = rows.map((row) => columns.map((column) => column.lines(row)));
  const widths = columns.map((column, at) => Math.max(widthOf(column.heading), ...cells.flatMap((row) => row[at]!.map(widthOf))));
  const line = (texts: readonly (string | undefined)[]): string =>
    texts
      .map((text, at) => pad(text ?? "", widths[at]!, columns[at]!.right === true))
      .join("  ")
      .trimEnd();
  const rule = "-".repeat(widths.reduce((sum, width) => sum + width, 2 * (widths.length - 1)));
  const body = cells.flatMap((row) => {
    const height = Math.max(1, ...row.map((lines) => lines.length));
    return Array.from({ length: height }, (_, k) => line(row.map((lines) => lines[k])));
  });
  return `${[line(columns.map((column) => column.heading)), rule, ...body, rule, ...footer].join("\n")}\n`;
}

function widthOf(text: string): number {
  return [...text].length;
}

function pad(text: string, width: number, right: boolean): string {
  const space = " ".repeat(Math.max(0, width - widthOf(text)));
  return right ? space + text : text + space;
}
