import type { EpisodeSummaryRow } from '../../evaluation/metrics/episode-summary.js';
import { type Html, html } from '../html.js';
import { count, meanCount, percent } from '../number-format.js';
import type { PageData } from '../page-data.js';
import { phrase, shown } from '../phrase.js';
import { table } from '../table.js';
import { place } from './place.js';

/** Tasks of several steps: how far the model got by itself, action by action. */
export function episodesSection({ study, sources }: PageData): Html | undefined {
  const rows = study.episodes ?? [];
  if (rows.length === 0) return undefined;
  return html`<section id="episodes"><h2>Episodes</h2>
<p class="caption">The model acts until the task is done, a rule is broken or its steps are used up, which are two for each of the expert’s and two more. Success is the score of these tasks everywhere
on this page. “Weighted” counts a success less the longer it took (expert’s steps ÷ steps taken); “as the expert” is the share of the model’s steps that the scripted expert would have taken
in the same place. Means over all test episodes and seeds; intervals are with the learning curves; every action is in <code>episodes.parquet</code>.</p>
${table(rows, { columns: columns(study.models.length), sources, caption: 'How episodes went' })}</section>`;
}

function columns(models: number) {
  return [
    { title: 'task', cell: (row: EpisodeSummaryRow) => place(row, models) },
    { title: 'method', cell: ({ stage }: EpisodeSummaryRow) => stage },
    { title: 'N', numeric: true, cell: (row: EpisodeSummaryRow) => shown(row, 'n', count) },
    { title: 'episodes', numeric: true, cell: (row: EpisodeSummaryRow) => shown(row, 'episodes', count) },
    { title: 'success', numeric: true, cell: (row: EpisodeSummaryRow) => shown(row, 'success', percent) },
    { title: 'weighted', numeric: true, cell: (row: EpisodeSummaryRow) => shown(row, 'weighted', percent) },
    {
      title: 'as the expert',
      numeric: true,
      cell: (row: EpisodeSummaryRow) => shown(row, 'agreement', percent),
    },
    {
      title: 'steps (expert)',
      numeric: true,
      cell: (row: EpisodeSummaryRow) =>
        phrase`${shown(row, 'steps', meanCount)} (${shown(row, 'expert_steps', meanCount)})`,
    },
    {
      title: 'out of steps',
      numeric: true,
      cell: (row: EpisodeSummaryRow) => shown(row, 'out_of_steps', percent),
    },
    {
      title: 'ended otherwise',
      numeric: true,
      cell: (row: EpisodeSummaryRow) => shown(row, 'failed', percent),
    },
    { title: 'mostly', cell: ({ commonest_failure: cause }: EpisodeSummaryRow) => cause ?? '–' },
  ];
}
