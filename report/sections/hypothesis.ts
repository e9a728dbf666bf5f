import type { Answer } from '../answer.js';
import { confidenceOf } from '../answer-phrases.js';
import { type Html, html } from '../html.js';
import { endDifference, tally } from '../hypothesis.js';
import { count } from '../number-format.js';
import type { PageData } from '../page-data.js';
import { phraseHtml, shown } from '../phrase.js';
import { listed } from '../table.js';
import { majority, TYPE_NAMES, typeAnswers } from '../type-answers.js';
import { place } from './place.js';

/** H1, the prediction under test: steering is better with little data and fine-tuning with much, in language models too. */
export function hypothesisSection({ answers, study, sources }: PageData): Html | undefined {
  if (answers.length === 0) return undefined;
  const models = study.models.length;
  const verdict = majority(answers);
  return html`<section id="h1"><h2>H1: steer with few examples, fine-tune with many?</h2>
<p class="finding"><strong>${verdict === 'undecided' ? 'Undecided' : verdict === 'supported' ? 'Supported' : 'Not supported'}.</strong> ${tally(answers)}</p>
${byType(answers, models)}
<details${answers.length <= MOST_IN_SIGHT ? html` open` : undefined}><summary>The evidence, comparison by comparison</summary>${listed(answers, { columns: columns(models, study.settings), sources, caption: 'Evidence on H1', file: 'report.md' })}</details>
<p class="caption">Supported: steering is decidedly better at the smallest number of examples, fine-tuning at the largest, and the curves cross between. Not supported: the opposite is decided at
either end. Differences are fine-tuning − steering on the same items and seeds, in points of score, with ${phraseHtml(confidenceOf(study), sources)} intervals; <b>decided</b> means, here and in the
answers, that the interval excludes zero and the p-value passes Holm’s correction; that p is shown where it alone fails. The verdict on a crossover asks the intervals alone. A type or a study has the verdict that more than half of its comparisons have: a count, not a test.</p></section>`;
}

const MOST_IN_SIGHT = 12;

function byType(answers: readonly Answer[], models: number): Html | undefined {
  const types = typeAnswers(answers);
  if (types.length < 2 || types.every((type) => type.answers.length < 2)) return undefined;
  return html`<ul>${types.map(
    ({ type, model, answers: ofType, hypothesis }) =>
      html`<li><strong>${TYPE_NAMES[type]}</strong>${models > 1 ? html` <span class="muted">${model}</span>` : undefined}: ${hypothesis}. ${tally(ofType)}</li>`,
  )}</ul>`;
}

function columns(models: number, settings: PageData['study']['settings']) {
  return [
    { title: 'task', cell: (row: Answer) => place(row, models) },
    { title: 'fine-tuning − steering', cell: ({ finetune, steer }: Answer) => `${finetune} − ${steer}` },
    {
      title: 'with fewest examples',
      numeric: true,
      cell: (row: Answer) => endDifference(row, 'smallest', settings),
    },
    {
      title: 'with most examples',
      numeric: true,
      cell: (row: Answer) => endDifference(row, 'largest', settings),
    },
    {
      title: 'seeds',
      numeric: true,
      cell: ({ comparison: row }: Answer) => (row ? shown(row, 'seeds', count) : '–'),
    },
    {
      title: 'test items',
      numeric: true,
      cell: ({ comparison: row }: Answer) => (row ? shown(row, 'items', count) : '–'),
    },
    {
      title: 'H1',
      cell: ({ hypothesis }: Answer) =>
        html`<span class="h1-${hypothesis.replace(' ', '-')}">${hypothesis}</span>`,
    },
  ];
}
