import { selectivityChart } from '../figures/trade-off.js';
import { type Html, html } from '../html.js';
import { bytes, count, flops, klNats, points, ratio, seconds } from '../number-format.js';
import type { PageData } from '../page-data.js';
import { phrase, shown } from '../phrase.js';
import { ownFirst } from '../places.js';
import { listed } from '../table.js';
import type { TreatmentRow } from '../treatments.js';
import { fileLinks } from './file-links.js';
import { legend } from './legend.js';
import { matchedTable } from './matched.js';
import { place } from './place.js';
import { drawnPlaces, leftOut } from './split-places.js';

/** What else changed: gain against off-target KL, a panel a task; behind a click all that a method changed and cost. */
export function costsSection(data: PageData): Html {
  const { treatments, styles, study, sources } = data;
  return html`<section id="selectivity"><h2>Selectivity: what else changed</h2>
${legend(styles, study)}
${panels(data)}
<p class="caption">Gain in score (points) against the KL divergence of the treated from the untreated model on unrelated text: per token, full vocabulary,
temperature 1. Compare methods at the same height, that is at the same gain: further left is more selective. Each point is a method at one number of
examples, mean over seeds; a line is the frontier of a kind: what it can gain for so much change, a statement about the means. A KL of zero has no place on this axis; it is in the table below.${fileLinks('selectivity')}</p>
${matchedTable(data)}
<details><summary>All methods and numbers of examples in a table</summary>${listed(ownFirst(treatments), { columns: columns(study.models.length), sources, caption: 'What each method gained, changed and cost', file: 'figures/selectivity.csv' })}</details>
</section>`;
}

function panels({ study, treatments, styles }: PageData): Html {
  const drawn = drawnPlaces(study)
    .flat()
    .flatMap(({ model, task, elsewhere }) => {
      const rows = treatments.filter((row) => row.model === model && row.task === task);
      const figure = selectivityChart({ task, rows, styles });
      if (figure === undefined) return [];
      return [
        {
          elsewhere,
          panel: html`<div><h4>${place({ model, task }, study.models.length)}</h4>${figure}</div>`,
        },
      ];
    });
  if (drawn.length === 0) return html`<p>Not measured in this study.</p>`;
  const panelsOf = (elsewhere: boolean) =>
    drawn.flatMap((found) => (found.elsewhere === elsewhere ? [found.panel] : []));
  const others = panelsOf(true);
  return html`<div class="panels">${panelsOf(false)}</div>${leftOut(study)}${
    others.length > 0
      ? html`<details class="elsewhere"><summary>Tested elsewhere: made for one task, tested on another (${others.length})</summary><div class="panels">${others}</div></details>`
      : undefined
  }`;
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
