import type { CellRow, CrossoverRow, CurveRow, FactRow, ItemRow } from '../../schemas/tables.js';
import { differences, type Pair, pairOf } from './comparison.js';
import { type Combination, compositions } from './composition.js';
import { crossover } from './crossover.js';
import { fronts } from './fronts.js';
import { groupBy } from './group-by.js';
import { holm } from './holm.js';
import { lawCrossover } from './laws/law-crossover.js';
import type { LawTables } from './laws/law-tables.js';
import { learningLaws } from './laws/learning-laws.js';
import { type Contest, leads } from './leads.js';
import { efficiencies, learningCurves } from './learning-curves.js';
import { matchedDamages } from './matched-damages.js';
import type { CompositionRow, DifferenceRow, EfficiencyRow, FrontRow, LeadRow, MatchedRow } from './rows.js';
import { crossoverTrends } from './scaling/crossover-trends.js';
import { scalingLaws } from './scaling/scaling-laws.js';
import { selectivityLaws } from './scaling/selectivity-laws.js';
import { baselineOf, ITEM_MEASURES, isBaseline, type ScoredTask } from './scored-stage.js';
import { scoredTasks } from './scored-tasks.js';
import { targets } from './targets.js';
import { type BootstrapSettings, type TaskBootstrap, taskBootstrap } from './task-bootstrap.js';
import { transfers } from './transfers.js';

export type FitOptions = BootstrapSettings & {
  /** Stages whose curves are compared, as [first, second]: a steering stage and a fine-tuning one, say. */
  pairs: readonly (readonly [string, string])[];
  /** Combining stages with the two stages each combines, and those that search as much as both together. */
  combinations?: readonly { stage: string; of: readonly [string, string]; against?: readonly string[] }[];
  /** Stages by kind, of which one is chosen to stand for its kind on each task. */
  contests?: readonly Contest[];
  /** Called when a model's task is done, of which there may be many. */
  onTask?: (task: { model: string; task: string; done: number; of: number }) => void;
};

export type Fit = {
  curves: CurveRow[];
  crossovers: CrossoverRow[];
  /** Of each method against the baseline, then of each pair; task by task. */
  differences: DifferenceRow[];
  compositions: CompositionRow[];
  efficiencies: EfficiencyRow[];
  fronts: FrontRow[];
  /** Each pair where both methods gain as much. */
  matched: MatchedRow[];
  leads: LeadRow[];
  laws: LawTables;
};

/**
 * Every estimate of a study from its per-item results alone. The same rows and options give the same numbers, whatever
 * the order of the rows. A task in which a stage of a pair has no successful cell gets no row for that pair.
 * Throws when rows do not fit together (see `scoredTasks`), a pair has different test items, or an option names no stage.
 */
export function fit(
  rows: { items: readonly ItemRow[]; cells: readonly CellRow[]; facts?: readonly FactRow[] },
  options: FitOptions,
): Fit {
  checkOptions(rows.cells, options);
  const bootstraps = scoredTasks(rows).map((task) => taskBootstrap(task, options));
  const fits = bootstraps.map((bootstrap, index) => {
    const fitted = fitTask(bootstrap, options);
    const { model, task } = bootstrap.task;
    options.onTask?.({ model, task, done: index + 1, of: bootstraps.length });
    return fitted;
  });
  const crossovers = fits.flatMap((task) => task.crossovers);
  const lawCrossovers = fits.flatMap((task) => task.lawCrossovers);
  const { facts = [] } = rows;
  const { confidence } = options;
  const leading = leadingRows(
    fits.flatMap((task) => task.leads),
    bootstraps.map(({ task }) => task),
  );
  const gains = withHolm(
    fits.flatMap((task) => task.gains),
    leading,
  );
  const between = withHolm(
    fits.flatMap((task) => task.between),
    leading,
  );
  return {
    curves: fits.flatMap(({ curves }) => curves),
    crossovers,
    differences: [...gains, ...between],
    compositions: fits.flatMap(({ compositions }) => compositions),
    efficiencies: fits.flatMap(({ efficiencies }) => efficiencies),
    fronts: fits.flatMap(({ fronts }) => fronts),
    matched: fits.flatMap(({ matched }) => matched),
    leads: fits.flatMap(({ leads }) => leads),
    laws: {
      laws: fits.flatMap(({ learning }) => learning.laws),
      curves: fits.flatMap(({ learning }) => learning.curves),
      crossovers: lawCrossovers,
      targets: fits.flatMap(({ targets }) => targets),
      transfers: fits.flatMap(({ transfers }) => transfers),
      ...scalingLaws(bootstraps, { facts, confidence }),
      trends: crossoverTrends({ bootstraps, facts, crossovers, lawCrossovers, confidence }),
      selectivity: bootstraps.flatMap(selectivityLaws),
    },
  };
}

