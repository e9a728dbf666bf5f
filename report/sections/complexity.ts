import { claimStages } from '../../evaluation/claims/claim-stages.js';
import { strataAlong } from '../../evaluation/claims/complexity-cells.js';
import type { ClaimOf, ClaimSet, EvidenceRow } from '../../schemas/claims.js';
import { learningCurve, type ReferenceLine, type Switch } from '../figures/learning-curve.js';
import { switchByComplexity } from '../figures/switch-by-complexity.js';
import { type Html, html } from '../html.js';
import type { PageData } from '../page-data.js';
import type { StageStyle } from '../palette.js';
import { legend } from './legend.js';

/** The score on a task itself, in a registration. */
const WHOLE_TASK = '{task}';

type Shifting = { name: string; claim: ClaimOf<'crosses'> };

/** Learning curves of every cell of complexity with their crossing, and N* against complexity. */
export function complexitySection(data: PageData): Html | undefined {
  const { claims } = data.study;
  if (claims === undefined) return undefined;
  const shifting = Object.entries(claims.registered.claims).flatMap(([name, claim]): Shifting[] =>
    claim.rule === 'crosses' && claim.shifts !== undefined ? [{ name, claim }] : [],
  );
  const figures = shifting.map((shift) => figureOf(shift, data)).filter((figure) => figure !== undefined);
  return figures.length === 0
    ? undefined
    : html`<section id="complexity"><h2>Crossovers by complexity</h2>${figures}</section>`;
}

function figureOf({ name, claim }: Shifting, data: PageData): Html | undefined {
  const studied = data.study.claims;
  if (studied === undefined) return undefined;
  const cells = studied.evidence.filter((row) => row.claim === name && row.part === 'cell');
  if (cells.length === 0) return undefined;
  const named = Object.values(studied.registered.claims).flatMap(claimStages);
  const styles = [...new Set([claim.first, claim.second, ...named])].flatMap((stage) =>
    data.styles.filter((style) => style.stage === stage),
  );
  const axes = Object.entries(studied.registered.axes);
  return html`<figure class="panels-figure"><h3>${claim.first} and ${claim.second}: N* against complexity</h3>
<div class="panels">${axes.map(([axis, label]) => html`<div><h4>${label}</h4>${shiftPanel(cells, axis, label)}</div>`)}</div>
<figcaption>Each point is one cell; a line joins cells that are equal on all other axes. Bars are intervals of N*, cut where they leave the numbers of examples tried; a filled point is a
cell with the verdict crossover.</figcaption></figure>
<figure class="panels-figure"><h3>Effectiveness, cell by cell</h3>${legend(styles, data.study)}
<div class="panels">${cells.map((cell) => html`<div><h4>${levelsText(cell)}</h4>${curvesPanel(cell, styles, data)}</div>`)}</div>
<figcaption>${effectivenessWords(studied.registered)} against the number of examples, with the interval of N* shaded; the untreated model is dashed.</figcaption></figure>`;
}

/** What the registration measures a method by, which is what is drawn. */
function effectivenessWords({ effectiveness }: ClaimSet): Html {
  return effectiveness === WHOLE_TASK
    ? html`Score on the whole task`
    : html`Score on <code>${effectiveness}</code>`;
}

function shiftPanel(cells: readonly EvidenceRow[], axis: string, label: string): Html | string {
  const strata = strataAlong(cells, axis);
  return strata.length === 0
    ? 'No two cells differ on this axis alone.'
    : switchByComplexity({ axis, label, strata });
}

function curvesPanel(cell: EvidenceRow, styles: readonly StageStyle[], { study }: PageData): Html {
  const task = study.claims?.registered.effectiveness.replaceAll('{task}', cell.task ?? '') ?? '';
  const here = study.fit.curves.filter(
    (row) => row.model === cell.model && row.task === task && row.measure === 'score',
  );
  const lines = here
    .filter(({ n }) => n === 0) // every method’s curve begins with the same one
    .slice(0, 1)
    .map(({ value }): ReferenceLine => ({ text: 'untreated', y: value, color: 'var(--muted)', dash: '3,3' }));
  const crossover: Switch = { ...cell, n_star: cell.value, decided: cell.finding === 'for' };
  const curves = here.filter(({ n, stage }) => n > 0 && styles.some((style) => style.stage === stage));
  return learningCurve({
    task,
    measure: 'score',
    curves,
    styles,
    lines,
    crossover,
    banded: [cell.first, cell.second ?? ''],
  });
}

/** `density 0.5 · steered 1` */
function levelsText({ levels }: EvidenceRow): string {
  return Object.entries(levels)
    .map(([axis, level]) => `${axis} ${Number(level.toPrecision(3))}`)
    .join(' · ');
}
