import { groupBy } from '../../evaluation/statistics/group-by.js';
import type { TrialRow } from '../../schemas/tables.js';
import { type Html, html } from '../html.js';
import { count, nats, percent } from '../number-format.js';
import type { CandidateRow, PageData } from '../page-data.js';
import { shown } from '../phrase.js';
import { table } from '../table.js';
import { place } from './place.js';

/** What each search chose on validation items, a row a task and stage; all candidates behind a click. */
export function searchSection({ study, sources, trials }: PageData): Html | undefined {
  if (trials.length === 0) return undefined;
  const chosen = trials.filter((row) => row.chosen);
  const groups = [
    ...groupBy(chosen, ({ model, task, stage }) => JSON.stringify([model, task, stage])).values(),
  ];
  const budgets = [...new Set(chosen.map(({ n }) => n))].sort((one, other) => one - other);
  return html`<section id="search"><h2>What each search chose</h2>
${table(groups, chosenColumns(budgets, study.models.length), sources)}
<p class="caption">The setting chosen most often over the seeds, and how many seeds chose it. Settings are chosen on validation items alone; test items choose nothing.</p>
<details><summary>All ${trials.length} candidates with their validation results</summary>${table(trials, candidateColumns(study.models.length), sources)}</details>
</section>`;
}

function chosenColumns(budgets: readonly number[], models: number) {
  const first = (rows: readonly CandidateRow[], show: (row: CandidateRow) => string) =>
    rows.slice(0, 1).map(show).join('');
  return [
    { title: 'task', cell: (rows: CandidateRow[]) => first(rows, (row) => place(row, models)) },
    { title: 'stage', cell: (rows: CandidateRow[]) => first(rows, ({ stage }) => stage) },
    {
      title: 'setting',
      cell: (rows: CandidateRow[]) => first(rows, ({ setting }) => Object.keys(setting).join(' · ')),
    },
    ...budgets.map((n) => ({
      title: `N = ${n}`,
      cell: (rows: CandidateRow[]) => mostChosen(rows.filter((row) => row.n === n)),
    })),
  ];
}

function mostChosen(rows: readonly CandidateRow[]): Html | string {
  const same = [...groupBy(rows, ({ setting }) => Object.values(setting).join(' · '))];
  const most = same.toSorted(([, one], [, other]) => other.length - one.length)[0];
  if (most === undefined) return '–';
  const [values, found] = most;
  return html`${values} <span class="muted">${found.length} of ${rows.length}</span>`;
}

function candidateColumns(models: number) {
  return [
    { title: 'task', cell: (row: CandidateRow) => place(row, models) },
    { title: 'stage', cell: (row: CandidateRow) => row.stage },
    { title: 'N', numeric: true, cell: (row: CandidateRow) => shown(row, 'n', count) },
    { title: 'seed', numeric: true, cell: (row: CandidateRow) => shown(row, 'seed', count) },
    { title: 'setting', cell: (row: CandidateRow) => settingText(row.setting) },
    { title: 'score', numeric: true, cell: (row: CandidateRow) => shown(row, 'score', percent) },
    { title: 'margin', numeric: true, cell: (row: CandidateRow) => shown(row, 'margin', nats) },
    { title: '', cell: (row: CandidateRow) => (row.chosen ? 'chosen' : '') },
  ];
}

function settingText(setting: TrialRow['setting']): string {
  const parts = Object.entries(setting).map(([name, value]) => `${name} ${value}`);
  return parts.join(', ') || 'nothing to choose';
}
