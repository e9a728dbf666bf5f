type Page = { querySelector: (selector: string) => { textContent: string | null } | null };

/** The rows that a page holds as JSON, table by table. */
export function shownRows(page: Page): Record<string, Record<string, unknown>[]> {
  const tables: Record<string, { columns: string[]; rows: unknown[][] }> = JSON.parse(
    page.querySelector('#data')?.textContent ?? '',
  );
  const rowsOf = ({ columns, rows }: (typeof tables)[string]) =>
    rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index]])));
  return Object.fromEntries(Object.entries(tables).map(([name, table]) => [name, rowsOf(table)]));
}
