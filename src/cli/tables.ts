// Lists as people read them: columns that are as wide as what stands in them.

/** The heading, then a line a row; nothing stands behind the last column. */
export function tableLines(heading: readonly string[], rows: ReadonlyArray<readonly string[]>): readonly string[] {
  const widths = heading.map((title, column) =>
    Math.max(...[heading, ...rows].map((row) => (row[column] ?? title).length)),
  );
  return [heading, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** `2026-11-24T18:00:00Z`, or a dash for what never happened. */
export function timeCell(time: Date | undefined): string {
  return time === undefined ? '-' : `${time.toISOString().slice(0, 19)}Z`;
}
