/** Residuals of a model at some parameters, and their derivatives: `slopes[point * parameters + parameter]`. */
export type Residuals = (
  parameters: Float64Array,
  residuals: Float64Array,
  slopes: Float64Array | undefined,
) => void;

export type Box = { low: readonly number[]; high: readonly number[] };

export type MinimumOptions = {
  /** How many residuals there are. */
  points: number;
  /** Parameters stay within; none where absent. */
  box?: Box;
  /** A residual beyond this counts linearly (Huber 1964); the square of every one where absent. */
  delta?: number;
  maxIterations?: number;
};

export type Minimum = { parameters: Float64Array; loss: number; converged: boolean; iterations: number };

/**
 * A local minimum of Σ ρ(residual) by Levenberg and Marquardt's damped Gauss–Newton steps (Marquardt 1963), ρ being half
 * the square or Huber's function, whose steps are those of reweighted least squares. A step that does not lower the loss
 * is never taken. Converged: a step promises, and brings, less than 1e-12 of the loss; or nothing is left to lower.
 */
export function minimum(residualsOf: Residuals, start: readonly number[], options: MinimumOptions): Minimum {
  const { points, box, delta = Number.POSITIVE_INFINITY, maxIterations = 200 } = options;
  const size = start.length;
  let parameters: Float64Array = clamped(Float64Array.from(start), box);
  let trial: Float64Array = new Float64Array(size);
  const residuals = new Float64Array(points);
  const slopes = new Float64Array(points * size);
  const system = normalSystem(size);
  residualsOf(parameters, residuals, slopes);
  let loss = lossOf(residuals, delta);
  if (!Number.isFinite(loss)) return { parameters, loss, converged: false, iterations: 0 };
  let damping = 1e-3;
  for (let iteration = 1; iteration <= maxIterations; iteration++) {
    accumulate(system, { residuals, slopes, delta });
    holdAtBounds(system, parameters, box);
    let lowered = false;
    while (damping < 1e12 && !lowered) {
      const step = solved(system, damping);
      damping *= 8;
      if (step === undefined) continue;
      for (let index = 0; index < size; index++) trial[index] = at(parameters, index) + at(step, index);
      trial = clamped(trial, box);
      if (Math.abs(promised(system, parameters, trial)) <= 1e-12 * loss)
        return { parameters, loss, converged: true, iterations: iteration };
      residualsOf(trial, residuals, undefined);
      const found = lossOf(residuals, delta);
      if (!(found < loss)) continue;
      const small = loss - found <= 1e-12 * loss;
      [parameters, trial, loss, lowered] = [trial, parameters, found, true];
      if (small) return { parameters, loss, converged: true, iterations: iteration };
      damping = Math.max(damping / 80, 1e-15);
    }
    if (!lowered) return { parameters, loss, converged: false, iterations: iteration };
    residualsOf(parameters, residuals, slopes);
  }
  return { parameters, loss, converged: false, iterations: maxIterations };
}

/** Σ r²/2 up to `delta`, linear beyond (Huber 1964); half the sum of squares with an infinite one. */
export function lossOf(residuals: Float64Array, delta: number): number {
  let sum = 0;
  for (const residual of residuals) {
    const size = Math.abs(residual);
    sum += size <= delta ? (size * size) / 2 : delta * (size - delta / 2);
  }
  return sum;
}

/** JᵀWJ and JᵀWr, W being Huber's weights. */
type NormalSystem = { size: number; matrix: Float64Array; gradient: Float64Array; factor: Float64Array };

function normalSystem(size: number): NormalSystem {
  const [matrix, factor] = [new Float64Array(size * size), new Float64Array(size * size)];
  return { size, matrix, factor, gradient: new Float64Array(size) };
}

function accumulate(
  { size, matrix, gradient }: NormalSystem,
  { residuals, slopes, delta }: { residuals: Float64Array; slopes: Float64Array; delta: number },
): void {
  matrix.fill(0);
  gradient.fill(0);
  for (const [point, residual] of residuals.entries()) {
    const weight = Math.min(1, delta / Math.abs(residual));
    for (let row = 0; row < size; row++) {
      const slope = weight * at(slopes, point * size + row);
      gradient[row] = at(gradient, row) + slope * residual;
      for (let column = 0; column <= row; column++) {
        const place = row * size + column;
        matrix[place] = at(matrix, place) + slope * at(slopes, point * size + column);
      }
    }
  }
}

/** A parameter at a bound that the gradient pushes out of the box stays where it is: it leaves the system. */
function holdAtBounds(system: NormalSystem, parameters: Float64Array, box: Box | undefined): void {
  if (box === undefined) return;
  const { size, matrix, gradient } = system;
  for (let index = 0; index < size; index++) {
    const slope = at(gradient, index);
    const held =
      (at(parameters, index) <= (box.low[index] ?? Number.NEGATIVE_INFINITY) && slope > 0) ||
      (at(parameters, index) >= (box.high[index] ?? Number.POSITIVE_INFINITY) && slope < 0);
    if (!held) continue;
    gradient[index] = 0;
    for (let other = 0; other < size; other++) {
      if (other < index) matrix[index * size + other] = 0;
      if (other > index) matrix[other * size + index] = 0;
    }
  }
}

/** The step of (A + λ(diag A + tiny)) step = −gradient by Cholesky's factors; undefined where they do not exist. */
function solved({ size, matrix, gradient, factor }: NormalSystem, damping: number): Float64Array | undefined {
  let largest = 0;
  for (let row = 0; row < size; row++) largest = Math.max(largest, at(matrix, row * size + row));
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = at(matrix, row * size + column);
      if (row === column) sum += damping * (sum + 1e-12 * largest) + 1e-300;
      for (let inner = 0; inner < column; inner++)
        sum -= at(factor, row * size + inner) * at(factor, column * size + inner);
      if (row === column && !(sum > 0)) return undefined;
      factor[row * size + column] =
        row === column ? Math.sqrt(sum) : sum / at(factor, column * size + column);
    }
  }
  const step = gradient.map((slope) => -slope);
  for (let row = 0; row < size; row++) {
    for (let inner = 0; inner < row; inner++)
      step[row] = at(step, row) - at(factor, row * size + inner) * at(step, inner);
    step[row] = at(step, row) / at(factor, row * size + row);
  }
  for (let row = size - 1; row >= 0; row--) {
    for (let inner = row + 1; inner < size; inner++)
      step[row] = at(step, row) - at(factor, inner * size + row) * at(step, inner);
    step[row] = at(step, row) / at(factor, row * size + row);
  }
  return step;
}

/** By how much the linearised model lowers the loss on the way to `trial`; what is out of its sight is none. */
function promised(
  { size, matrix, gradient }: NormalSystem,
  parameters: Float64Array,
  trial: Float64Array,
): number {
  let lowered = 0;
  for (let row = 0; row < size; row++) {
    const step = at(trial, row) - at(parameters, row);
    lowered -= step * at(gradient, row) + (step * step * at(matrix, row * size + row)) / 2;
    for (let column = 0; column < row; column++)
      lowered -= step * (at(trial, column) - at(parameters, column)) * at(matrix, row * size + column);
  }
  return lowered;
}

function clamped(parameters: Float64Array, box: Box | undefined): Float64Array {
  if (box === undefined) return parameters;
  return parameters.map((value, index) =>
    Math.min(
      Math.max(value, box.low[index] ?? Number.NEGATIVE_INFINITY),
      box.high[index] ?? Number.POSITIVE_INFINITY,
    ),
  );
}

function at(values: ArrayLike<number>, index: number): number {
  return values[index] ?? Number.NaN;
}
