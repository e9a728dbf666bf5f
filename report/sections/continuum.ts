import type { FrontRow } from '../../evaluation/statistics/rows.js';
import { confidenceOf } from '../answer-phrases.js';
import { continuumChart } from '../figures/continuum.js';
import { type Front, frontsByBudget, isSettled, othersPhrase, stepPhrase } from '../front-phrases.js';
import { type Html, html } from '../html.js';
import { stageName } from '../method-notes.js';
import { flops } from '../number-format.js';
import type { PageData } from '../page-data.js';
import { phrase, phraseHtml, shown } from '../phrase.js';
import type { ShownPlace } from '../places.js';
import type { Study } from '../study.js';
import { fileLinks } from './file-links.js';
import { legend } from './legend.js';
import { place } from './place.js';
import { splitPlaces } from './split-places.js';

/** In studies of more tasks and models the figures by margin, and what every step of a front brings, are left to the tables. */
const MOST_IN_FULL = 4;

/** Gain against compute along all methods, with the Pareto front of every budget in a figure and in words. */
export function continuumSection(data: PageData): Html | undefined {
  const { study, styles, sources } = data;
  if (study.fit.fronts.length === 0) return undefined;
  return html`<section id="continuum"><h2>The continuum: what compute buys</h2>
${legend(styles, study)}
${splitPlaces(study, (where) => taskFigure(where, data))}
<p class="caption">A point is a method at one number of examples: its gain over the untreated model against the floating-point operations of fitting it and of its
whole search, without the test evaluation; means over seeds, bars are ${phraseHtml(confidenceOf(study), sources)} intervals. Large points are on the front of their number of
examples, which a line joins: nothing that costs as little or less gains as much. A front is a statement about the means. A step
along it is <strong>bold</strong> where the paired interval of its gain over the cheaper neighbour is above zero, and pale where it is not: there the cheaper one may be as good. Shares are of
resamples, with the costs held fixed. A control is there only for others to be held against: where it is on a front, what costs as little brings no more.${fileLinks('continuum')}</p></section>`;
}

function isLarge({ tasks, models }: Study): boolean {
  return tasks.length * models.length > MOST_IN_FULL;
}

function taskFigure({ model, task }: ShownPlace, data: PageData): Html | undefined {
  const { study } = data;
  const rows = study.fit.fronts.filter((row) => row.model === model && row.task === task);
  if (rows.length === 0) return undefined;
  const figureOf = (measure: FrontRow['measure']) =>
    measureFigure(
      task,
      rows.filter((row) => row.measure === measure),
      data,
    );
  return html`<figure class="panels-figure"><h3>${place({ model, task }, study.models.length)} <span class="muted">gain in score, percentage points</span></h3>
${figureOf('score')}
${isLarge(study) ? undefined : html`<details><summary>The same by log-probability margin, nats</summary>${figureOf('margin')}</details>`}</figure>`;
}

function measureFigure(task: string, rows: readonly FrontRow[], data: PageData): Html {
  const { styles } = data;
  const figure = continuumChart({
    task,
    rows,
    styles,
    nameOf: (stage) => stageName(data.study, stage),
  });
  return html`<div class="scroll wide">${figure}</div>
<ul class="fronts">${frontsByBudget(rows).map((front) => html`<li>${frontWords(front, data)}</li>`)}</ul>`;
}

/** The names along the front, then what every step brings at what cost. */
function frontWords(front: Front, { study, sources }: PageData): Html {
  const names = front.members.map((row, index) => {
    const name = isSettled(row)
      ? html`<strong>${stageName(study, row.stage)}</strong>`
      : html`<span class="muted">${stageName(study, row.stage)}</span>`;
    return html`${index > 0 ? ' → ' : ''}${name}`;
  });
  const steps = front.members.flatMap((row, index) => [
    ...(index > 0 ? phrase`; ` : []),
    ...phrase`${stageName(study, row.stage)} ${stepPhrase(row, index === 0)}, ${shown(row, 'flops', flops)}`,
  ]);
  const chain = names.length > 0 ? html`${names}. ` : undefined;
  return html`<b>N = ${front.n}:</b> ${chain}${phraseHtml(
    othersPhrase(front, (stage) => stageName(study, stage)),
    sources,
  )}${isLarge(study) ? undefined : html`<br><small>${phraseHtml(steps, sources)}</small>`}`;
}
