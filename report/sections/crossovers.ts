import type { DifferenceRow } from '../../evaluation/statistics/rows.js';
import type { CrossoverRow } from '../../schemas/tables.js';
import { confidenceOf, switchInterval } from '../answer-phrases.js';
import { isAt } from '../answer-rows.js';
import { type Html, html } from '../html.js';
import { count, examples, nats, points, pValue, wholePercent } from '../number-format.js';
import type { PageData } from '../page-data.js';
import { type Phrase, phrase, phraseHtml, shown } from '../phrase.js';
import { ownFirst } from '../places.js';
import { listed } from '../table.js';
import { fileLinks } from './file-links.js';
import { forest } from './forest.js';
import { place } from './place.js';

/** N* of what stands for steering and fine-tuning as a forest plot; behind clicks all pairs, differences, and the rule. */
export function crossoverSection(data: PageData): Html {
  const { study, sources, answers, differences } = data;
  const isMain = (row: CrossoverRow) =>
    answers.some(
      (answer) =>
        isAt(row, answer) &&
        [answer.steer, answer.finetune].every((stage) => stage === row.first || stage === row.second),
    );
  const rows = ownFirst(study.fit.crossovers);
  const main = rows.filter(isMain);
  const others = [
    ...main.filter(({ measure }) => measure === 'margin'),
    ...rows.filter((row) => !isMain(row)),
  ];
  const level = phraseHtml(confidenceOf(study), sources);
  const columns = crossoverColumns(study.models.length);
  return html`<section id="crossovers"><h2>Crossovers</h2>
${plot(data)}
<p class="caption">N*, by score, where fine-tuning takes over from steering or the reverse; bars are ${level} intervals. A filled point has the verdict <b>crossover</b>, an open one is where the observed curves cross
without it. An arrow: the interval goes on beyond the numbers of examples that were tried.${fileLinks('crossovers')}</p>
<details><summary>Other pairs of methods, and by log-probability margin (${others.length})</summary>
${listed(others, { columns, sources, caption: 'Crossovers of pairs of methods', file: 'crossover.parquet' })}
<p class="caption">Differences are second − first, in percentage points of score or nats of margin, paired by item and seed. A dash for N* means that the observed curves do not cross between the
smallest and the largest number of examples.</p></details>
<details><summary>Paired differences by number of examples</summary>
${listed(ownFirst(differences), { columns: differenceColumns(study.models.length), sources, caption: 'Paired differences by number of examples', file: 'differences.parquet', of: study.fit.differences.length })}
<p class="caption">“mean” is the mean over log N. p is of min F′, for other seeds and other items. Holm’s correction is over all tests of the same measure and
family: against the untreated model or between methods, of what stands for its kind or of the rest.</p></details>
<details><summary>How the verdict is reached</summary>${verdictRule(level)}</details>
</section>`;
}

function plot(data: PageData): Html {
  const rows = data.answers.flatMap(({ comparison }) => comparison ?? []);
  if (rows.length === 0) return html`<p>No pair of methods could be compared.</p>`;
  if (rows.every((row) => row.smallest_n === row.largest_n))
    return html`<p>With one number of examples there are no curves to cross.</p>`;
  return forest(rows, data);
}

function crossoverColumns(models: number) {
  return [
    { title: 'task', cell: (row: CrossoverRow) => place(row, models) },
    { title: 'measure', cell: (row: CrossoverRow) => row.measure },
    { title: 'first → second', cell: (row: CrossoverRow) => `${row.first} → ${row.second}` },
    {
      title: 'verdict',
      cell: (row: CrossoverRow) => html`<span class="verdict-${row.verdict}">${row.verdict}</span>`,
    },
    { title: 'N*', numeric: true, cell: (row: CrossoverRow) => shown(row, 'n_star', examples) },
    { title: 'interval of N*', numeric: true, cell: switchInterval },
    {
      title: 'cross in range',
      numeric: true,
      cell: (row: CrossoverRow) => shown(row, 'probability_in_range', wholePercent),
    },
    { title: 'at the smallest N', numeric: true, cell: (row: CrossoverRow) => end(row, 'smallest') },
    { title: 'at the largest N', numeric: true, cell: (row: CrossoverRow) => end(row, 'largest') },
    { title: 'seeds', numeric: true, cell: (row: CrossoverRow) => shown(row, 'seeds', count) },
  ];
}

function end(row: CrossoverRow, which: 'smallest' | 'largest'): Phrase {
  const unit = row.measure === 'score' ? points : nats;
  const at = `difference_at_${which}` as const;
  return phrase`${shown(row, at, unit)} (${shown(row, `${at}_low`, unit)} to ${shown(row, `${at}_high`, unit)})`;
}

function differenceColumns(models: number) {
  const unit = ({ measure }: DifferenceRow) => (measure === 'score' ? points : nats);
  return [
    { title: 'task', cell: (row: DifferenceRow) => place(row, models) },
    { title: 'measure', cell: (row: DifferenceRow) => row.measure },
    { title: 'second − first', cell: (row: DifferenceRow) => `${row.second} − ${row.first}` },
    {
      title: 'N',
      numeric: true,
      cell: (row: DifferenceRow) => (row.n === null ? 'mean' : shown(row, 'n', count)),
    },
    { title: 'difference', numeric: true, cell: (row: DifferenceRow) => shown(row, 'difference', unit(row)) },
    { title: 'from', numeric: true, cell: (row: DifferenceRow) => shown(row, 'low', unit(row)) },
    { title: 'to', numeric: true, cell: (row: DifferenceRow) => shown(row, 'high', unit(row)) },
    { title: 'p', numeric: true, cell: (row: DifferenceRow) => shown(row, 'p', pValue) },
    { title: 'p (Holm)', numeric: true, cell: (row: DifferenceRow) => shown(row, 'p_holm', pValue) },
  ];
}

function verdictRule(level: Html): Html {
  return html`<p>The difference between two methods is joined by straight lines over log N. N* is the sign change at which switching method gains most; with one sign
change it is that one. Its interval reaches from the last N before it at which the one method is decidedly better to the first N after it at which the other
is; between two budgets, on a smooth curve through their neighbours. Every bootstrap resample is solved in the same way, which gives the share that cross in range.</p>
<ol>
<li><b>undecided</b> with a single seed: the luck of the draw of examples is not measured.</li>
<li><b>crossover</b> when the differences at the smallest and at the largest N have opposite signs, the interval of each excludes zero, the curves switch in
that direction, and at least ${level} of the resamples cross in range.</li>
<li><b>first-better</b> or <b>second-better</b> when the interval of the mean difference over log N excludes zero, neither end significantly contradicts it, and
fewer than that share of the resamples cross: better on average over the range, not necessarily at every N.</li>
<li><b>undecided</b> otherwise. It does not mean that the methods are equal.</li>
</ol>
<p>This rule asks intervals alone. A difference that the answers and H1 call decided must pass Holm’s correction, too, so that one method may be better on average here
and undecided there.</p>
<p>A resample draws items, which are the same for all seeds, methods and numbers of examples, and a deviation of the seeds with Student’s tails, which few seeds
need. What happens to an item under one seed is part of both and counted once.</p>`;
}
