import type { Capability, CrossoverTrendRow, ScalingRow } from '../../evaluation/statistics/law-rows.js';
import { scalingPanel } from '../figures/scaling-panel.js';
import { type Html, html } from '../html.js';
import { coefficient, count, logError, wholePercent } from '../number-format.js';
import type { PageData } from '../page-data.js';
import { type Phrase, phrase, shown } from '../phrase.js';
import { isElsewhere } from '../places.js';
import { listed } from '../table.js';
import { fileLinks } from './file-links.js';
import { reasons } from './laws.js';
import { foldedPanels } from './split-places.js';

const AXES: Record<Capability, string> = {
  parameters: 'parameters',
  tokens: 'tokens of pre-training',
  'zero-shot': '1 ÷ zero-shot loss',
};

/** Laws over the models of a study: loss in capability and data, and where N* moves as models grow. */
export function scalingSection(data: PageData): Html | undefined {
  const { study, sources } = data;
  const own = study.fit.laws.scaling.filter(({ task }) => !isElsewhere(task));
  const trends = study.fit.laws.trends.filter(({ task }) => !isElsewhere(task));
  if (own.length + trends.length === 0) return undefined;
  const chosen = own.filter((row) => row.chosen && row.status === 'fitted');
  return html`<section id="scaling"><h2>Laws in the model’s capability</h2>
${
  chosen.length === 0
    ? html`<p>${reasons(own)}</p>`
    : html`${foldedPanels(panels(chosen, data))}
<p class="caption">Points are observed mean losses of the models, a mark for each number of examples, lines the chosen joint law L(X, N), one for each number of examples; below, residuals: log observed − log fitted (Zhang et al. 2024, equation 1, or its additive form).${fileLinks('scaling')}</p>
${listed(chosen, { columns: scalingColumns(), sources, caption: 'Chosen joint laws', file: 'scaling.parquet' })}
<p class="caption">The held-out error is that of a law refitted without the most capable model, at that model: root mean square of predicted − observed log loss. A law that fits and does not predict is no law.</p>`
}
${trendTable(trends, data)}
</section>`;
}

function panels(chosen: readonly ScalingRow[], { study, styles }: PageData): Html[] {
  const figures = chosen.flatMap(({ task, stage, capability }) => {
    const style = styles.find((of) => of.stage === stage);
    const rows = study.fit.laws.scalingPoints.filter(
      (row) => row.task === task && row.stage === stage && row.capability === capability,
    );
    if (style === undefined || rows.length === 0) return [];
    const axis = AXES[capability];
    return [
      html`<div><h4>${task} · ${stage}, by ${axis}</h4>${scalingPanel({ task, rows, style, axis })}</div>`,
    ];
  });
  return figures;
}

function scalingColumns() {
  return [
    { title: 'task', cell: ({ task }: ScalingRow) => task },
    { title: 'method', cell: ({ stage }: ScalingRow) => stage },
    { title: 'capability X', cell: ({ capability }: ScalingRow) => AXES[capability] },
    { title: 'form', cell: ({ form, sharing }: ScalingRow) => `${form}, ${sharing}` },
    { title: 'α (X)', numeric: true, cell: (row: ScalingRow) => exponent(row, 'alpha') },
    { title: 'β (N)', numeric: true, cell: (row: ScalingRow) => exponent(row, 'beta') },
    { title: 'RMSD', numeric: true, cell: (row: ScalingRow) => shown(row, 'rmsd', coefficient) },
    {
      title: 'held-out error',
      numeric: true,
      cell: (row: ScalingRow) => shown(row, 'held_out_error', coefficient),
    },
    { title: 'models', numeric: true, cell: (row: ScalingRow) => shown(row, 'models', count) },
  ];
}

function exponent(row: ScalingRow, field: 'alpha' | 'beta'): Phrase {
  const [low, high] = [`${field}_low`, `${field}_high`] as const;
  const value = shown(row, field, coefficient);
  return row[low] === null
    ? phrase`${value}`
    : phrase`${value} (${shown(row, low, coefficient)} to ${shown(row, high, coefficient)})`;
}

function trendTable(trends: readonly CrossoverTrendRow[], { sources }: PageData): Html | undefined {
  if (trends.length === 0) return undefined;
  const fitted = trends.filter(({ status }) => status === 'fitted');
  const undecided = trends.filter(({ status }) => status === 'undecided');
  type Row = CrossoverTrendRow;
  const columns = [
    { title: 'task', cell: ({ task }: Row) => task },
    { title: 'first → second', cell: ({ first, second }: Row) => `${first} → ${second}` },
    { title: 'X', cell: ({ capability }: Row) => AXES[capability] },
    { title: 'N* by', cell: ({ source }: Row) => source },
    {
      title: 'γ (interval)',
      numeric: true,
      cell: (row: Row) =>
        phrase`${shown(row, 'gamma', coefficient)} (${shown(row, 'gamma_low', coefficient)} to ${shown(row, 'gamma_high', coefficient)})`,
    },
    {
      title: 'γ > 0 in',
      numeric: true,
      cell: (row: Row) => shown(row, 'probability_positive', wholePercent),
    },
    {
      title: 'held-out error of log N*',
      numeric: true,
      cell: (row: Row) => shown(row, 'held_out_error', logError),
    },
    { title: 'models', numeric: true, cell: (row: Row) => shown(row, 'models', count) },
  ];
  return html`<h3>Does N* move with the model?</h3>
${fitted.length > 0 ? listed(fitted, { columns, sources, caption: 'N* against capability', file: 'crossover-trends.parquet' }) : undefined}
${undecided.length > 0 ? html`<p class="muted">${reasons(undecided)}</p>` : undefined}
<p class="caption">log N* = c + γ log X over the models with a crossover in range. γ above zero: stronger models switch from steering to fine-tuning later.</p>`;
}
