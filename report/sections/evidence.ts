import { type Html, html } from '../html.js';
import { limitPhrases } from '../limits.js';
import { count, logProbability, pointsSize } from '../number-format.js';
import type { OptionRow, PageData } from '../page-data.js';
import { phraseHtml, shown } from '../phrase.js';
import { ownOnly } from '../places.js';
import type { Example } from '../study.js';
import { listed, table } from '../table.js';
import { place } from './place.js';

/** Test items before and after a treatment: what the model makes of each option. */
export function examplesSection(data: PageData): Html | undefined {
  const examples = [...data.options.keys()];
  if (examples.length === 0) return undefined;
  return html`<section id="examples"><h2>Untreated and treated, side by side</h2>
<div class="examples">${examples.map((example) => exampleCard(example, data))}</div>
<p class="caption">The figures are summed log-probabilities of an option after the prompt, in nats; a bar is its share among the options, and the most probable is bold. ✓ marks the right one. Nothing is picked by taste: of each method the first item it mended, the first it spoiled, and the first of all.</p>
</section>`;
}

function exampleCard(example: Example, { options, sources, study }: PageData): Html {
  const rows = options.get(example) ?? [];
  const shares = { base: shareOfOptions(example.base), treated: shareOfOptions(example.treated) };
  const picks = { base: pick(example.base), treated: pick(example.treated) };
  const cell = (row: OptionRow, index: number, which: 'base' | 'treated') =>
    html`<td class="number${picks[which] === index ? ' picked' : ''}"><span class="bar" style="--share:${(100 * (shares[which][index] ?? 0)).toFixed(1)}%"></span>${phraseHtml([shown(row, which, logProbability)], sources)}</td>`;
  return html`<article class="example">
<p class="place">${place(example, study.models.length)} <span class="muted">${example.stage}, N = ${phraseHtml([shown(example, 'n', count)], sources)}, seed ${example.seed}</span></p>
<pre dir="auto">${example.prompt}</pre>
<table><caption>Log-probabilities of the options</caption><thead><tr><th scope="col">option</th><th scope="col" class="number">untreated</th><th scope="col" class="number">treated</th></tr></thead>
<tbody>${rows.map(
    (row, index) =>
      html`<tr${index === example.label ? html` class="right"` : undefined}><td dir="auto">${index === example.label ? '✓ ' : ''}${row.option}</td>${cell(row, index, 'base')}${cell(row, index, 'treated')}</tr>`,
  )}</tbody></table>
<p class="muted">${change(picks, example.label)}</p></article>`;
}

function change(picks: { base: number; treated: number }, label: number): string {
  const before = picks.base === label ? 'right' : 'wrong';
  const after = picks.treated === label ? 'right' : 'wrong';
  return before === after ? `${before} before and after` : `${before} before, ${after} after`;
}

/** What the study cannot conclude, and what each comparison could have found. */
export function limitsSection(data: PageData): Html {
  const { study, limits, edges, sources } = data;
  type Row = (typeof limits)[number];
  const columns = [
    { title: 'task', cell: (row: Row) => place(row, study.models.length) },
    { title: 'comparison', cell: (row: Row) => `${row.second} − ${row.first}` },
    { title: 'seeds', numeric: true, cell: (row: Row) => shown(row, 'seeds', count) },
    { title: 'test items', numeric: true, cell: (row: Row) => shown(row, 'items', count) },
    {
      title: 'standard error (points)',
      numeric: true,
      cell: (row: Row) => shown(row, 'standard_error', pointsSize),
    },
    {
      title: 'detectable difference (points)',
      numeric: true,
      cell: (row: Row) => shown(row, 'detectable', pointsSize),
    },
  ];
  return html`<section id="limits"><h2>What is undecided</h2>
${undecided(data)}
<ul>${limitPhrases(study, { limits, edges }).map((limit) => html`<li>${phraseHtml(limit, sources)}</li>`)}</ul>
${listed(limits, { columns, sources, caption: 'Differences that each comparison could find', file: 'differences.parquet' })}
<p class="caption">The detectable difference is 2.8 standard errors (the median over the budgets): a true difference of that size is found in 8 of 10 such studies.</p>
</section>`;
}

const MOST_NAMED = 24;

/** The comparisons that decide nothing at either end of the numbers of examples. */
function undecided({ answers, study }: PageData): Html | undefined {
  const open = answers.filter(({ choice }) => choice === 'undecided');
  if (open.length === 0) return undefined;
  const named = open.slice(0, MOST_NAMED).map((answer) => place(answer, study.models.length));
  const rest = open.length > named.length ? ` and ${open.length - named.length} more` : '';
  return html`<p>Undecided in ${open.length} of ${answers.length}: ${named.join(', ')}${rest}. The table says how large a difference each could have found.</p>`;
}

/** Cells that failed, with their reasons; they carry no score and enter no curve. */
export function failuresSection({ study, sources }: PageData): Html {
  const cells = ownOnly(study.cells);
  const failed = cells.filter(({ status }) => status === 'failed');
  type Row = (typeof failed)[number];
  const columns = [
    { title: 'task', cell: (row: Row) => place(row, study.models.length) },
    { title: 'stage', cell: (row: Row) => row.stage },
    { title: 'N', numeric: true, cell: (row: Row) => shown(row, 'n', count) },
    { title: 'seed', numeric: true, cell: (row: Row) => shown(row, 'seed', count) },
    { title: 'reason', cell: (row: Row) => row.reason ?? 'no reason recorded' },
  ];
  const none = html`<p>None: all ${cells.length} cells succeeded.</p>`;
  return html`<section id="failures"><h2>Failures</h2>${
    failed.length === 0
      ? none
      : html`<p>${failed.length} of ${cells.length} cells failed. They carry no score and enter no curve; a failed cell takes its seed out of the comparisons that need it.</p>${table(failed, { columns, sources, caption: 'Failed cells' })}`
  }</section>`;
}

/** Softmax over the options: the share each would have if the model had to choose among them. */
function shareOfOptions(logProbabilities: readonly number[]): number[] {
  const largest = Math.max(...logProbabilities);
  const weights = logProbabilities.map((value) => Math.exp(value - largest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

function pick(logProbabilities: readonly number[]): number {
  return logProbabilities.indexOf(Math.max(...logProbabilities));
}
