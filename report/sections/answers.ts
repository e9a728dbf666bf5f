import type { Answer } from '../answer.js';
import { decisionStrip } from '../figures/decision-strip.js';
import { type Html, html } from '../html.js';
import { leadSentence } from '../lead.js';
import type { PageData } from '../page-data.js';
import { phraseHtml } from '../phrase.js';

/** The answer: one sentence for the study, then a card for each task. */
export function answersSection(data: PageData): Html {
  return html`<section id="answer">
<p class="lead">${phraseHtml(leadSentence(data.study, data.answers), data.sources)}</p>
${data.answers.map((answer) => card(answer, data))}
<p class="caption">A strip shows who leads in score at each number of examples, and by how many percentage points. It is filled where that is decided (the interval
of the paired difference excludes zero, and its p-value passes Holm’s correction) and pale where it is not. The bar above is the interval of N*.</p>
</section>`;
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
  return html`<article class="answer answer-${answer.choice}">
<div>
<p class="place"><span class="badge">${BADGES[answer.choice]}</span> <strong>${answer.task}</strong> <span class="muted">${answer.model}</span></p>
<h3 class="clause">${phraseHtml(answer.headline, sources)}.</h3>
<ul>${answer.reasons.map((reason) => html`<li>${phraseHtml(reason, sources)}</li>`)}</ul>
<p class="muted">Hypothesis “steer with few examples, fine-tune with many”: <strong>${answer.hypothesis}</strong> here.</p>
</div>
<figure>${strip}</figure>
</article>`;
}
