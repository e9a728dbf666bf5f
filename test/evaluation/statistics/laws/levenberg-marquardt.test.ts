import { describe, expect, test } from 'vitest';
import { minimum, type Residuals } from '../../../../evaluation/statistics/laws/levenberg-marquardt.js';

/** NIST StRD, Misra1a: y = b1 (1 − exp(−b2 x)); certified to eleven digits. */
const MISRA = {
  x: [77.6, 114.9, 141.1, 190.8, 239.9, 289, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760],
  y: [10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.4, 75.47, 81.78],
  starts: [
    [500, 0.0001],
    [250, 0.0005],
  ],
  certified: [2.3894212918e2, 5.5015643181e-4],
  squares: 1.2455138894e-1,
};

const misra: Residuals = (parameters, residuals, slopes) => {
  const [b1 = 0, b2 = 0] = parameters;
  for (const [point, x] of MISRA.x.entries()) {
    const decay = Math.exp(-b2 * x);
    residuals[point] = b1 * (1 - decay) - (MISRA.y[point] ?? Number.NaN);
    slopes?.set([1 - decay, b1 * x * decay], 2 * point);
  }
};

/** y = parameter, for robust means. */
function constant(values: readonly number[]): Residuals {
  return ([mean = 0], residuals, slopes) => {
    for (const [point, value] of values.entries()) {
      residuals[point] = mean - value;
      slopes?.set([1], point);
    }
  };
}

describe('the minimum', () => {
  test.each(MISRA.starts)('is the certified one of Misra1a from %d and %d', (...start) => {
    const found = minimum(misra, start, { points: MISRA.x.length });
    expect(found.converged).toBe(true);
    expect(2 * found.loss).toBeCloseTo(MISRA.squares, 9);
    for (const [index, value] of MISRA.certified.entries())
      expect((found.parameters[index] ?? Number.NaN) / value).toBeCloseTo(1, 6);
  });

  test('of Rosenbrock’s valley is found from the far side', () => {
    const valley: Residuals = ([x = 0, y = 0], residuals, slopes) => {
      residuals.set([10 * (y - x * x), 1 - x]);
      slopes?.set([-20 * x, 10, -1, 0]);
    };
    const found = minimum(valley, [-1.2, 1], { points: 2 });
    expect([...found.parameters].map((value) => value.toFixed(6))).toEqual(['1.000000', '1.000000']);
  });

  test('of squares is the mean, and of Huber’s loss a mean that one wild value moves by its delta alone', () => {
    const values = [1, 2, 3, 4, 1000];
    const points = values.length;
    // It stops where a step brings less than 1e-12 of the loss, 4e5 here: within 4e-4 of the mean.
    expect(minimum(constant(values), [0], { points }).parameters[0]).toBeCloseTo(202, 3);
    // Four residuals count whole and the fifth as delta = 2: 4m − 10 = 2.
    expect(minimum(constant(values), [0], { points, delta: 2 }).parameters[0]).toBeCloseTo(3, 4);
  });

  test('stays in its box: at the bound when the way down leads out of it', () => {
    const found = minimum(constant([5, 7]), [0], { points: 2, box: { low: [-1], high: [4] } });
    expect(found.parameters[0]).toBe(4);
    expect(found.converged).toBe(true);
  });

  test('that is not reached within the steps is not called converged', () => {
    expect(minimum(misra, [500, 0.0001], { points: MISRA.x.length, maxIterations: 2 }).converged).toBe(false);
  });

  test('where the start has no finite loss is none', () => {
    const found = minimum(constant([Number.NaN]), [0], { points: 1 });
    expect(found.converged).toBe(false);
  });
});
