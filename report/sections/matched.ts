import type { MatchedRow } from '../../evaluation/statistics/rows.js';
import { confidenceOf } from '../answer-phrases.js';
import { type Html, html } from '../html.js';
import { isBetweenLeads } from '../leading.js';
import { klNats, points } from '../number-format.js';
import type { PageData } from '../page-data.js';
import { type Phrase, phrase, phraseHtml, shown } from '../phrase.js';
import { ownFirst } from '../places.js';
import { listed } from '../table.js';
import { place } from './place.js';

/** The share of the gain that the page shows; the file has others, and the margin. */
const SHARE = 0.5;

/** As many rows are read; a file has them all. */
const MOST_PAIRS = 24;

/** Methods at matched effectiveness: what each pair of leading stages changes elsewhere where both gain as much. */
export function matchedTable(data: PageData): Html | undefined {
  const { study, sources } = data;
  const rows = study.fit.matched.filter(
    (row) => row.measure === 'score' && row.share === SHARE && isBetweenLeads(study, row),
  );
  if (rows.length === 0) return undefined;
  return html`<h3>At the same gain</h3>
${listed(ownFirst(rows).slice(0, MOST_PAIRS), { columns: columns(study.models.length), sources, caption: 'Change elsewhere at the same gain', file: 'matched.parquet', of: study.fit.matched.length })}
<p class="caption">KL per token on unrelated text where both methods gain half of what the weaker of them gains at most, with ${phraseHtml(confidenceOf(study), sources)} intervals over seeds and
items. A method’s doses are its treatments with every number of examples: it is read between two of them, along its frontier. “or more” means that it misses that gain in some resamples.</p>`;
}

function columns(models: number) {
  return [
    { title: 'task', cell: (row: MatchedRow) => place(row, models) },
    { title: 'first and second', cell: ({ first, second }: MatchedRow) => `${first}, ${second}` },
    { title: 'gain (points)', numeric: true, cell: (row: MatchedRow) => shown(row, 'gain', points) },
    {
      title: 'KL of the first',
      numeric: true,
      cell: (row: MatchedRow) =>
        phrase`${shown(row, 'first_kl', klNats)}${interval(row, 'first_kl', 'first_low', 'first_high')}`,
    },
    {
      title: 'KL of the second',
      numeric: true,
      cell: (row: MatchedRow) =>
        phrase`${shown(row, 'second_kl', klNats)}${interval(row, 'second_kl', 'second_low', 'second_high')}`,
    },
    {
      title: 'changes less elsewhere',
      cell: (row: MatchedRow) => html`<div class="words">${verdict(row)}</div>`,
    },
  ];
}

type Bound = 'first_low' | 'first_high' | 'second_low' | 'second_high';

function interval(row: MatchedRow, value: 'first_kl' | 'second_kl', low: Bound, high: Bound): Phrase {
  if (row[value] === null || row[low] === null) return [];
  return row[high] === null
    ? phrase` (${shown(row, low, klNats)} or more)`
    : phrase` (${shown(row, low, klNats)} to ${shown(row, high, klNats)})`;
}

function verdict({ first, second, verdict: found, reason }: MatchedRow): string {
  if (found === 'first-changes-less') return first;
  if (found === 'second-changes-less') return second;
  return reason === null ? 'undecided' : `undecided: ${reason}`;
}
