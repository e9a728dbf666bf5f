import { groupBy } from '../../evaluation/statistics/group-by.js';
import type { ConvergenceRow } from '../../evaluation/statistics/rows.js';
import { confidenceOf } from '../answer-phrases.js';
import { type Html, html } from '../html.js';
import { coefficient, count } from '../number-format.js';
import type { PageData } from '../page-data.js';
import { type Phrase, phrase, phraseHtml, shown } from '../phrase.js';
import { listed } from '../table.js';
import { place } from './place.js';

/** Of every vector how far it points from the one with most examples, budget by budget, and where that has its knee. */
export function convergenceTable({ study, sources }: PageData): Html | undefined {
  const stages = [
    ...groupBy(study.convergence ?? [], (row) => JSON.stringify([row.model, row.task, row.stage])).values(),
  ];
  if (stages.length === 0) return undefined;
  const budgets = [...new Set(stages.flat().map(({ n }) => n))].sort((one, other) => one - other);
  const columns = [
    { title: 'task', cell: ([row]: ConvergenceRow[]) => (row ? place(row, study.models.length) : '') },
    { title: 'method', cell: ([row]: ConvergenceRow[]) => row?.stage ?? '' },
    ...budgets.map((n) => ({
      title: `N = ${n}`,
      numeric: true,
      cell: (rows: ConvergenceRow[]) => distance(rows.find((row) => row.n === n)),
    })),
    { title: 'knee', numeric: true, cell: ([row]: ConvergenceRow[]) => kneeWords(row) },
    { title: 'exponent', numeric: true, cell: ([row]: ConvergenceRow[]) => exponentWords(row) },
  ];
  return html`<h3>How a vector settles</h3>
${listed(stages, { columns, sources, caption: 'Distance to the vector of the most examples', file: 'convergence.parquet' })}
<p class="caption">1 − cos between the vector from N examples and the one of the same seed and block from the largest number, mean over seeds with ${phraseHtml(confidenceOf(study), sources)} intervals.
A dash: the search chose another block, or there is no vector. The knee is the number of examples farthest below a straight fall over log N, with the smallest and largest of single seeds;
it lies within the numbers that were tried. An exponent of 1: the distance falls as 1/n − 1/N, as that of a mean of independent contrasts does.</p>`;
}

function distance(row: ConvergenceRow | undefined): Phrase {
  if (row === undefined || row.distance === null) return phrase`–`;
  return withBounds(phrase`${shown(row, 'distance', coefficient)}`, row, ['low', 'high']);
}

function kneeWords(row: ConvergenceRow | undefined): Phrase {
  if (row === undefined || row.knee === null) return [row?.knee_reason ?? '–'];
  return phrase`${shown(row, 'knee', count)} (${shown(row, 'knee_low', count)} to ${shown(row, 'knee_high', count)})`;
}

function exponentWords(row: ConvergenceRow | undefined): Phrase {
  if (row === undefined || row.exponent === null) return phrase`–`;
  return withBounds(phrase`${shown(row, 'exponent', coefficient)}`, row, ['exponent_low', 'exponent_high']);
}

type Bound = 'low' | 'high' | 'exponent_low' | 'exponent_high';

function withBounds(value: Phrase, row: ConvergenceRow, [low, high]: readonly [Bound, Bound]): Phrase {
  if (row[low] === null || row[high] === null) return value;
  return phrase`${value} (${shown(row, low, coefficient)} to ${shown(row, high, coefficient)})`;
}
