import { EQUIVALENCE } from '../../evaluation/statistics/composition-verdict.js';
import { groupBy } from '../../evaluation/statistics/group-by.js';
import type { CompositionRow } from '../../evaluation/statistics/rows.js';
import { confidenceOf } from '../answer-phrases.js';
import { type Html, html } from '../html.js';
import { nats, points } from '../number-format.js';
import type { PageData } from '../page-data.js';
import { phrase, phraseHtml, shown } from '../phrase.js';
import { isElsewhere, ownFirst } from '../places.js';
import type { Sources } from '../sources.js';
import { listed, table } from '../table.js';
import { compositionScores } from './composition-scores.js';
import { fileLinks } from './file-links.js';
import { place } from './place.js';

/** Whether a combination beats its parts: scores as a table of orders and tasks, then the verdicts with their intervals. */
export function compositionSection(data: PageData): Html | undefined {
  const { study, sources } = data;
  const all = ownFirst(study.fit.compositions);
  if (all.length === 0) return undefined;
  const overall = overallRows(all);
  const verdicts = (measure: CompositionRow['measure'], against: readonly CompositionRow['against'][]) =>
    verdictTable(
      overall.filter((row) => row.measure === measure && against.includes(row.against)),
      data,
    );
  return html`<section id="composition"><h2>Does doing both help?</h2>
${tally(overall, data)}
${verdicts('score', ['parts', 'equal-search'])}
<p class="caption">A combination minus what it is held against, in points of score (mean over log N), on the same data, items and seeds, with ${phraseHtml(confidenceOf(study), sources)} intervals.
“Better part” is the better of the two alone; “equal search” is the better of the parts that searched as many settings as both together, and so had the same
total search budget. The better one is found anew in each resample; the larger of two noisy means is too large on average, so the comparison errs against the combination.
<b>helps</b>: the interval is above zero; <b>hurts</b>: below; <b>no difference</b>: it includes zero and lies within ±${String(100 * EQUIVALENCE.score)} points (±${String(EQUIVALENCE.margin)} nats of
margin); <b>undecided</b> otherwise, and always with one seed. Not corrected for the number of comparisons.${fileLinks('composition')}</p>
${compositionScores(data)}
<details><summary>Against each part alone</summary>${verdicts('score', ['part'])}</details>
<details><summary>The same by log-probability margin, nats</summary>${verdicts('margin', ['parts', 'equal-search', 'part'])}</details>
<details><summary>By number of examples</summary>${budgetTable(
    all.filter(({ against }) => against !== 'part'),
    data,
  )}</details>
</section>`;
}

/** The rows over the whole curve; of a study with one budget, those of this budget. */
function overallRows(rows: readonly CompositionRow[]): CompositionRow[] {
  const contests = groupBy(rows, ({ model, task, measure, stage, against, rivals }) =>
    JSON.stringify([model, task, measure, stage, against, rivals]),
  );
  return [...contests.values()].flatMap((contest) => {
    const whole = contest.find(({ n }) => n === null);
    return whole === undefined ? contest.slice(0, 1) : [whole];
  });
}

const VERDICT_WORDS: Record<CompositionRow['verdict'], string> = {
  helps: 'helps',
  'no-difference': 'no difference',
  hurts: 'hurts',
  undecided: 'undecided',
};

/** One sentence a combination on the study's own tasks: how often which verdict. */
function tally(overall: readonly CompositionRow[], { study }: PageData): Html {
  const own = overall.filter(
    ({ measure, against, task }) => measure === 'score' && against !== 'part' && !isElsewhere(task),
  );
  const contests = [...groupBy(own, ({ stage, against }) => JSON.stringify([stage, against])).values()];
  return html`<ul>${contests.map((rows) => {
    const counts = Object.entries(VERDICT_WORDS).flatMap(([verdict, words]) => {
      const tasks = rows.filter((row) => row.verdict === verdict);
      return tasks.length > 0
        ? [`${words} on ${tasks.map((row) => place(row, study.models.length)).join(', ')}`]
        : [];
    });
    return html`${rows.slice(0, 1).map((row) => html`<li><b>${row.stage}</b> against ${rivalWords(row)}: ${counts.join('; ')}.</li>`)}`;
  })}</ul>`;
}

