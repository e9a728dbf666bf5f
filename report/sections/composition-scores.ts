import { groupBy } from '../../evaluation/statistics/group-by.js';
import type { CompositionRow } from '../../evaluation/statistics/rows.js';
import { type Html, html } from '../html.js';
import { percent } from '../number-format.js';
import type { PageData } from '../page-data.js';
import { phraseHtml, shown } from '../phrase.js';
import { type ShownPlace, shownPlaces } from '../places.js';
import { listed } from '../table.js';
import { place } from './place.js';

/**
 * Scores of the untreated model, of each part alone, of its rivals and of each order that combines the parts, a row a
 * task: the shape of tables 4 and 10 of CAA (Rimsky et al. 2023). A table for each pair of parts.
 */
export function compositionScores(data: PageData): Html {
  const pairs = groupBy(data.study.fit.compositions, ({ parts }) => JSON.stringify(parts.toSorted()));
  return html`${[...pairs.values()].map((rows) => scoreTable(rows, data))}
<p class="caption">Mean of the learning curve in score over log N. The highest of a row is bold; that is no test.</p>`;
}

function scoreTable(rows: readonly CompositionRow[], { study, sources }: PageData): Html {
  const [first] = rows;
  const parts = first?.parts ?? [];
  const rivals = rows.flatMap((row) => (row.against === 'equal-search' ? row.rivals : []));
  const stages = [...new Set([...parts, ...rivals, ...rows.map(({ stage }) => stage)])];
  const curveMean = (where: ShownPlace, stage: string) =>
    study.fit.efficiencies.find(
      (row) => isHere(row, where) && row.stage === stage && row.measure === 'score',
    );
  const places = shownPlaces(study).filter((where) =>
    stages.some((stage) => curveMean(where, stage) !== undefined),
  );
  const untreated = (where: ShownPlace) =>
    study.fit.curves.find((row) => isHere(row, where) && row.measure === 'score' && row.n === 0);
  const columns = [
    { title: 'task', cell: (where: ShownPlace) => place(where, study.models.length) },
    {
      title: 'untreated',
      numeric: true,
      cell: (where: ShownPlace) => {
        const row = untreated(where);
        return row === undefined ? '–' : shown(row, 'value', percent);
      },
    },
    ...stages.map((stage) => ({
      title: parts.includes(stage)
        ? `${stage} alone`
        : rivals.includes(stage)
          ? `${stage} (equal search)`
          : stage,
      numeric: true,
      cell: (where: ShownPlace) => {
        const row = curveMean(where, stage);
        if (row === undefined) return '–';
        const highest = Math.max(
          ...stages.map((other) => curveMean(where, other)?.value ?? Number.NEGATIVE_INFINITY),
        );
        const value = phraseHtml([shown(row, 'value', percent)], sources);
        return row.value === highest ? html`<strong>${value}</strong>` : value;
      },
    })),
  ];
  return html`<h4>${parts.join(' and ')}: scores</h4>${listed(places, { columns, sources, caption: 'Scores of parts and combinations', file: 'efficiencies.parquet' })}`;
}

function isHere(row: { model: string; task: string }, { model, task }: ShownPlace): boolean {
  return row.model === model && row.task === task;
}
