/**
 * The mean height of a curve over log N: the area under the line that joins its points over log N (trapezoids), divided
 * by the width. Data efficiency as one number, in the unit of the measure; a single point is its own mean.
 * `budgets` ascend and are positive. Throws on no points, unequal lengths, or budgets out of order.
 */
export function meanOverLogN(budgets: readonly number[], values: readonly number[]): number {
  const logs = logBudgets(budgets, values);
  const first = values[0] ?? Number.NaN;
  const width = (logs.at(-1) ?? Number.NaN) - (logs[0] ?? Number.NaN);
  return width === 0 ? first : trapezoids(logs, values) / width;
}

/** What share each budget has in `meanOverLogN`; they sum to 1. */
export function sharesOverLogN(budgets: readonly number[]): number[] {
  return budgets.map((_, index) =>
    meanOverLogN(
      budgets,
      budgets.map((__, other) => Number(other === index)),
    ),
  );
}

/** Natural logarithms of the budgets of a curve, after checking that they fit its values. */
export function logBudgets(budgets: readonly number[], values: readonly number[]): number[] {
  if (budgets.length === 0) throw new RangeError('curve: found no points, expected at least one budget');
  if (budgets.length !== values.length) {
    throw new RangeError(
      `curve: found ${values.length} values for ${budgets.length} budgets, expected one each`,
    );
  }
  for (const [index, budget] of budgets.entries()) {
    if (!(budget > (budgets[index - 1] ?? 0))) {
      throw new RangeError(
        `curve: found budgets ${budgets.join(', ')}, expected positive numbers in ascending order`,
      );
    }
  }
  return budgets.map(Math.log);
}

/** The signed area under the line through points (x, y); x ascends. One point or none has no area. */
export function trapezoids(x: readonly number[], y: readonly number[]): number {
  let area = 0;
  for (let right = 1; right < x.length; right++) {
    const width = (x[right] ?? Number.NaN) - (x[right - 1] ?? Number.NaN);
    area += (width * ((y[right - 1] ?? Number.NaN) + (y[right] ?? Number.NaN))) / 2;
  }
  return area;
}
