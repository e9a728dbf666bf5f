import { groupBy } from '../../evaluation/statistics/group-by.js';
import { SCRIPTED_EXPERT } from '../../schemas/stages.js';
import type { CrossoverRow, CurveRow } from '../../schemas/tables.js';
import type { Answer } from '../answer.js';
import { confidenceOf } from '../answer-phrases.js';
import { differenceCurve } from '../figures/difference-curve.js';
import { type LearningCurve, learningCurve, type ReferenceLine } from '../figures/learning-curve.js';
import { type Html, html } from '../html.js';
import { leadingStage } from '../leading.js';
import { count, percent } from '../number-format.js';
import type { PageData } from '../page-data.js';
import { isCrowded, KIND_NAMES, type StageStyle } from '../palette.js';
import { type Phrase, phrase, phraseHtml, shown } from '../phrase.js';
import type { ShownPlace } from '../places.js';
import type { StudiedTask } from '../study.js';
import { fileLinks } from './file-links.js';
import { legend } from './legend.js';
import { splitPlaces } from './split-places.js';

/** The learning curves of each task: score, margin, and the paired difference of what stands for its kind. */
export function curvesSection(data: PageData): Html {
  const crowded = isCrowded(data.styles);
  return html`<section id="curves"><h2>Learning curves</h2>
${crowded ? legend(data.styles, data.study) : undefined}
${splitPlaces(data.study, (where) => taskFigure(where, data))}</section>`;
}

function taskFigure(where: ShownPlace, data: PageData): Html | undefined {
  const { model, task } = where;
  const { study, styles, sources } = data;
  const curves = study.fit.curves.filter((row) => isHere(row, where) && row.n > 0);
  if (curves.length === 0) return html`<h3>${task}</h3><p>No cell of a method succeeded on ${model}.</p>`;
  const compared = data.answers.find((answer) => isHere(answer, where));
  const drawn = { where, curves, compared };
  const type = where.studied === undefined ? '' : ` · ${where.studied.card.type}`;
  const [score, margin] = [panels(drawn, 'score', data), panels(drawn, 'margin', data)];
  const difference = differencePanel(compared, data);
  return html`<figure class="panels-figure">
<h3>${task} <span class="muted">${model}${type}</span></h3>
${
  isCrowded(styles)
    ? html`<div class="panels">${score}${difference}</div>
<details><summary>The same by log-probability margin, nats</summary><div class="panels">${margin}</div></details>`
    : html`<div class="panels">${score}${margin}${difference}</div>`
}
<figcaption>${phraseHtml(caption(where, data), sources)}${fileLinks('learning-curves')}${fileLinks('differences', 'differences')}</figcaption>
</figure>`;
}

type Drawn = { where: ShownPlace; curves: readonly CurveRow[]; compared: Answer | undefined };