function rivalWords({ against, rivals }: CompositionRow): string {
  if (against === 'part') return `${rivals.join('')} alone`;
  const better = rivals.length > 1 ? `the better of ${rivals.join(' and ')}` : rivals.join('');
  return against === 'parts' ? better : `${better}, equal search`;
}

/** More tasks than these make columns that no screen has. */
const MOST_COLUMNS = 6;

/** A row a combination and what it is held against, a column a task; a row for each of these where the tasks are many. */
function verdictTable(rows: readonly CompositionRow[], data: PageData): Html {
  const { study, sources } = data;
  if (rows.length === 0) return html`<p>Nothing to compare.</p>`;
  if (groupBy(rows, ({ model, task }) => JSON.stringify([model, task])).size > MOST_COLUMNS)
    return verdictList(rows, data);
  const places = [...groupBy(rows, (row) => place(row, study.models.length)).keys()];
  const contests = [
    ...groupBy(rows, ({ stage, against, rivals }) => JSON.stringify([stage, against, rivals])).values(),
  ];
  const columns = [
    { title: 'combination', cell: ([row]: CompositionRow[]) => (row ? html`<b>${row.stage}</b>` : '') },
    { title: 'against', cell: ([row]: CompositionRow[]) => (row ? rivalCell(row) : '') },
    ...places.map((name) => ({
      title: isElsewhere(name) ? `${name} (tested elsewhere)` : name,
      cell: (contest: CompositionRow[]) =>
        verdictCell(
          contest.find((row) => place(row, study.models.length) === name),
          sources,
        ),
    })),
  ];
  return table(contests, { columns, sources, caption: CAPTION });
}

const CAPTION = 'Combinations against what they are held against';

function verdictList(rows: readonly CompositionRow[], { study, sources }: PageData): Html {
  const columns = [
    { title: 'task', cell: (row: CompositionRow) => place(row, study.models.length) },
    { title: 'combination', cell: (row: CompositionRow) => html`<b>${row.stage}</b>` },
    { title: 'against', cell: rivalCell },
    { title: 'verdict', cell: (row: CompositionRow) => verdictCell(row, sources) },
  ];
  return listed(rows, { columns, sources, caption: CAPTION, file: 'figures/composition.csv' });
}

function rivalCell({ against, rivals }: CompositionRow): Html {
  const what = { part: 'alone', parts: 'better part', 'equal-search': 'equal search' }[against];
  return html`${what}<br><span class="muted">${rivals.join(', ')}</span>`;
}

function verdictCell(row: CompositionRow | undefined, sources: Sources): Html | string {
  if (row === undefined) return '–';
  return html`<span class="composition-${row.verdict}">${VERDICT_WORDS[row.verdict]}</span><br>${gain(row, sources)}`;
}

function gain(row: CompositionRow, sources: Sources): Html {
  const unit = row.measure === 'score' ? points : nats;
  const interval = phrase` (${shown(row, 'low', unit)} to ${shown(row, 'high', unit)})`;
  return html`${phraseHtml([shown(row, 'difference', unit)], sources)}<span class="muted">${phraseHtml(interval, sources)}</span>`;
}

/** A row a task, combination, rival and measure, a column a number of examples. */
function budgetTable(rows: readonly CompositionRow[], { study, sources }: PageData): Html {
  const budgets = [...new Set(rows.flatMap(({ n }) => n ?? []))].sort((one, other) => one - other);
  const groups = groupBy(rows, ({ model, task, stage, measure, against }) =>
    JSON.stringify([model, task, stage, measure, against]),
  );
  const columns = [
    { title: 'task', cell: ([row]: CompositionRow[]) => (row ? place(row, study.models.length) : '') },
    { title: 'combination', cell: ([row]: CompositionRow[]) => row?.stage ?? '' },
    { title: 'against', cell: ([row]: CompositionRow[]) => (row ? rivalCell(row) : '') },
    {
      title: 'measure',
      cell: ([row]: CompositionRow[]) => (row?.measure === 'score' ? 'score (points)' : 'margin (nats)'),
    },
    ...budgets.map((n) => ({
      title: `N = ${n}`,
      cell: (group: CompositionRow[]) =>
        verdictCell(
          group.find((row) => row.n === n),
          sources,
        ),
    })),
  ];
  return listed([...groups.values()], {
    columns,
    sources,
    caption: 'Combinations by number of examples',
    file: 'figures/composition.csv',
  });
}
