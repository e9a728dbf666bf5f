import { groupBy } from '../../evaluation/statistics/group-by.js';
import type { CompositionRow } from '../../evaluation/statistics/rows.js';
import { sign } from '../../evaluation/statistics/verdict.js';
import { confidenceOf } from '../answer-phrases.js';
import { type Html, html } from '../html.js';
import { nats, points } from '../number-format.js';
import type { PageData } from '../page-data.js';
import { phrase, phraseHtml, type Sources, shown } from '../phrase.js';
import { table } from '../table.js';
import { place } from './place.js';

/** Whether the combination beats the better of its parts: a row a task and measure, a column a number of examples. */
export function compositionSection({ study, sources }: PageData): Html | undefined {
  const rows = study.fit.compositions;
  if (rows.length === 0) return undefined;
  const budgets = [...new Set(rows.map(({ n }) => n))].sort((one, other) => one - other);
  const groups = [
    ...groupBy(rows, ({ model, task, stage, measure }) =>
      JSON.stringify([model, task, stage, measure]),
    ).values(),
  ];
  const columns = [
    { title: 'task', cell: ([row]: CompositionRow[]) => (row ? place(row, study.models.length) : '') },
    { title: 'combination', cell: ([row]: CompositionRow[]) => row?.stage ?? '' },
    {
      title: 'measure',
      cell: ([row]: CompositionRow[]) => (row?.measure === 'score' ? 'score (points)' : 'margin (nats)'),
    },
    ...budgets.map((n) => ({
      title: `N = ${n}`,
      numeric: true,
      cell: (group: CompositionRow[]) =>
        gainCell(
          group.find((row) => row.n === n),
          sources,
        ),
    })),
  ];
  return html`<section id="composition"><h2>Does doing both help?</h2>
${table(groups, columns, sources)}
<p class="caption">Combined minus the better of its two parts, on the same data, items and seeds, with ${phraseHtml(confidenceOf(study), sources)} intervals; bold where
zero is excluded. The better part is found anew in each resample; the larger of two noisy means is too large on average, so this comparison errs against
the combination. The intervals are not corrected for the number of comparisons.</p></section>`;
}

function gainCell(row: CompositionRow | undefined, sources: Sources): Html | string {
  if (row === undefined) return '–';
  const unit = row.measure === 'score' ? points : nats;
  const value = phraseHtml([shown(row, 'difference', unit)], sources);
  const interval = phraseHtml(phrase` (${shown(row, 'low', unit)} to ${shown(row, 'high', unit)})`, sources);
  return html`${sign(row) === 0 ? value : html`<strong>${value}</strong>`}<span class="muted">${interval}</span>`;
}
