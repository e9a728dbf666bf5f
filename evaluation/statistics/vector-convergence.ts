import { groupBy } from './group-by.js';
import { knee } from './knee.js';
import { withinDistances } from './measure-range.js';
import type { ConvergenceRow } from './rows.js';
import { studentQuantile } from './student-t.js';

/** The vectors of a cell by the block they act on, [C] each. */
export type CellVectors = {
  model: string;
  task: string;
  stage: string;
  method: string;
  n: number;
  seed: number;
  vectors: ReadonlyMap<number, Float32Array>;
};

/** The largest budget and three others. */
const LEAST_POINTS = 4;

/**
 * How the vector of a stage settles with examples: 1 − cos(v_n, v_N) at every budget n below the largest, N, of the same
 * seed and at the same blocks; the knee of its mean over log n, with the knees of single seeds; and its exponent in
 * 1/n − 1/N. Budgets are nested, so that v_n is made from some of v_N's examples: for a mean of independent contrasts
 * the distance is proportional to 1/n − 1/N wherever it is small. A stage with one budget has no rows.
 */
export function vectorConvergence(cells: readonly CellVectors[], confidence: number): ConvergenceRow[] {
  const stages = groupBy(cells, ({ model, task, stage }) => JSON.stringify([model, task, stage]));
  return [...stages.values()].flatMap((of) => stageRows(of, confidence));
}

function stageRows(cells: readonly CellVectors[], confidence: number): ConvergenceRow[] {
  const [first] = cells;
  const budgets = [...new Set(cells.map(({ n }) => n))].sort((one, other) => one - other);
  const largest = budgets.at(-1);
  if (first === undefined || largest === undefined) return [];
  const final = cells.filter(({ n }) => n === largest);
  const { model, task, stage, method } = first;
  const place = { model, task, stage, method, largest_n: largest, layer: layersOf(final) };
  const smaller = budgets.slice(0, -1);
  const compared = smaller.map((n) => comparedAt(cells, final, n));
  const curve = curveNumbers(smaller, { compared, largest, confidence });
  return smaller.map((n, index) => {
    const { distances, otherLayer, reason } = compared[index] ?? NOTHING_COMPARED;
    const { mean, ...bounds } = seedInterval([...distances.values()], confidence);
    const shared = { seeds: distances.size, other_layer: otherLayer, reason };
    return { ...place, n, distance: mean, ...withinDistances(bounds), ...shared, ...curve };
  });
}

type Compared = { distances: ReadonlyMap<number, number>; otherLayer: number; reason: string | null };

const NOTHING_COMPARED: Compared = { distances: new Map(), otherLayer: 0, reason: null };

/** By seed, the distance of the vectors from n examples to those of the largest budget. */
function comparedAt(cells: readonly CellVectors[], final: readonly CellVectors[], n: number): Compared {
  const distances = new Map<number, number>();
  let [otherLayer, withoutLength] = [0, 0];
  for (const cell of cells.filter((candidate) => candidate.n === n)) {
    const last = final.find(({ seed }) => seed === cell.seed);
    if (last === undefined) continue;
    const distance = distanceBetween(cell.vectors, last.vectors);
    if (distance === undefined) otherLayer += 1;
    else if (Number.isNaN(distance)) withoutLength += 1;
    else distances.set(cell.seed, distance);
  }
  return { distances, otherLayer, reason: distances.size > 0 ? null : whyNot({ otherLayer, withoutLength }) };
}

function whyNot({ otherLayer, withoutLength }: { otherLayer: number; withoutLength: number }): string {
  if (otherLayer > 0) return 'the search chose other blocks than with the largest budget';
  return withoutLength > 0 ? 'a vector of length 0' : 'no seed has a vector here and at the largest budget';
}

/** Mean of 1 − cos over blocks; undefined where the blocks differ, NaN where a vector has no length. */
function distanceBetween(one: CellVectors['vectors'], other: CellVectors['vectors']): number | undefined {
  if (one.size !== other.size || [...one.keys()].some((layer) => !other.has(layer))) return undefined;
  let sum = 0;
  for (const [layer, vector] of one) sum += 1 - cosine(vector, other.get(layer) ?? new Float32Array());
  return sum / one.size;
}

