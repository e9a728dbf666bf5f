import { z } from 'zod';
import { EpisodeRow } from '../../schemas/tables.js';
import { groupBy } from '../statistics/group-by.js';

/** How the test episodes of all seeds went under one method at one budget. */
export const EpisodeSummaryRow = z.strictObject({
  ...EpisodeRow.pick({ model: true, task: true, stage: true, n: true }).shape,
  seeds: z.number().int(),
  episodes: z.number().int().describe('over all seeds'),
  success: z.number().describe('share that ended well'),
  weighted: z.number().describe('mean success weighted by length'),
  agreement: z.number().describe('mean share of steps at which the expert would have done the same'),
  steps: z.number().describe('mean'),
  expert_steps: z.number().describe('mean, of the expert from the same starts'),
  out_of_steps: z.number().describe('share that used up their steps'),
  failed: z.number().describe('share that something else ended'),
  commonest_failure: z.string().nullable().describe('what ended most of those'),
});
export type EpisodeSummaryRow = z.infer<typeof EpisodeSummaryRow>;

export function episodeSummaries(rows: readonly EpisodeRow[]): EpisodeSummaryRow[] {
  const cells = groupBy(rows, ({ model, task, stage, n }) => JSON.stringify([model, task, stage, n]));
  return [...cells.values()].flatMap((own) => summaryOf(own) ?? []);
}

function summaryOf(rows: readonly EpisodeRow[]): EpisodeSummaryRow | undefined {
  const [first] = rows;
  if (first === undefined) return undefined;
  const mean = (value: (row: EpisodeRow) => number) =>
    rows.reduce((sum, row) => sum + value(row), 0) / rows.length;
  const failures = rows.map(({ outcome }) => outcome).filter((outcome) => !ORDINARY.has(outcome));
  const byCause = groupBy(failures, (cause) => cause);
  const [commonest] = [...byCause].toSorted(([, one], [, other]) => other.length - one.length);
  const { model, task, stage, n } = first;
  return {
    model,
    task,
    stage,
    n,
    seeds: new Set(rows.map(({ seed }) => seed)).size,
    episodes: rows.length,
    success: mean(({ outcome }) => Number(outcome === 'success')),
    weighted: mean(({ weighted }) => weighted),
    agreement: mean(({ agreement }) => agreement),
    steps: mean(({ steps }) => steps),
    expert_steps: mean(({ expert_steps }) => expert_steps),
    out_of_steps: mean(({ outcome }) => Number(outcome === 'out of steps')),
    failed: failures.length / rows.length,
    commonest_failure: commonest?.[0] ?? null,
  };
}

const ORDINARY: ReadonlySet<string> = new Set(['success', 'out of steps']);
