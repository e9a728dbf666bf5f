/** Rows by name, in the order in which each name first appears. */
export function groupBy<T, K extends string>(rows: readonly T[], name: (row: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const row of rows) {
    const key = name(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}
