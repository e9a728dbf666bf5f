import type { CrossoverRow } from '../../schemas/tables.js';
import type { Answer } from '../answer.js';
import { confidenceOf } from '../answer-phrases.js';
import { differenceCurve } from '../figures/difference-curve.js';
import { learningCurve, type ReferenceLine } from '../figures/learning-curve.js';
import { type Html, html } from '../html.js';
import { count, percent } from '../number-format.js';
import type { PageData } from '../page-data.js';
import { type Phrase, phrase, phraseHtml, shown } from '../phrase.js';
import type { StudiedTask } from '../study.js';

/** The learning curves: for each model and task the score, the margin, and the paired difference of the two methods. */
export function curvesSection(data: PageData): Html {
  const { study } = data;
  const figures = study.models.flatMap(({ name }) => study.tasks.map((task) => taskFigure(name, task, data)));
  return html`<section id="curves"><h2>Learning curves</h2>${figures}</section>`;
}

function taskFigure(model: string, task: StudiedTask, data: PageData): Html | undefined {
  const { study, styles, sources } = data;
  const { name } = task.card;
  const isHere = (row: { model: string; task: string }) => row.model === model && row.task === name;
  const curves = study.fit.curves.filter((row) => isHere(row) && row.n > 0);
  if (curves.length === 0) return html`<h3>${name}</h3><p>No cell of a method succeeded on ${model}.</p>`;
  const compared = data.answers.find(isHere);
  const crossover = (measure: 'score' | 'margin') =>
    study.fit.crossovers.find((row) => isHere(row) && row.measure === measure && isPairOf(row, compared));
  const panel = (measure: 'score' | 'margin', lines: ReferenceLine[]) =>
    learningCurve({
      task: name,
      measure,
      curves: curves.filter((row) => row.measure === measure),
      styles,
      lines,
      crossover: crossover(measure),
    });
  return html`<figure class="panels-figure">
<h3>${name} <span class="muted">${model} · ${task.card.type}</span></h3>
<div class="panels">
<div><h4>Task score</h4>${panel('score', scoreLines(model, task, data))}</div>
<div><h4>Log-probability margin, nats</h4>${panel('margin', marginLines(model, name, data))}</div>
${differencePanel(compared, data)}
</div>
<figcaption>${phraseHtml(caption(model, task, data), sources)}</figcaption>
</figure>`;
}

function isPairOf(row: CrossoverRow, compared: Answer | undefined): boolean {
  return row.first === compared?.comparison?.first && row.second === compared.comparison.second;
}

function differencePanel(compared: Answer | undefined, { styles }: PageData): Html | undefined {
  const [first, second] = [compared?.comparison?.first, compared?.comparison?.second].map((name) =>
    styles.find(({ stage }) => stage === name),
  );
  if (compared === undefined || first === undefined || second === undefined) return undefined;
  return html`<div><h4>${second.stage} − ${first.stage}, points of score</h4>${differenceCurve(compared.differences, [first, second])}</div>`;
}

function scoreLines(
  model: string,
  { card, chance, shortcuts }: StudiedTask,
  data: PageData,
): ReferenceLine[] {
  const untreated = baselineValue(model, card.name, 'score', data);
  const best = shortcuts.toSorted((one, other) => other.score - one.score)[0];
  return [
    ...(untreated === undefined
      ? []
      : [{ text: 'untreated', y: untreated, color: 'var(--ink)', dash: '6,3' }]),
    { text: 'chance', y: chance, color: 'var(--muted)', dash: '1,3' },
    ...(best === undefined
      ? []
      : [{ text: best.shortcut, y: best.score, color: 'var(--muted)', dash: '4,2,1,2' }]),
  ];
}

function marginLines(model: string, task: string, data: PageData): ReferenceLine[] {
  const untreated = baselineValue(model, task, 'margin', data);
  return untreated === undefined
    ? []
    : [{ text: 'untreated', y: untreated, color: 'var(--ink)', dash: '6,3' }];
}

function baselineValue(
  model: string,
  task: string,
  measure: 'score' | 'margin',
  { study }: PageData,
): number | undefined {
  return study.fit.curves.find(
    (row) => row.model === model && row.task === task && row.measure === measure && row.n === 0,
  )?.value;
}

function caption(model: string, task: StudiedTask, { study }: PageData): Phrase {
  const point = study.fit.curves.find(
    (row) => row.model === model && row.task === task.card.name && row.n > 0 && row.measure === 'score',
  );
  const size = point
    ? phrase`${shown(point, 'items', count)} test items, ${shown(point, 'seeds', count)} seeds; `
    : phrase``;
  const shortcuts = task.shortcuts.flatMap(
    (row, index) => phrase`${index > 0 ? ', ' : ' '}${row.shortcut} ${shown(row, 'score', percent)}`,
  );
  return phrase`${size}bands are ${confidenceOf(study)} percentile intervals of a bootstrap over seeds and items, paired across methods. N* is where the observed curves cross; its interval is shaded. Guessing gives ${shown(task, 'chance', percent)}${shortcuts.length > 0 ? phrase`; rules that do not do the task score${shortcuts} (the best of them is drawn)` : phrase``}.`;
}