/** One panel, or one for each kind of methods where there are many: in it the curves of the other kinds are a backdrop. */
function panels({ where, curves, compared }: Drawn, measure: 'score' | 'margin', data: PageData): Html[] {
  const { study, styles } = data;
  const found = study.fit.crossovers.find(
    (row) => isHere(row, where) && row.measure === measure && isPairOf(row, compared),
  );
  const crossover = found && { ...found, decided: found.verdict === 'crossover' };
  const rows = curves.filter((row) => row.measure === measure);
  const lines = measure === 'score' ? scoreLines(where, data) : marginLines(where, data);
  const what = measure === 'score' ? 'task score' : 'log-probability margin, nats';
  const panel = (
    title: string,
    shownStyles: readonly StageStyle[],
    options: Pick<LearningCurve, 'banded' | 'crossover'>,
  ) =>
    html`<div><h4>${title}</h4>${learningCurve({ task: where.task, measure, curves: rows, styles: shownStyles, lines, ...options })}</div>`;
  if (!isCrowded(styles))
    return [
      panel(`${what[0]?.toUpperCase()}${what.slice(1)}`, styles, {
        crossover,
        banded: styles.map(({ stage }) => stage),
      }),
    ];
  return [...groupBy(styles, ({ kind }) => kind).values()].flatMap((ofKind) => {
    const [first] = ofKind;
    if (first === undefined) return [];
    const { kind } = first;
    const lead = leadingStage(study, where, kind);
    return panel(`${KIND_NAMES[kind]}: ${what}`, ofKind, {
      crossover: undefined,
      banded: lead === undefined ? [] : [lead],
    });
  });
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

/** Beside a curve there is room for a word. */
const SHORTCUT_LABELS: Readonly<Record<string, string>> = {
  'majority-position': 'position',
  'most frequent action': 'frequent',
  [SCRIPTED_EXPERT]: 'expert',
  'commonest answer': 'commonest',
};

function scoreLines(where: ShownPlace, data: PageData): ReferenceLine[] {
  const untreated = baselineValue(where, 'score', data);
  const best = where.studied?.shortcuts.toSorted((one, other) => other.score - one.score)[0];
  return [
    ...(untreated === undefined
      ? []
      : [{ text: 'untreated', y: untreated, color: 'var(--ink)', dash: '6,3' }]),
    ...(where.studied === undefined
      ? []
      : [{ text: 'chance', y: where.studied.chance, color: 'var(--muted)', dash: '1,3' }]),
    ...(best === undefined
      ? []
      : [
          {
            text: SHORTCUT_LABELS[best.shortcut] ?? best.shortcut,
            y: best.score,
            color: 'var(--muted)',
            dash: '4,2,1,2',
          },
        ]),
  ];
}

function marginLines(where: ShownPlace, data: PageData): ReferenceLine[] {
  const untreated = baselineValue(where, 'margin', data);
  return untreated === undefined
    ? []
    : [{ text: 'untreated', y: untreated, color: 'var(--ink)', dash: '6,3' }];
}

function baselineValue(
  where: ShownPlace,
  measure: 'score' | 'margin',
  { study }: PageData,
): number | undefined {
  return study.fit.curves.find((row) => isHere(row, where) && row.measure === measure && row.n === 0)?.value;
}

function isHere(row: { model: string; task: string }, { model, task }: ShownPlace): boolean {
  return row.model === model && row.task === task;
}

function caption(where: ShownPlace, { study, styles }: PageData): Phrase {
  const point = study.fit.curves.find((row) => isHere(row, where) && row.n > 0 && row.measure === 'score');
  const size = point
    ? phrase`${shown(point, 'items', count)} test items, ${shown(point, 'seeds', count)} seeds; `
    : phrase``;
  const bands = isCrowded(styles)
    ? phrase`the band of what stands for its kind is the ${confidenceOf(study)} percentile interval of a bootstrap over seeds and items (of the others: curves.parquet); curves of other kinds are grey.`
    : phrase`bands are ${confidenceOf(study)} percentile intervals of a bootstrap over seeds and items, paired across methods. A dotted line is where the observed curves cross, its interval shaded: N* where the verdict is crossover.`;
  return phrase`${size}${bands}${guessing(where.studied)}`;
}

function guessing(task: StudiedTask | undefined): Phrase {
  if (task === undefined) return phrase``;
  const expert = task.shortcuts.find(({ shortcut }) => shortcut === SCRIPTED_EXPERT);
  const rules = task.shortcuts.filter((row) => row !== expert);
  const scores = rules.flatMap(
    (row, index) => phrase`${index > 0 ? ', ' : ' '}${row.shortcut} ${shown(row, 'score', percent)}`,
  );
  const ofRules = rules.length > 0 ? phrase`; rules that do not do the task score${scores}` : phrase``;
  const ofExpert =
    expert === undefined
      ? phrase``
      : phrase`; the scripted expert, who does it, ${shown(expert, 'score', percent)}`;
  const drawn = task.shortcuts.length > 0 ? ' (the best of them is drawn)' : '';
  return phrase` Guessing gives ${shown(task, 'chance', percent)}${ofRules}${ofExpert}${drawn}.`;
}
