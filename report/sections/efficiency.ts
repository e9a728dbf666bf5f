import type { EfficiencyRow } from '../../evaluation/statistics/rows.js';
import { confidenceOf } from '../answer-phrases.js';
import { type Html, html } from '../html.js';
import { nats, percent } from '../number-format.js';
import type { PageData } from '../page-data.js';
import type { StageStyle } from '../palette.js';
import { phrase, phraseHtml, shown } from '../phrase.js';
import { type ShownPlace, shownPlaces } from '../places.js';
import type { Sources } from '../sources.js';
import { listed, table } from '../table.js';
import { convergenceTable } from './convergence.js';
import { place } from './place.js';

/** The mean height of each learning curve over log N, methods by tasks, the longer list down the page. */
export function efficiencySection(data: PageData): Html | undefined {
  const { study, sources } = data;
  if (study.fit.efficiencies.length === 0) return undefined;
  return html`<section id="efficiency"><h2>Mean score over log N</h2>
${methodTable(data, 'score')}
<p class="caption">The mean of a learning curve in score over log N, from the smallest to the largest number of examples, with ${phraseHtml(confidenceOf(study), sources)}
intervals. Every doubling of the data counts the same. Compare methods by the paired “mean” rows below, not by whether these intervals overlap.</p>
<details><summary>The same by log-probability margin, nats</summary>${methodTable(data, 'margin')}</details>
${convergenceTable(data)}</section>`;
}

const CAPTION = 'Mean of each learning curve over log N';

function methodTable({ study, styles, sources }: PageData, measure: EfficiencyRow['measure']): Html {
  const rows = study.fit.efficiencies.filter((row) => row.measure === measure);
  const isAt = (row: EfficiencyRow, { model, task }: ShownPlace) => row.model === model && row.task === task;
  const places = shownPlaces(study).filter((where) => rows.some((row) => isAt(row, where)));
  const cellOf = ({ stage }: StageStyle, where: ShownPlace) =>
    meanCell(
      rows.find((row) => row.stage === stage && isAt(row, where)),
      sources,
    );
  const placeName = (where: ShownPlace) => place(where, study.models.length);
  if (places.length <= styles.length) {
    const columns = places.map((where) => ({
      title: placeName(where),
      numeric: true,
      cell: (style: StageStyle) => cellOf(style, where),
    }));
    const name = ({ stage, color }: StageStyle) => html`<b style="color:${color}">${stage}</b>`;
    return table(styles, {
      columns: [{ title: 'method', cell: name }, ...columns],
      sources,
      caption: CAPTION,
    });
  }
  const columns = styles.map((style) => ({
    title: style.stage,
    numeric: true,
    cell: (where: ShownPlace) => cellOf(style, where),
  }));
  return listed(places, {
    columns: [{ title: 'task', cell: placeName }, ...columns],
    sources,
    caption: CAPTION,
    file: 'efficiencies.parquet',
  });
}

function meanCell(row: EfficiencyRow | undefined, sources: Sources): Html | string {
  if (row === undefined) return '–';
  const unit = row.measure === 'score' ? percent : nats;
  const interval = phrase` (${shown(row, 'low', unit)} to ${shown(row, 'high', unit)})`;
  return html`${phraseHtml([shown(row, 'value', unit)], sources)}<span class="muted">${phraseHtml(interval, sources)}</span>`;
}
