import { groupBy } from '../../evaluation/statistics/group-by.js';
import type { TrialRow } from '../../schemas/tables.js';
import { type Html, html } from '../html.js';
import { count, nats, percent } from '../number-format.js';
import type { CandidateRow, PageData } from '../page-data.js';
import { phraseHtml, shown } from '../phrase.js';
import { isElsewhere } from '../places.js';
import { type ChoiceRow, type Search, searchesOf } from '../search-choices.js';
import { listed } from '../table.js';
import { place } from './place.js';

const MOST_VALUES = 4;
const LONGEST_VALUE = 60;

/** What each search chose on validation items: a row a task and method; by budget, and all candidates, behind clicks. */
export function searchSection(data: PageData): Html | undefined {
  const { study, sources } = data;
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
<div class="choices">${listed(methods, { columns, sources, caption: 'Settings chosen', file: 'cells.parquet' })}</div>
<p class="caption">Over all seeds and numbers of examples${choices.some(({ free }) => free === false) ? '; pale where a search had one value to take' : ''}. Settings are chosen on validation items alone; test items choose
nothing. A combination shows what was chosen for both its parts.</p>
<details><summary>By number of examples</summary>${byBudget(data)}
<p class="caption">The setting chosen most often over the seeds, and how many seeds chose it.</p></details>
${candidates(data)}</section>`;
}

/** All candidates; said to be missing where the page is drawn from tables without them. */
function candidates({ study, trials, sources }: PageData): Html {
  if (trials.length === 0)
    return html`<p class="caption">The candidates themselves, with their validation results, are not among the tables that this page was drawn from.</p>`;
  const columns = candidateColumns(study.models.length);
  return html`<details><summary>Candidates with their validation results</summary>${listed(trials, { columns, sources, caption: 'Candidates of the searches', file: 'trials.csv' })}</details>`;
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
  return html`<span class="setting${first?.free === false ? ' muted' : ''}"><span class="muted">${first?.setting ?? ''}</span> ${values}${more}</span>`;
}

function valueHtml(value: TrialRow['setting'][string]): Html {
  const text = String(value);
  if (text.length <= LONGEST_VALUE) return html`${text}`;
  return html`<span title="${text}">${text.slice(0, LONGEST_VALUE - 1)}…</span>`;
}

/** The most frequent choice of each budget, a row a task and method. */
function byBudget({ study, sources }: PageData): Html {
  const searched = searchesOf(study).filter(({ task }) => !isElsewhere(task));
  const methods = [...groupBy(searched, methodKey).values()];
  const budgets = [...new Set(searched.map(({ n }) => n))].sort((one, other) => one - other);
  const columns = [
    { title: 'task', cell: ([cell]: Search[]) => (cell ? place(cell, study.models.length) : '') },
    { title: 'stage', cell: ([cell]: Search[]) => cell?.stage ?? '' },
    {
      title: 'setting',
      cell: (cells: Search[]) =>
        cells
          .slice(0, 1)
          .map((cell) => Object.keys(cell.setting).join(' · '))
          .join(''),
    },
    ...budgets.map((n) => ({
      title: `N = ${n}`,
      cell: (cells: Search[]) => mostChosen(cells.filter((cell) => cell.n === n)),
    })),
  ];
  return listed(methods, {
    columns,
    sources,
    caption: 'Settings chosen by number of examples',
    file: 'cells.parquet',
  });
}

function mostChosen(cells: readonly Search[]): Html | string {
  const settings = cells.map(({ setting }) => setting);
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
    { title: '', cell: (row: CandidateRow) => row.reason ?? (row.chosen ? 'chosen' : '') },
  ];
}

function settingHtml(setting: TrialRow['setting']): Html | string {
  const parts = Object.entries(setting).map(
    ([name, value], index) => html`${index > 0 ? ', ' : ''}${name} ${valueHtml(value)}`,
  );
  return parts.length > 0 ? html`${parts}` : 'nothing to choose';
}
