import type { LawCrossoverRow } from '../../evaluation/statistics/law-rows.js';
import { switchInterval } from '../answer-phrases.js';
import { type Html, html } from '../html.js';
import { isLaw, reasonsOf } from '../law-reasons.js';
import { examples, wholePercent } from '../number-format.js';
import type { PageData } from '../page-data.js';
import { type Phrase, phrase, shown } from '../phrase.js';
import { listed } from '../table.js';
import { place } from './place.js';

/** N* of the fitted laws beside that of the interpolated curves; where no method has a law, why there is no such table. */
export function lawCrossovers(data: PageData): Html | undefined {
  const rows = data.study.fit.laws.crossovers.filter((row) => isAnswered(row, data));
  if (rows.length === 0) return undefined;
  // Two curves of joined points are the interpolation itself, which no second estimator is.
  const lawful = rows.filter((row) => isLaw({ law: row.law_first }) || isLaw({ law: row.law_second }));
  const columns = columnsOf(data.study.models.length);
  const { sources } = data;
  return html`<h3>Crossovers in loss, by two estimators</h3>${
    lawful.length > 0
      ? listed(lawful, {
          columns,
          sources,
          caption: 'N* by laws and by interpolation',
          file: 'law-crossovers.parquet',
        })
      : undefined
  }${lawful.length < rows.length ? html`<p class="caption">${leftOut(rows, lawful, data)}</p>` : undefined}`;
}

function leftOut(
  rows: readonly LawCrossoverRow[],
  lawful: readonly LawCrossoverRow[],
  { study }: PageData,
): string {
  const left = rows.filter((row) => !lawful.includes(row));
  const { laws } = study.fit.laws;
  const joined = laws.filter(
    (row) =>
      row.chosen &&
      left.some(
        ({ model, task, first, second }) =>
          row.model === model && row.task === task && (row.stage === first || row.stage === second),
      ),
  );
  const which = lawful.length === 0 ? 'None' : `${left.length} of ${rows.length} are left out`;
  return `${which}: neither method has a law there (${reasonsOf(joined, laws)}), and points joined twice are one estimator. All are in law-crossovers.parquet.`;
}

function isAnswered(row: LawCrossoverRow, { answers }: PageData): boolean {
  return answers.some(
    ({ model, task, steer, finetune }) =>
      row.model === model &&
      row.task === task &&
      [row.first, row.second].every((stage) => stage === steer || stage === finetune),
  );
}

function columnsOf(models: number) {
  type Row = LawCrossoverRow;
  return [
    { title: 'task', cell: (row: Row) => place(row, models) },
    { title: 'first → second', cell: ({ first, second }: Row) => `${first} → ${second}` },
    { title: 'by the laws', cell: (row: Row) => verdictWords(row.verdict, row) },
    { title: 'N* (interval)', numeric: true, cell: lawSwitch },
    {
      title: 'cross in range',
      numeric: true,
      cell: (row: Row) => shown(row, 'probability_in_range', wholePercent),
    },
    { title: 'interpolated', cell: (row: Row) => verdictWords(row.interpolated_verdict, row) },
    { title: 'N*', numeric: true, cell: (row: Row) => shown(row, 'interpolated_n_star', examples) },
    { title: 'the two', cell: ({ agreement }: Row) => agreement },
  ];
}

/** Which is better by its name. */
function verdictWords(verdict: LawCrossoverRow['verdict'], { first, second }: LawCrossoverRow): string {
  if (verdict === 'first-better') return `${first} better on average`;
  return verdict === 'second-better' ? `${second} better on average` : verdict;
}

function lawSwitch(row: LawCrossoverRow): Phrase {
  if (row.n_star === null) return phrase`–`;
  return phrase`${shown(row, 'n_star', examples)} (${switchInterval(row)})`;
}
