import type { CrossoverRow, FactRow } from '../../../schemas/tables.js';
import { type Estimate, standardError } from '../bootstrap.js';
import { groupBy } from '../group-by.js';
import { Capability, type CrossoverTrendRow, type LawCrossoverRow } from '../law-rows.js';
import { studentCdf, studentQuantile } from '../student-t.js';
import type { TaskBootstrap } from '../task-bootstrap.js';
import { type UncertainPoint, yorkLine } from '../york-line.js';
import { logCapability } from './capability.js';

const LEAST_MODELS = 3;

export type TrendInput = {
  bootstraps: readonly TaskBootstrap[];
  facts: readonly FactRow[];
  crossovers: readonly CrossoverRow[];
  lawCrossovers: readonly LawCrossoverRow[];
  confidence: number;
};

type Crossing = Pick<
  CrossoverRow,
  'model' | 'task' | 'task_type' | 'first' | 'second' | 'n_star' | 'low' | 'high' | 'seeds'
> & {
  source: CrossoverTrendRow['source'];
};
type Located = UncertainPoint & { model: string };

/**
 * How N* moves with capability, log N* = c + γ log X over a study's models (the form of Zhang et al. 2024, equation 3), by
 * York's line with errors in both. A model counts where N* and both its bounds lie within the budgets, of two seeds or
 * more: the width of the interval over log N is its error. γ's interval is Student's with models − 2 degrees of freedom, its
 * standard error widened by the scatter where the points' own errors do not explain it. Studies of one model have no rows.
 */
export function crossoverTrends(input: TrendInput): CrossoverTrendRow[] {
  const all: Crossing[] = [
    ...input.crossovers.map((row) => ({ ...row, source: `interpolated-${row.measure}` as const })),
    ...input.lawCrossovers.map((row) => ({ ...row, source: 'law' as const })),
  ];
  const groups = groupBy(all, ({ task, first, second, source }) =>
    JSON.stringify([task, first, second, source]),
  );
  return [...groups.values()].flatMap((crossings) => {
    if (new Set(crossings.map(({ model }) => model)).size < 2) return [];
    return Capability.options.flatMap((capability) => trendOf(crossings, capability, input));
  });
}

function trendOf(
  crossings: readonly Crossing[],
  capability: Capability,
  input: TrendInput,
): CrossoverTrendRow[] {
  const [first] = crossings;
  const known = crossings.flatMap((crossing) => {
    const x = capabilityOf(crossing, capability, input);
    return x === undefined ? [] : [{ crossing, x }];
  });
  if (first === undefined || known.length < 2) return [];
  const points = known.flatMap(({ crossing, x }) => located(crossing, x, input.confidence) ?? []);
  const different = new Set(points.map(({ x }) => x)).size;
  const place = {
    task: first.task,
    task_type: first.task_type,
    first: first.first,
    second: first.second,
    capability,
    source: first.source,
    models: points.length,
  };
  if (different >= LEAST_MODELS) return [{ ...place, ...fitted(points, input.confidence) }];
  const models = points.length === 1 ? 'one model' : `${points.length} models`;
  const within = `${models} with N* and its interval within the budgets`;
  const capabilities = different === 1 ? 'one capability' : `${different} different capabilities`;
  const among = different < points.length ? `${capabilities} among ${within}` : within;
  const reason = `${among}; a line needs ${LEAST_MODELS}`;
  return [{ ...place, ...NO_TREND, reason }];
}

const NO_TREND = {
  status: 'undecided' as const,
  intercept: null,
  gamma: null,
  gamma_low: null,
  gamma_high: null,
  probability_positive: null,
  held_out_model: null,
  held_out_error: null,
};

function fitted(points: readonly Located[], confidence: number) {
  const line = yorkLine(points);
  const degrees = points.length - 2;
  const error = line.slopeError * Math.sqrt(Math.max(1, line.scatter ?? 1));
  const half = error * studentQuantile((1 + confidence) / 2, degrees);
  const ascending = points.toSorted((one, other) => one.x - other.x);
  const strongest = ascending.at(-1);
  const rest = strongest === undefined ? undefined : yorkLine(ascending.slice(0, -1));
  return {
    status: 'fitted' as const,
    reason: null,
    intercept: line.intercept,
    gamma: line.slope,
    gamma_low: line.slope - half,
    gamma_high: line.slope + half,
    probability_positive: studentCdf(line.slope / error, degrees),
    held_out_model: strongest?.model ?? null,
    held_out_error:
      strongest === undefined || rest === undefined
        ? null
        : rest.intercept + rest.slope * strongest.x - strongest.y,
  };
}

function capabilityOf({ model, task }: Crossing, capability: Capability, { bootstraps, facts }: TrendInput) {
  const bootstrap = bootstraps.find((known) => known.task.model === model && known.task.task === task);
  return bootstrap === undefined ? undefined : logCapability(capability, { bootstrap, facts });
}

function located(
  { model, n_star, low, high, seeds }: Crossing,
  x: Estimate,
  confidence: number,
): Located | undefined {
  // One seed's interval knows nothing of the luck of its examples.
  if (n_star === null || low === null || high === null || !(high > low) || seeds < 2) return undefined;
  const widths = 2 * studentQuantile((1 + confidence) / 2, 1e6);
  const xError = x.draws.length < 2 ? 0 : standardError(x);
  return { model, x: x.point, y: Math.log(n_star), xError, yError: Math.log(high / low) / widths };
}
