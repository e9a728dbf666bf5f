/** A table as the page holds it: column names once, then the values row by row. */
export type ShownTable = { columns: string[]; rows: unknown[][] };

/** The rows whose numbers a page shows: a number gets its place when it is written, so the page holds no row in vain. */
export type Sources = {
  /**
   * Where a row lies among those shown, as `table/index`.
   * @throws when the row is in no table: a number must not appear without its source
   */
  place: (row: object, field: string) => string;
  /** The rows that were shown so far, table by table. */
  shown: () => Record<string, ShownTable>;
};

/** Sources over the tables of a study. */
export function sourcesOf(tables: Readonly<Record<string, readonly object[]>>): Sources {
  const tableOf = new Map<object, string>();
  for (const [table, rows] of Object.entries(tables)) for (const row of rows) tableOf.set(row, table);
  const places = new Map<object, string>();
  const shown = new Map<string, object[]>();
  return {
    place(row, field) {
      const known = places.get(row);
      if (known !== undefined) return known;
      const table = tableOf.get(row);
      if (table === undefined)
        throw new Error(
          `report: found a number of column ${field} whose row is in no table, expected one of ${Object.keys(tables).join(', ')}`,
        );
      const rows = shown.get(table) ?? [];
      const place = `${table}/${rows.length}`;
      rows.push(row);
      shown.set(table, rows);
      places.set(row, place);
      return place;
    },
    shown: () => Object.fromEntries([...shown].map(([table, rows]) => [table, columnar(rows)])),
  };
}

function columnar(rows: readonly object[]): ShownTable {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return { columns, rows: rows.map((row) => columns.map((column) => Reflect.get(row, column))) };
}
