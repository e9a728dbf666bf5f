import { groupBy } from '../../evaluation/statistics/group-by.js';
import type {
  LawRow,
  SelectivityLawRow,
  TargetRow,
  TransferRow,
} from '../../evaluation/statistics/law-rows.js';
import { lawCurve } from '../figures/law-curve.js';
import { type Html, html } from '../html.js';
import { isLaw, withoutLaw } from '../law-reasons.js';
import { leadingStage } from '../leading.js';
import { coefficient, count, examples, logError, ratio, wholePercent } from '../number-format.js';
import type { PageData } from '../page-data.js';
import { type Phrase, phrase, shown } from '../phrase.js';
import { isElsewhere, type ShownPlace, shownPlaces } from '../places.js';
import { listed } from '../table.js';
import { fileLinks } from './file-links.js';
import { lawCrossovers } from './law-crossovers.js';
import { place } from './place.js';
import { drawnPlaces, foldedPanels } from './split-places.js';

/** Laws of the learning curves in loss: what was fitted, how well, and what they say of crossovers and of data saved. */
export function lawsSection(data: PageData): Html | undefined {
  const { laws } = data.study.fit;
  const chosen = laws.laws.filter((row) => row.chosen && row.status === 'fitted' && !isElsewhere(row.task));
  if (laws.laws.length === 0) return undefined;
  const missing = withoutLaw(chosen, laws.laws);
  const fitted = chosen.filter(isLaw);
  const drawn = panels(data);
  return html`<section id="laws"><h2>Laws in the number of examples</h2>
${missing === undefined ? undefined : html`<p>${missing}</p>`}
${
  chosen.length === 0
    ? html`<p>${reasons(laws.laws)}</p>`
    : html`${foldedPanels(drawn)}${notDrawn(data, drawn.length)}
<p class="caption">Loss is the mean −log p of the right option among the options, nats. Lines are the chosen law of each method that stands for its kind, with the interval over resamples; points
are what was observed. Below, residuals: log observed − log fitted. A law is chosen by AICc and by its error at the largest number of examples, which it was refitted without; the monotone one joins the points, so that its residuals say nothing.${fileLinks('laws')}</p>
${fitted.length === 0 ? undefined : html`<details><summary>Exponents, floors and errors of the chosen laws (${fitted.length})</summary>${listed(fitted, { columns: lawColumns(data), sources: data.sources, caption: 'Chosen laws', file: 'laws.parquet' })}</details>`}`
}
${lawCrossovers(data)}
${savings(data)}
${damage(data)}
</section>`;
}

function panels(data: PageData): Html[] {
  const { study, styles } = data;
  const [own] = drawnPlaces(study);
  const figures = own.flatMap((where) => {
    const leads = leadsOf(where, data);
    const rows = study.fit.laws.curves.filter((row) => isHere(row, where) && leads.includes(row.stage));
    if (!rows.some(({ fitted }) => fitted !== null)) return [];
    const title = place(where, study.models.length);
    return [html`<div><h4>${title}</h4>${lawCurve({ task: where.task, rows, styles })}</div>`];
  });
  return figures;
}

/** How many tasks and models have no panel: past the most that are drawn, or without a curve of what leads. */
function notDrawn({ study }: PageData, drawn: number): Html | undefined {
  const rest = shownPlaces(study).filter(({ elsewhere }) => !elsewhere).length - drawn;
  return rest > 0
    ? html`<p class="caption">${rest} more ${rest === 1 ? 'is' : 'are'} not drawn here; <code>law-curves.parquet</code> has all that are fitted.</p>`
    : undefined;
}

function leadsOf(where: ShownPlace, { study }: PageData): string[] {
  return (['steer', 'finetune', 'combine'] as const).flatMap(
    (kind) => leadingStage(study, where, kind) ?? [],
  );
}

function isHere(row: { model: string; task: string }, { model, task }: ShownPlace): boolean {
  return row.model === model && row.task === task;
}

/** `Not fitted: too few numbers of examples (64 curves).` */
export function reasons(rows: readonly { reason: string | null }[]): string {
  const counts = [...groupBy(rows, ({ reason }) => reason ?? 'no reason given')];
  return `Not fitted: ${counts.map(([reason, of]) => `${reason} (${of.length})`).join('; ')}.`;
}

function lawColumns({ study }: PageData) {
  const models = study.models.length;
  return [
    { title: 'task', cell: (row: LawRow) => place(row, models) },
    { title: 'method', cell: ({ stage }: LawRow) => stage },
    { title: 'law', cell: ({ law }: LawRow) => law },
    { title: 'exponent β', numeric: true, cell: (row: LawRow) => bounded(row, 'exponent') },
    { title: 'floor, nats', numeric: true, cell: (row: LawRow) => bounded(row, 'floor') },
    { title: 'RMSD of log loss', numeric: true, cell: (row: LawRow) => shown(row, 'rmsd', coefficient) },
    { title: 'error at the held-out N', numeric: true, cell: heldOut },
    { title: 'seeds', numeric: true, cell: (row: LawRow) => shown(row, 'seeds', count) },
    { title: 'items', numeric: true, cell: (row: LawRow) => shown(row, 'items', count) },
  ];
}

