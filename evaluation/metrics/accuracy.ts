/** Share of right predictions. Throws without rows: no accuracy is not an accuracy of 0. */
export function accuracy(rows: readonly { correct: boolean }[]): number {
  if (rows.length === 0) throw new RangeError('accuracy: found no rows, expected at least one');
  return rows.filter((row) => row.correct).length / rows.length;
}
