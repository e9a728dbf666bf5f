import { z } from 'zod';
import { groupBy } from '../evaluation/statistics/group-by.js';
import { paretoFront } from '../evaluation/statistics/pareto-front.js';
import { MethodKind } from '../schemas/pipeline.js';
import type { StageStyle } from './palette.js';
import { TreatmentRow } from './treatments.js';

/** A method at one number of examples on the plane of off-target change and gain. */
export const SelectivityRow = z.strictObject({
  ...TreatmentRow.shape,
  kind: MethodKind,
  on_frontier: z
    .boolean()
    .describe('no method of its kind at any number of examples changes as little or less and gains as much'),
});
export type SelectivityRow = z.infer<typeof SelectivityRow>;

/**
 * The treatments with their place on the frontier of their kind, task by task: what can be gained with a given change of
 * what should stay as it is. A frontier is a statement about the means, and begins with the untreated model at (0, 0).
 */
export function selectivityRows(
  treatments: readonly TreatmentRow[],
  styles: readonly StageStyle[],
): SelectivityRow[] {
  const kindOf = new Map(styles.map(({ stage, kind }) => [stage, kind]));
  const rows = treatments.flatMap((row) => {
    const kind = kindOf.get(row.stage);
    return kind === undefined ? [] : [{ ...row, kind, on_frontier: false }];
  });
  const groups = groupBy(rows, ({ model, task, kind }) => JSON.stringify([model, task, kind]));
  const frontier = new Set([...groups.values()].flatMap(frontierOf));
  return rows.map((row) => ({ ...row, on_frontier: frontier.has(row) }));
}

function frontierOf(rows: readonly SelectivityRow[]): SelectivityRow[] {
  const offers = rows.flatMap((row) =>
    row.kl === null || row.gain === null ? [] : [{ cost: row.kl, gain: row.gain, row }],
  );
  const untreated = { cost: 0, gain: 0, row: undefined };
  return paretoFront<{ cost: number; gain: number; row: SelectivityRow | undefined }>([
    untreated,
    ...offers,
  ]).flatMap(({ row }) => row ?? []);
}