function fitTask(bootstrap: TaskBootstrap, options: FitOptions) {
  const { task } = bootstrap;
  const pairs = comparedPairs(task, options.pairs);
  const combinations = comparedCombinations(task, options.combinations ?? []);
  const gains = [...task.stages.values()].flatMap((stage) => {
    const baseline = baselineOf(task, stage);
    return baseline === undefined ? [] : [pairOf(baseline, stage)];
  });
  const leading = leads(task, options.contests ?? []);
  const both = <T>(compute: (measure: (typeof ITEM_MEASURES)[number]) => T[]) =>
    ITEM_MEASURES.flatMap(compute);
  return {
    curves: learningCurves(bootstrap),
    efficiencies: efficiencies(bootstrap),
    fronts: fronts(bootstrap),
    matched: matchedDamages(pairs, bootstrap),
    leads: leading,
    learning: learningLaws(bootstrap),
    targets: targets(bootstrap),
    transfers: transfers(bootstrap, leading),
    lawCrossovers: pairs.flatMap((pair) => lawCrossover(pair, bootstrap) ?? []),
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
  return combinations.flatMap(({ stage, of, against = [] }) => {
    const combined = stages.get(stage);
    const [one, other] = of.map((name) => stages.get(name));
    const rivals = against.flatMap((name) => stages.get(name) ?? []);
    return combined === undefined || one === undefined || other === undefined
      ? []
      : [{ combined, parts: [one, other], rivals }];
  });
}

/** Whether a row compares leading stages of its task, or one of them with the untreated model. */
function leadingRows(
  rows: readonly LeadRow[],
  tasks: readonly ScoredTask[],
): (row: DifferenceRow) => boolean {
  const name = ({ model, task }: { model: string; task: string }, stage: string) =>
    JSON.stringify([model, task, stage]);
  const untreated = tasks.flatMap((task) =>
    [...task.stages.values()].filter(isBaseline).map(({ stage }) => name(task, stage)),
  );
  const chosen = rows.filter((row) => row.chosen).map((row) => name(row, row.stage));
  const known = new Set([...untreated, ...chosen]);
  const leads = (row: DifferenceRow, stage: string) => known.has(name(row, stage));
  return (row) => leads(row, row.first) && leads(row, row.second);
}

/**
 * Holm's correction with one family a measure for what leads, and one for the rest: which stages lead is known before any
 * test item is seen, so that trying many methods does not weaken the tests of the few that matter. Whole-curve rows
 * carry no test.
 */
function withHolm(rows: readonly DifferenceRow[], leading: (row: DifferenceRow) => boolean): DifferenceRow[] {
  const tested = rows.flatMap((row) => (row.p === null ? [] : [{ row, p: row.p }]));
  const families = groupBy(tested, ({ row }) => JSON.stringify([row.measure, leading(row)]));
  const adjusted = new Map<DifferenceRow, number>();
  for (const family of families.values()) {
    for (const [index, p] of holm(family.map(({ p }) => p)).entries()) {
      const row = family[index]?.row;
      if (row !== undefined) adjusted.set(row, p);
    }
  }
  return rows.map((row) => ({ ...row, p_holm: adjusted.get(row) ?? null }));
}

function checkOptions(
  cells: readonly CellRow[],
  { confidence, resamples, pairs, combinations = [], contests = [] }: FitOptions,
): void {
  if (!(confidence > 0.5 && confidence < 1))
    throw new RangeError(`fit: found confidence ${confidence}, expected 0.5…1`);
  if (!(Number.isInteger(resamples) && resamples >= 100)) {
    throw new RangeError(`fit: found ${resamples} resamples, expected a whole number of at least 100`);
  }
  const known = [...new Set(cells.map(({ stage }) => stage))].sort();
  const named = [
    ...pairs.flat(),
    ...combinations.flatMap(({ stage, of, against = [] }) => [stage, ...of, ...against]),
    ...contests.flatMap(({ stages }) => stages),
  ];
  const unknown = named.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Error(
      `fit: found stage "${unknown}" in pairs, combinations or contests, expected one of ${known.join(', ')}`,
    );
  }
}
