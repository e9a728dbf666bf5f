import { Matrix, solve } from 'ml-matrix';
import { z } from 'zod';
import type { ContrastPair } from '../contrasts.js';
import { defineMethod } from '../method.js';
import { softplus } from '../softplus.js';
import { scaledToContrast, steerAlong, steeringOptions, steeringTrials } from './along.js';

/** The weights of a logistic regression that tells right from wrong activations, made as long as their mean difference reaches along them. */
export const logisticProbe = defineMethod({
  name: 'logistic-probe',
  kind: 'steer',
  form: 'vector',
  summary: 'a vector: the weights of a logistic probe that tells right from wrong activations',
  source: 'ITI, Li et al. 2023 (arXiv 2306.03341), §3; Alain and Bengio 2016 (arXiv 1610.01644)',
  version: 2,
  options: z.strictObject({
    ...steeringOptions,
    inverse_penalty: z
      .number()
      .positive()
      .default(1)
      .describe('C of ½‖w‖² + C·Σ loss; 1 as in scikit-learn and steering-vectors'),
  }),
  trials: steeringTrials,
  fit: (bench, items, options) =>
    steerAlong(bench, items, options, (pairs) =>
      scaledToContrast(probeWeights(pairs, options.inverse_penalty), pairs),
    ),
});

const MAX_STEPS = 100;
const TOLERANCE = 1e-8;

/**
 * Minimises ½‖w‖² + C·Σ log(1 + exp(−y(w·x + b))) over w [C] and a free intercept by Newton's method. w is a combination
 * of the examples, w = Xᵀα, so that the systems are as large as there are examples, not channels.
 */
export function probeWeights(pairs: readonly ContrastPair[], inversePenalty: number): Float64Array {
  const rows = pairs.flatMap(({ right, wrong }) => [Array.from(right), Array.from(wrong)]);
  const x = new Matrix(rows);
  const kernel = x.mmul(x.transpose());
  const labels = rows.map((_, index) => (index % 2 === 0 ? 1 : 0));
  let state: Iterate = { alpha: labels.map(() => 0), intercept: 0 };
  let loss = objective(kernel, labels, state, inversePenalty);
  for (let step = 0; step < MAX_STEPS; step++) {
    const next = dampedStep(kernel, labels, { state, loss, inversePenalty });
    const gained = loss - next.loss;
    ({ state, loss } = next);
    if (!(gained > TOLERANCE * (1 + Math.abs(loss)))) break;
  }
  return Float64Array.from(x.transpose().mmul(Matrix.columnVector(state.alpha)).to1DArray());
}

interface Iterate {
  alpha: number[];
  intercept: number;
}

interface Newton {
  state: Iterate;
  loss: number;
  inversePenalty: number;
}

/** A Newton step, halved until the loss does not rise; the same place when even the smallest step raises it. */
function dampedStep(
  kernel: Matrix,
  labels: readonly number[],
  { state, loss, inversePenalty }: Newton,
): { state: Iterate; loss: number } {
  const target = newtonTarget(kernel, labels, state, inversePenalty);
  for (let share = 1; share > 1e-6; share /= 2) {
    const mix = (from: number, to = from) => from + share * (to - from);
    const trial = {
      alpha: state.alpha.map((value, i) => mix(value, target.alpha[i])),
      intercept: mix(state.intercept, target.intercept),
    };
    const trialLoss = objective(kernel, labels, trial, inversePenalty);
    if (trialLoss <= loss) return { state: trial, loss: trialLoss };
  }
  return { state, loss };
}

/** Solves (K + D⁻¹)α + b·1 = z, 1ᵀα = 0 with D the curvatures and z the working response (iteratively reweighted least squares). */
function newtonTarget(
  kernel: Matrix,
  labels: readonly number[],
  state: Iterate,
  inversePenalty: number,
): Iterate {
  const n = labels.length;
  const scores = scoresOf(kernel, state);
  const system = Matrix.zeros(n + 1, n + 1);
  const right = Matrix.zeros(n + 1, 1);
  for (let i = 0; i < n; i++) {
    const p = sigmoid(scores[i] ?? 0);
    // A floor on the curvature keeps well-separated examples from making the system singular.
    const curvature = Math.max(p * (1 - p), 1e-9);
    for (let j = 0; j < n; j++) system.set(i, j, kernel.get(i, j));
    system.set(i, i, kernel.get(i, i) + 1 / (inversePenalty * curvature));
    system.set(i, n, 1);
    system.set(n, i, 1);
    right.set(i, 0, (scores[i] ?? 0) + ((labels[i] ?? 0) - p) / curvature);
  }
  const solution = solve(system, right).to1DArray();
  return { alpha: solution.slice(0, n), intercept: solution[n] ?? 0 };
}

function objective(
  kernel: Matrix,
  labels: readonly number[],
  state: Iterate,
  inversePenalty: number,
): number {
  const scores = scoresOf(kernel, state);
  const norm = state.alpha.reduce((sum, a, i) => sum + a * ((scores[i] ?? 0) - state.intercept), 0);
  const losses = scores.map((score, i) => softplus(labels[i] === 1 ? -score : score));
  return norm / 2 + inversePenalty * losses.reduce((sum, loss) => sum + loss, 0);
}

function scoresOf(kernel: Matrix, { alpha, intercept }: Iterate): number[] {
  return kernel
    .mmul(Matrix.columnVector(alpha))
    .to1DArray()
    .map((score) => score + intercept);
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
