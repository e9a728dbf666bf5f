/** A column of a Markdown table. */
export type MarkdownColumn<Row> = { title: string; cell: (row: Row) => string; numeric?: boolean };

/** Rows as a GitHub-flavoured Markdown table; a bar or a line break in a text cannot end its cell. */
export function markdownTable<Row>(rows: readonly Row[], columns: readonly MarkdownColumn<Row>[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cellText).join(' | ')} |`;
  return [
    line(columns.map(({ title }) => title)),
    line(columns.map(({ numeric }) => (numeric ? '--:' : '---'))),
    ...rows.map((row) => line(columns.map(({ cell }) => cell(row)))),
  ].join('\n');
}

function cellText(text: string): string {
  return text
    .replace(/[ \t\r\n]+/g, ' ')
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;');
}