function bounded(row: LawRow, field: 'exponent' | 'floor'): Phrase {
  const value = shown(row, field, coefficient);
  const [low, high] = [`${field}_low`, `${field}_high`] as const;
  return row[low] === null || row[high] === null
    ? phrase`${value}`
    : phrase`${value} (${shown(row, low, coefficient)} to ${shown(row, high, coefficient)})`;
}

function heldOut(row: LawRow): Phrase {
  if (row.held_out_error === null) return phrase`–`;
  return phrase`${shown(row, 'held_out_error', logError)} at N = ${shown(row, 'held_out_n', count)}`;
}

/** Examples to a target, and examples of fine-tuning that a method saves. */
function savings({ study, sources, answers }: PageData): Html | undefined {
  const { targets, transfers } = study.fit.laws;
  const leads = (row: { model: string; task: string; stage: string }) =>
    answers.some(
      ({ model, task, steer, finetune }) =>
        row.model === model && row.task === task && (row.stage === steer || row.stage === finetune),
    );
  const reached = targets.filter((row) => row.measure === 'score' && leads(row));
  const saved = transfers.filter((row) => row.status === 'fitted' && leads(row));
  if (reached.length + saved.length === 0) return undefined;
  return html`<details><summary>Examples to a target, and what a vector is worth in examples of fine-tuning</summary>
${listed(reached, { columns: targetColumns(study.models.length), sources, caption: 'Examples to a target', file: 'targets.parquet' })}
<p class="caption">Examples to close a share of the way from the untreated model to the best mean score on the task.</p>
${listed(saved, { columns: transferColumns(study.models.length), sources, caption: 'Effective data', file: 'transfers.parquet' })}
<p class="caption">Effective data (Hernandez et al. 2021): the number of examples with which the reference method has the same loss.</p></details>`;
}

function targetColumns(models: number) {
  return [
    { title: 'task', cell: (row: TargetRow) => place(row, models) },
    { title: 'method', cell: ({ stage }: TargetRow) => stage },
    { title: 'share of the way', numeric: true, cell: (row: TargetRow) => shown(row, 'share', wholePercent) },
    { title: 'N', numeric: true, cell: (row: TargetRow) => shown(row, 'n', examples) },
    { title: 'from', numeric: true, cell: (row: TargetRow) => shown(row, 'low', examples) },
    { title: 'to', numeric: true, cell: (row: TargetRow) => shown(row, 'high', examples) },
    {
      title: 'reached in',
      numeric: true,
      cell: (row: TargetRow) => shown(row, 'probability_reached', wholePercent),
    },
  ];
}

function transferColumns(models: number) {
  return [
    { title: 'task', cell: (row: TransferRow) => place(row, models) },
    { title: 'method', cell: ({ stage }: TransferRow) => stage },
    { title: 'reference', cell: ({ reference }: TransferRow) => reference },
    { title: 'N', numeric: true, cell: (row: TransferRow) => shown(row, 'n', count) },
    { title: 'worth', numeric: true, cell: (row: TransferRow) => shown(row, 'effective_n', examples) },
    { title: 'from', numeric: true, cell: (row: TransferRow) => shown(row, 'low', examples) },
    { title: 'to', numeric: true, cell: (row: TransferRow) => shown(row, 'high', examples) },
    { title: 'multiplier', numeric: true, cell: (row: TransferRow) => shown(row, 'multiplier', ratio) },
  ];
}

const RELATIONS: Record<SelectivityLawRow['relation'], string> = {
  'kl-gain': 'KL per nat of margin gained',
  'forgetting-loss': 'KL per nat of loss lowered',
};

/** Slopes of damage against gain. */
function damage({ study, sources }: PageData): Html | undefined {
  const rows = study.fit.laws.selectivity.filter((row) => row.status === 'fitted' && !isElsewhere(row.task));
  if (rows.length === 0) return undefined;
  type Row = SelectivityLawRow;
  const columns = [
    { title: 'task', cell: (row: Row) => place(row, study.models.length) },
    { title: 'method', cell: ({ stage }: Row) => stage },
    { title: 'slope of', cell: ({ relation }: Row) => RELATIONS[relation] },
    { title: 'slope', numeric: true, cell: (row: Row) => shown(row, 'slope', coefficient) },
    { title: 'from', numeric: true, cell: (row: Row) => shown(row, 'slope_low', coefficient) },
    { title: 'to', numeric: true, cell: (row: Row) => shown(row, 'slope_high', coefficient) },
    { title: 'R²', numeric: true, cell: (row: Row) => shown(row, 'r_squared', coefficient) },
    { title: 'curvature', numeric: true, cell: (row: Row) => shown(row, 'curvature', coefficient) },
  ];
  return html`<details><summary>What damage goes with what gain (${rows.length})</summary>${listed(rows, { columns, sources, caption: 'Damage against gain', file: 'selectivity-laws.parquet' })}
<p class="caption">Lines over the cells of a method, all numbers of examples and seeds. A curvature above 2 (difference in AICc) speaks against a line.</p></details>`;
}
