import { computeChart, selectivityChart, type TradeOff } from '../figures/trade-off.js';
import { type Html, html } from '../html.js';
import { bytes, count, flops, klNats, points, ratio, seconds } from '../number-format.js';
import type { PageData } from '../page-data.js';
import { phrase, shown } from '../phrase.js';
import { table } from '../table.js';
import type { TreatmentRow } from '../treatments.js';
import { legend } from './legend.js';
import { place } from './place.js';

/** What else changed (selectivity) and what it took (compute), each against the gain, a panel a task. */
export function costsSection(data: PageData): Html {
  const { treatments, styles, study, sources } = data;
  return html`<section id="costs"><h2>What else changed</h2>
${legend(styles)}
${panels(data, selectivityChart)}
<p class="caption">Gain in score (points) against the KL divergence of the treated from the untreated model on unrelated text: per token, full vocabulary,
temperature 1. Compare methods at the same height, that is at the same gain: further left is more selective. Each point is a method at one number of
examples, mean over seeds; the first and the last number are written beside it. A KL of zero has no place on this axis; it is in the table below.</p>
<h2>What it cost</h2>
${legend(styles)}
${panels(data, computeChart)}
<p class="caption">Gain in score (points) against the floating-point operations of fitting and of the whole search, without the test evaluation.</p>
<details><summary>All methods and numbers of examples in a table</summary>${table(treatments, columns(study.models.length), sources)}</details>
</section>`;
}

function panels(
  { study, treatments, styles }: PageData,
  draw: (options: TradeOff) => Html | undefined,
): Html {
  const groups = study.models.flatMap(({ name: model }) =>
    study.tasks.map(({ card }) => ({ model, task: card.name })),
  );
  const drawn = groups.flatMap(({ model, task }) => {
    const rows = treatments.filter((row) => row.model === model && row.task === task);
    const figure = draw({ task, rows, styles });
    return figure === undefined
      ? []
      : [html`<div><h4>${place({ model, task }, study.models.length)}</h4>${figure}</div>`];
  });
  return drawn.length > 0
    ? html`<div class="panels">${drawn}</div>`
    : html`<p>Not measured in this study.</p>`;
}

function columns(models: number) {
  type Row = TreatmentRow;
  return [
    { title: 'task', cell: (row: Row) => place(row, models) },
    { title: 'stage', cell: (row: Row) => row.stage },
    { title: 'N', numeric: true, cell: (row: Row) => shown(row, 'n', count) },
    { title: 'gain (points)', numeric: true, cell: (row: Row) => shown(row, 'gain', points) },
    {
      title: 'interval',
      numeric: true,
      cell: (row: Row) =>
        row.gain === null
          ? '–'
          : phrase`${shown(row, 'gain_low', points)} to ${shown(row, 'gain_high', points)}`,
    },
    { title: 'KL per token', numeric: true, cell: (row: Row) => shown(row, 'kl', klNats) },
    { title: 'perplexity', numeric: true, cell: (row: Row) => shown(row, 'perplexity_ratio', ratio) },
    { title: 'FLOPs, fit', numeric: true, cell: (row: Row) => shown(row, 'flops_method', flops) },
    { title: 'FLOPs, search', numeric: true, cell: (row: Row) => shown(row, 'flops_search', flops) },
    { title: 'time a cell', numeric: true, cell: (row: Row) => shown(row, 'seconds', seconds) },
    { title: 'parameters', numeric: true, cell: (row: Row) => shown(row, 'trainable_parameters', count) },
    { title: 'size', numeric: true, cell: (row: Row) => shown(row, 'treatment_bytes', bytes) },
  ];
}
