import { groupBy } from '../../evaluation/statistics/group-by.js';
import type { Answer } from '../answer.js';
import { decisionStrip } from '../figures/decision-strip.js';
import { type Html, html } from '../html.js';
import { leadSentence } from '../lead.js';
import { count, percent } from '../number-format.js';
import type { PageData } from '../page-data.js';
import { KIND_NAMES } from '../palette.js';
import { phraseHtml, shown } from '../phrase.js';
import { ownFirst } from '../places.js';
import { table } from '../table.js';
import { place } from './place.js';
import { folded } from './split-places.js';

/** The answer: one sentence for the study, then a card for each task. */
export function answersSection(data: PageData): Html {
  return html`<section id="answer">
<p class="lead">${phraseHtml(leadSentence(data.study, data.answers), data.sources)}</p>
${folded(data.answers.map((answer) => card(answer, data)))}
${standings(data)}
<p class="caption">A strip shows who leads in score at each number of examples, and by how many percentage points. It is filled where that is decided (the interval
of the paired difference excludes zero, and its p-value passes Holm’s correction) and pale where it is not. The bar above is the interval of N*.</p>
</section>`;
}

/** Which stage stands for its kind on which task, where a kind has several. */
function standings({ study, sources }: PageData): Html | undefined {
  const kinds = groupBy(study.fit.leads, ({ model, task, kind }) => JSON.stringify([model, task, kind]));
  const contested = ownFirst([...kinds.values()].filter((rows) => rows.length > 1).flat());
  if (contested.length === 0) return undefined;
  type Row = (typeof contested)[number];
  const columns = [
    { title: 'task', cell: (row: Row) => place(row, study.models.length) },
    { title: 'kind', cell: (row: Row) => KIND_NAMES[row.kind] },
    { title: 'stage', cell: (row: Row) => (row.chosen ? html`<strong>${row.stage}</strong>` : row.stage) },
    { title: 'validation score', numeric: true, cell: (row: Row) => shown(row, 'validation_score', percent) },
    { title: 'cells', numeric: true, cell: (row: Row) => shown(row, 'cells', count) },
    { title: '', cell: (row: Row) => (row.chosen ? 'stands for its kind' : '') },
  ];
  return html`<p class="caption">Where a study has several methods of a kind, one stands for it on each task: the one with the most successful cells, then the highest mean
score on <em>validation</em> items, then the first declared. Test items choose nothing, so the tests below are not of a selected best, and they form a family
of their own in Holm’s correction. Every other pair is in the tables further down. A method that searches more because a combination is held against it does not compete.</p>
<details><summary>How each method did on validation items</summary>${table(contested, columns, sources)}</details>`;
}

const BADGES: Record<Answer['choice'], string> = {
  switch: 'crossover',
  steer: 'steer',
  finetune: 'fine-tune',
  neither: 'neither',
  partly: 'partly decided',
  undecided: 'undecided',
};

function card(answer: Answer, { study, styles, sources }: PageData): Html {
  const { comparison } = answer;
  const [first, second] = [comparison?.first, comparison?.second].map((name) =>
    styles.find(({ stage }) => stage === name),
  );
  const strip =
    comparison && first && second
      ? decisionStrip({ ...answer, comparison, styles: [first, second], settings: study.settings })
      : undefined;
  const compared = study.fit.leads.some((row) => row.kind === 'steer' && !row.chosen)
    ? `${answer.steer} stands for steering, ${answer.finetune} for fine-tuning. `
    : '';
  return html`<article class="answer answer-${answer.choice}">
<div>
<p class="place"><span class="badge">${BADGES[answer.choice]}</span> <strong>${answer.task}</strong> <span class="muted">${answer.model}</span></p>
<h3 class="clause">${phraseHtml(answer.headline, sources)}.</h3>
<ul>${answer.reasons.map((reason) => html`<li>${phraseHtml(reason, sources)}</li>`)}</ul>
<p class="muted">${compared}Hypothesis “steer with few examples, fine-tune with many”: <strong>${answer.hypothesis}</strong> here.</p>
</div>
<figure>${strip}</figure>
</article>`;
}
