import { groupBy } from '../../evaluation/statistics/group-by.js';
import type { Answer } from '../answer.js';
import { cautionsSentence } from '../caution.js';
import { type Html, html } from '../html.js';
import { leadSentence } from '../lead.js';
import { formPhrase } from '../method-notes.js';
import { count, percent } from '../number-format.js';
import type { PageData } from '../page-data.js';
import { KIND_NAMES } from '../palette.js';
import { phraseHtml, shown } from '../phrase.js';
import { ownFirst } from '../places.js';
import { listed } from '../table.js';
import { answerTable, labelledStrip, tileKey } from './answer-table.js';
import { place } from './place.js';
import { typeTable } from './type-table.js';

/** More comparisons than these have their evidence behind a click. */
const CARDS_IN_SIGHT = 3;
const MOST_CARDS = 30;

/** The answer: one sentence for the study, a table by type of task, then the evidence of each comparison. */
export function answersSection(data: PageData): Html {
  const { answers } = data;
  const cards = answers.slice(0, MOST_CARDS).map((answer) => card(answer, data));
  const caution = cautionsSentence(answers, data.study.models.length);
  const inSight = answers.length <= CARDS_IN_SIGHT;
  return html`<section id="answer">
<p class="lead">${phraseHtml(leadSentence(data.study, answers), data.sources)}</p>
${typeTable(data)}
${answers.length > 1 ? answerTable(data) : undefined}
${answers.length > 0 ? tileKey() : undefined}
${caution === undefined || answers.length === 1 ? undefined : html`<p class="caution">${caution}</p>`}
${
  inSight
    ? cards
    : html`<details class="cards"><summary>Why: the evidence of each comparison</summary>${cards}${
        answers.length > MOST_CARDS
          ? html`<p class="caption">${answers.length - MOST_CARDS} more are in <code>report.md</code> and <code>crossover.parquet</code>.</p>`
          : undefined
      }</details>`
}
${standings(data)}
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
<details><summary>How each method did on validation items</summary>${listed(contested, { columns, sources, caption: 'Methods of a kind on validation items', file: 'leads.parquet' })}</details>`;
}

const BADGES: Record<Answer['choice'], string> = {
  switch: 'crossover',
  steer: 'steer',
  finetune: 'fine-tune',
  neither: 'neither',
  partly: 'partly decided',
  undecided: 'undecided',
};

function card(answer: Answer, { study, sources }: PageData): Html {
  const named = (stage: string) => {
    const form = formPhrase(study, stage);
    return form === undefined ? stage : `${stage} (${form})`;
  };
  const compared = `${named(answer.steer)} stands for steering, ${named(answer.finetune)} for fine-tuning. `;
  return html`<article class="answer answer-${answer.choice}">
<div class="answer-head"><p class="place"><span class="badge">${BADGES[answer.choice]}</span> <strong>${answer.task}</strong> <span class="muted">${answer.model}</span></p>
${labelledStrip(answer.advice)}</div>
<h3 class="clause">${phraseHtml(answer.headline, sources)}.</h3>
<ul>${answer.reasons.map((reason) => html`<li>${phraseHtml(reason, sources)}</li>`)}${
    answer.caution && html`<li class="caution">${phraseHtml(answer.caution, sources)}</li>`
  }</ul>
<p class="muted">${compared}H1, “steer with few examples, fine-tune with many”: <strong>${answer.hypothesis}</strong> here.</p>
</article>`;
}
