import { groupBy } from '../../evaluation/statistics/group-by.js';
import type { TrialRow } from '../../schemas/tables.js';
import { type Html, html } from '../html.js';
import { count, nats, percent } from '../number-format.js';
import type { CandidateRow, PageData } from '../page-data.js';
import { phraseHtml, shown } from '../phrase.js';
import { isElsewhere } from '../places.js';
import { type ChoiceRow, chosenSetting } from '../search-choices.js';
import type { CellTrials } from '../study.js';
import { listed } from '../table.js';
import { place } from './place.js';

const MOST_VALUES = 4;
const LONGEST_VALUE = 60;

/** What each search chose on validation items: a row a task and method; by budget, and all candidates, behind clicks. */
export function searchSection(data: PageData): Html | undefined {
  const { study, sources, trials } = data;
  // What was tested elsewhere was chosen at home.
  const choices = data.choices.filter(({ task }) => !isElsewhere(task));
  if (choices.length === 0) return undefined;
  const models = study.models.length;
  const methods = [...groupBy(choices, methodKey).values()];
  const columns = [
    { title: 'task', cell: ([row]: ChoiceRow[]) => (row ? place(row, models) : '') },
    { title: 'stage', cell: ([row]: ChoiceRow[]) => row?.stage ?? '' },
    {
      title: 'chosen, and how often',
      cell: (rows: ChoiceRow[]) => html`${settingsOf(rows).map((of) => valuesOf(of, sources))}`,
    },
    {
      title: 'searches',
      numeric: true,
      cell: ([row]: ChoiceRow[]) => (row ? shown(row, 'searches', count) : ''),
    },
  ];
  return html`<section id="search"><h2>What each search chose</h2>
<div class="choices">${listed(methods, { columns, sources, file: 'trials.csv' })}</div>
<p class="caption">Over all seeds and numbers of examples; pale where a search had one value to take. Settings are chosen on validation items alone; test items choose
nothing. A combination shows what was chosen for both its parts.</p>
<details><summary>By number of examples</summary>${byBudget(data)}
<p class="caption">The setting chosen most often over the seeds, and how many seeds chose it.</p></details>
<details><summary>Candidates with their validation results</summary>${listed(trials, { columns: candidateColumns(models), sources, file: 'trials.csv' })}</details></section>`;
}

function methodKey({ model, task, stage }: { model: string; task: string; stage: string }): string {
  return JSON.stringify([model, task, stage]);
}

function settingsOf(rows: readonly ChoiceRow[]): ChoiceRow[][] {
  return [...groupBy(rows, ({ setting }) => setting).values()];
}

/** `layer 12 ×9, 20 ×4`; texts are cut, with the whole text as the title. */
function valuesOf(rows: readonly ChoiceRow[], sources: PageData['sources']): Html {
  const [first] = rows;
  const values = rows.slice(0, MOST_VALUES).map((row, index) => {
    const times =
      rows.length === 1
        ? undefined
        : html` <small class="muted">×${phraseHtml([shown(row, 'chosen', count)], sources)}</small>`;
    return html`${index > 0 ? ', ' : ''}${valueHtml(row.value)}${times}`;
  });
  const more =
    rows.length > MOST_VALUES
      ? html` <small class="muted">and ${rows.length - MOST_VALUES} more</small>`
      : undefined;
  return html`<span class="setting${first?.free ? '' : ' muted'}"><span class="muted">${first?.setting ?? ''}</span> ${values}${more}</span>`;
}

function valueHtml(value: TrialRow['setting'][string]): Html {
  const text = String(value);
  if (text.length <= LONGEST_VALUE) return html`${text}`;
  return html`<span title="${text}">${text.slice(0, LONGEST_VALUE - 1)}…</span>`;
}

/** The most frequent choice of each budget, a row a task and method. */
function byBudget({ study, sources }: PageData): Html {
  const searched = study.trials.filter((cell) => cell.trials.length > 0 && !isElsewhere(cell.task));
  const methods = [...groupBy(searched, methodKey).values()];
  const budgets = [...new Set(searched.map(({ n }) => n))].sort((one, other) => one - other);
  const columns = [
    { title: 'task', cell: ([cell]: CellTrials[]) => (cell ? place(cell, study.models.length) : '') },
    { title: 'stage', cell: ([cell]: CellTrials[]) => cell?.stage ?? '' },
    {
      title: 'setting',
      cell: (cells: CellTrials[]) =>
        cells
          .slice(0, 1)
          .map((cell) => Object.keys(chosenSetting(cell)).join(' · '))
          .join(''),
    },
    ...budgets.map((n) => ({
      title: `N = ${n}`,
      cell: (cells: CellTrials[]) => mostChosen(cells.filter((cell) => cell.n === n)),
    })),
  ];
  return listed(methods, { columns, sources, file: 'trials.csv' });
}

function mostChosen(cells: readonly CellTrials[]): Html | string {
  const settings = cells.map(chosenSetting);
  const same = [...groupBy(settings, (setting) => JSON.stringify(setting)).values()];
  const [most] = same.toSorted((one, other) => other.length - one.length);
  const [setting] = most ?? [];
  if (most === undefined || setting === undefined) return '–';
  const values = Object.values(setting).map(
    (value, index) => html`${index > 0 ? ' · ' : ''}${valueHtml(value)}`,
  );
  return html`${values} <span class="muted">${most.length} of ${settings.length}</span>`;
}

function candidateColumns(models: number) {
  return [
    { title: 'task', cell: (row: CandidateRow) => place(row, models) },
    { title: 'stage', cell: (row: CandidateRow) => row.stage },
    { title: 'N', numeric: true, cell: (row: CandidateRow) => shown(row, 'n', count) },
    { title: 'seed', numeric: true, cell: (row: CandidateRow) => shown(row, 'seed', count) },
    { title: 'setting', cell: (row: CandidateRow) => settingHtml(row.setting) },
    { title: 'score', numeric: true, cell: (row: CandidateRow) => shown(row, 'score', percent) },
    { title: 'margin', numeric: true, cell: (row: CandidateRow) => shown(row, 'margin', nats) },
    { title: '', cell: (row: CandidateRow) => (row.chosen ? 'chosen' : '') },
  ];
}

function settingHtml(setting: TrialRow['setting']): Html | string {
  const parts = Object.entries(setting).map(
    ([name, value], index) => html`${index > 0 ? ', ' : ''}${name} ${valueHtml(value)}`,
  );
  return parts.length > 0 ? html`${parts}` : 'nothing to choose';
}
