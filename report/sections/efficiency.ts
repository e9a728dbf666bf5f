import { groupBy } from '../../evaluation/statistics/group-by.js';
import type { EfficiencyRow } from '../../evaluation/statistics/rows.js';
import { confidenceOf } from '../answer-phrases.js';
import { type Html, html } from '../html.js';
import { nats, percent } from '../number-format.js';
import type { PageData } from '../page-data.js';
import { phrase, phraseHtml, type Sources, shown } from '../phrase.js';
import { table } from '../table.js';
import { place } from './place.js';

/** Data efficiency: the mean height of each learning curve over log N, a row a task and measure, a column a method. */
export function efficiencySection({ study, styles, sources }: PageData): Html | undefined {
  const rows = study.fit.efficiencies;
  if (rows.length === 0) return undefined;
  const groups = [
    ...groupBy(rows, ({ model, task, measure }) => JSON.stringify([model, task, measure])).values(),
  ];
  const columns = [
    { title: 'task', cell: ([row]: EfficiencyRow[]) => (row ? place(row, study.models.length) : '') },
    {
      title: 'measure',
      cell: ([row]: EfficiencyRow[]) => (row?.measure === 'score' ? 'score' : 'margin (nats)'),
    },
    ...styles.map(({ stage }) => ({
      title: stage,
      numeric: true,
      cell: (group: EfficiencyRow[]) =>
        meanCell(
          group.find((row) => row.stage === stage),
          sources,
        ),
    })),
  ];
  return html`<section id="efficiency"><h2>Data efficiency</h2>
${table(groups, columns, sources)}
<p class="caption">The mean of a learning curve over log N, from the smallest to the largest number of examples, with ${phraseHtml(confidenceOf(study), sources)}
intervals. Every doubling of the data counts the same. Compare methods by the paired “mean” rows below, not by whether these intervals overlap.</p></section>`;
}

function meanCell(row: EfficiencyRow | undefined, sources: Sources): Html | string {
  if (row === undefined) return '–';
  const unit = row.measure === 'score' ? percent : nats;
  const interval = phrase` (${shown(row, 'low', unit)} to ${shown(row, 'high', unit)})`;
  return html`${phraseHtml([shown(row, 'value', unit)], sources)}<span class="muted">${phraseHtml(interval, sources)}</span>`;
}