function cosine(one: Float32Array, other: Float32Array): number {
  let [product, ofOne, ofOther] = [0, 0, 0];
  for (const [channel, value] of one.entries()) {
    const partner = other[channel] ?? Number.NaN;
    product += value * partner;
    ofOne += value * value;
    ofOther += partner * partner;
  }
  return Math.min(1, product / Math.sqrt(ofOne * ofOther));
}

type Curve = { compared: readonly Compared[]; largest: number; confidence: number };

/** What is said of a stage's whole curve, over the seeds that are compared at every budget. */
function curveNumbers(budgets: readonly number[], { compared, largest, confidence }: Curve) {
  const [first, ...rest] = compared;
  const seeds = [...(first?.distances.keys() ?? [])].filter((seed) =>
    rest.every(({ distances }) => distances.has(seed)),
  );
  const curves = seeds.map((seed) => compared.map(({ distances }) => distances.get(seed) ?? Number.NaN));
  const reason = whyNoKnee(budgets, seeds);
  if (reason !== null) return { ...NO_CURVE, knee_reason: reason };
  const kneeOf = (curve: readonly number[]) => {
    const at = knee([...budgets, largest].map(Math.log), [...curve, 0]);
    return at === undefined ? [] : [[...budgets, largest][at] ?? Number.NaN];
  };
  const mean = budgets.map((_, index) => meanOf(curves.map((curve) => curve[index] ?? Number.NaN)));
  const single = curves.flatMap(kneeOf);
  const exponents = curves.flatMap((curve) => exponentOf(budgets, curve, largest) ?? []);
  const exponent = seedInterval(exponents.length < curves.length ? [] : exponents, confidence);
  const [found] = kneeOf(mean);
  return {
    knee: found ?? null,
    knee_low: found === undefined ? null : Math.min(...single),
    knee_high: found === undefined ? null : Math.max(...single),
    exponent: exponent.mean,
    exponent_low: exponent.low,
    exponent_high: exponent.high,
    knee_reason: found === undefined ? 'the distance does not fall faster at first than later' : null,
  };
}

const NO_CURVE = {
  knee: null,
  knee_low: null,
  knee_high: null,
  exponent: null,
  exponent_low: null,
  exponent_high: null,
};

function whyNoKnee(budgets: readonly number[], seeds: readonly number[]): string | null {
  if (budgets.length + 1 < LEAST_POINTS) return `${budgets.length + 1} budgets; a knee needs ${LEAST_POINTS}`;
  return seeds.length === 0 ? 'no seed is compared at every budget' : null;
}

/** The slope of log distance over log(1/n − 1/N), by least squares; undefined where a distance is 0. */
function exponentOf(
  budgets: readonly number[],
  distances: readonly number[],
  largest: number,
): number | undefined {
  if (distances.some((distance) => !(distance > 0))) return undefined;
  const x = budgets.map((n) => Math.log(1 / n - 1 / largest));
  const y = distances.map(Math.log);
  const [xMean, yMean] = [meanOf(x), meanOf(y)];
  const products = x.reduce((sum, value, index) => sum + (value - xMean) * ((y[index] ?? 0) - yMean), 0);
  return products / x.reduce((sum, value) => sum + (value - xMean) ** 2, 0);
}

/** The mean over seeds with Student's interval; no bounds with one value, nothing with none. */
function seedInterval(values: readonly number[], confidence: number) {
  if (values.length === 0) return { mean: null, low: null, high: null };
  const mean = meanOf(values);
  if (values.length === 1) return { mean, low: null, high: null };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  const half = studentQuantile((1 + confidence) / 2, values.length - 1) * Math.sqrt(variance / values.length);
  return { mean, low: mean - half, high: mean + half };
}

function layersOf(cells: readonly CellVectors[]): string {
  const layers = cells.map(({ vectors }) =>
    [...vectors.keys()].sort((one, other) => one - other).join(' + '),
  );
  return [...new Set(layers)].join(' or ');
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
