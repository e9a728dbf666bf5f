import type { CellRow, CrossoverRow, CurveRow, ItemRow } from '../../schemas/tables.js';
import { differences, type Pair, pairOf } from './comparison.js';
import { type Combination, compositions } from './composition.js';
import { crossover } from './crossover.js';
import { holm } from './holm.js';
import { efficiencies, learningCurves } from './learning-curves.js';
import type { CompositionRow, DifferenceRow, EfficiencyRow } from './rows.js';
import { baselineOf, ITEM_MEASURES, type ScoredTask } from './scored-stage.js';
import { scoredTasks } from './scored-tasks.js';
import { type BootstrapSettings, taskBootstrap } from './task-bootstrap.js';

export type FitOptions = BootstrapSettings & {
  /** Stages whose curves are compared, as [first, second]: a steering stage and a fine-tuning one, say. */
  pairs: readonly (readonly [string, string])[];
  /** Combining stages with the two stages each combines. */
  combinations?: readonly { stage: string; of: readonly [string, string] }[];
};

export type Fit = {
  curves: CurveRow[];
  crossovers: CrossoverRow[];
  /** Of each method against the baseline, then of each pair; task by task. */
  differences: DifferenceRow[];
  compositions: CompositionRow[];
  efficiencies: EfficiencyRow[];
};

/**
 * Every estimate of a study from its per-item results alone. The same rows and options give the same numbers, whatever
 * the order of the rows. A task in which a stage of a pair has no successful cell gets no row for that pair.
 * Throws when rows do not fit together (see `scoredTasks`), a pair has different test items, or an option names no stage.
 */
export function fit(
  rows: { items: readonly ItemRow[]; cells: readonly CellRow[] },
  options: FitOptions,
): Fit {
  checkOptions(rows.cells, options);
  const fits = scoredTasks(rows).map((task) => fitTask(task, options));
  const gains = withHolm(fits.flatMap((task) => task.gains));
  const between = withHolm(fits.flatMap((task) => task.between));
  return {
    curves: fits.flatMap(({ curves }) => curves),
    crossovers: fits.flatMap(({ crossovers }) => crossovers),
    differences: [...gains, ...between],
    compositions: fits.flatMap(({ compositions }) => compositions),
    efficiencies: fits.flatMap(({ efficiencies }) => efficiencies),
  };
}

function fitTask(task: ScoredTask, options: FitOptions) {
  const bootstrap = taskBootstrap(task, options);
  const pairs = comparedPairs(task, options.pairs);
  const combinations = comparedCombinations(task, options.combinations ?? []);
  const gains = [...task.stages.values()].flatMap((stage) => {
    const baseline = baselineOf(task, stage);
    return baseline === undefined ? [] : [pairOf(baseline, stage)];
  });
  const both = <T>(compute: (measure: (typeof ITEM_MEASURES)[number]) => T[]) =>
    ITEM_MEASURES.flatMap(compute);
  return {
    curves: learningCurves(bootstrap),
    efficiencies: efficiencies(bootstrap),
    gains: both((measure) => gains.flatMap((pair) => differences(pair, measure, bootstrap))),
    between: both((measure) => pairs.flatMap((pair) => differences(pair, measure, bootstrap))),
    crossovers: both((measure) => pairs.flatMap((pair) => crossover(pair, measure, bootstrap) ?? [])),
    compositions: both((measure) =>
      combinations.flatMap((combination) => compositions(combination, measure, bootstrap)),
    ),
  };
}

function comparedPairs({ stages }: ScoredTask, pairs: FitOptions['pairs']): Pair[] {
  return pairs.flatMap((names) => {
    const [first, second] = names.map((name) => stages.get(name));
    return first === undefined || second === undefined ? [] : [pairOf(first, second)];
  });
}

function comparedCombinations(
  { stages }: ScoredTask,
  combinations: NonNullable<FitOptions['combinations']>,
): Combination[] {
  return combinations.flatMap(({ stage, of }) => {
    const combined = stages.get(stage);
    const [one, other] = of.map((name) => stages.get(name));
    return combined === undefined || one === undefined || other === undefined
      ? []
      : [{ combined, parts: [one, other] }];
  });
}

// One family a measure; whole-curve rows carry no test.
function withHolm(rows: readonly DifferenceRow[]): DifferenceRow[] {
  const adjusted = new Map<DifferenceRow, number>();
  for (const measure of ITEM_MEASURES) {
    const tested = rows.flatMap((row) =>
      row.measure === measure && row.p !== null ? [{ row, p: row.p }] : [],
    );
    for (const [index, p] of holm(tested.map(({ p }) => p)).entries()) {
      const row = tested[index]?.row;
      if (row !== undefined) adjusted.set(row, p);
    }
  }
  return rows.map((row) => ({ ...row, p_holm: adjusted.get(row) ?? null }));
}

function checkOptions(
  cells: readonly CellRow[],
  { confidence, resamples, pairs, combinations = [] }: FitOptions,
): void {
  if (!(confidence > 0.5 && confidence < 1))
    throw new RangeError(`fit: found confidence ${confidence}, expected 0.5…1`);
  if (!(Number.isInteger(resamples) && resamples >= 100)) {
    throw new RangeError(`fit: found ${resamples} resamples, expected a whole number of at least 100`);
  }
  const known = [...new Set(cells.map(({ stage }) => stage))].sort();
  const named = [...pairs.flat(), ...combinations.flatMap(({ stage, of }) => [stage, ...of])];
  const unknown = named.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Error(
      `fit: found stage "${unknown}" in pairs or combinations, expected one of ${known.join(', ')}`,
    );
  }
}
