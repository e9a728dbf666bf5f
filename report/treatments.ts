import { z } from 'zod';
import { groupBy } from '../evaluation/statistics/group-by.js';
import type { CurveRow } from '../schemas/tables.js';
import type { Study } from './study.js';

/** One method at one budget on one task: what it gained, what else it changed, what it cost. Means over its seeds. */
export const TreatmentRow = z.strictObject({
  model: z.string(),
  task: z.string(),
  stage: z.string(),
  n: z.number().int(),
  seeds: z.number().int(),
  gain: z
    .number()
    .nullable()
    .describe('in score over the untreated model; null when no baseline was scored on the same items'),
  gain_low: z.number().nullable(),
  gain_high: z.number().nullable(),
  kl: z.number().nullable(),
  perplexity_ratio: z.number().nullable().describe('geometric mean of treated ÷ base perplexity'),
  flops_method: z.number(),
  flops_search: z.number(),
  flops: z.number().describe('of the method and its search, without the test evaluation'),
  seconds: z.number(),
  trainable_parameters: z.number(),
  treatment_bytes: z.number(),
});
export type TreatmentRow = z.infer<typeof TreatmentRow>;

/** Summaries of the successful treated cells, in the order of the curves. */
export function treatmentRows(study: Study): TreatmentRow[] {
  const points = study.fit.curves.filter(({ measure, n }) => measure === 'score' && n > 0);
  const places = placesOf(study);
  return points.map((point) => treatmentRow(places.get(placeName(point)) ?? study, point));
}

/** The study place by place: a row is then looked for among a few hundred others, not among all. */
function placesOf(study: Study): Map<string, Study> {
  const cells = groupBy(study.cells, placeName);
  const differences = groupBy(study.fit.differences, placeName);
  const curves = groupBy(study.fit.curves, placeName);
  return new Map(
    [...curves].map(([name, ofPlace]) => [
      name,
      {
        ...study,
        cells: cells.get(name) ?? [],
        fit: { ...study.fit, curves: ofPlace, differences: differences.get(name) ?? [] },
      },
    ]),
  );
}

function placeName({ model, task }: { model: string; task: string }): string {
  return JSON.stringify([model, task]);
}

function treatmentRow(study: Study, { model, task, stage, n, seeds }: CurveRow): TreatmentRow {
  const isHere = (row: { model: string; task: string; n: number | null }) =>
    row.model === model && row.task === task && row.n === n;
  const cells = study.cells.filter((cell) => isHere(cell) && cell.stage === stage && cell.status === 'ok');
  const gain = study.fit.differences.find(
    (row) => isHere(row) && row.second === stage && row.measure === 'score' && isBaseline(study, row.first),
  );
  const kl = study.fit.curves.find((row) => isHere(row) && row.stage === stage && row.measure === 'kl');
  const ratios = cells.flatMap(({ perplexity_ratio }) => perplexity_ratio ?? []);
  const average = (column: NumericColumn) => mean(cells.map((cell) => cell[column]));
  return {
    model,
    task,
    stage,
    n,
    seeds,
    gain: gain?.difference ?? null,
    gain_low: gain?.low ?? null,
    gain_high: gain?.high ?? null,
    kl: kl?.value ?? null,
    perplexity_ratio: ratios.length === cells.length ? Math.exp(mean(ratios.map(Math.log))) : null,
    flops_method: average('flops_method'),
    flops_search: average('flops_search'),
    flops: average('flops_method') + average('flops_search'),
    seconds: average('seconds'),
    trainable_parameters: average('trainable_parameters'),
    treatment_bytes: average('treatment_bytes'),
  };
}

type NumericColumn = 'flops_method' | 'flops_search' | 'seconds' | 'trainable_parameters' | 'treatment_bytes';

function isBaseline({ pipeline }: Study, stage: string): boolean {
  return pipeline.value.stages[stage]?.stage === 'baseline';
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
