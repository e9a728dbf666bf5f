import { type Child, type Html, html } from '../html.js';
import { bytes, percent } from '../number-format.js';
import type { PageData } from '../page-data.js';
import { phraseHtml, shown } from '../phrase.js';
import type { StudiedTask } from '../study.js';
import { listed } from '../table.js';

const ROWS_IN_SIGHT = 12;

/** Where the numbers come from: pipeline, models, tasks, versions, and the hash of every artifact. */
export function provenanceSection(data: PageData): Html {
  const { study, sources } = data;
  const { provenance, models, tasks, pipeline } = study;
  return html`<section id="provenance"><h2>Provenance</h2>
${facts([
  ['run', study.run],
  ['started', provenance.started],
  ['finished', provenance.finished],
  ['seeds', provenance.seeds.join(', ')],
  ['resamples', String(study.settings.resamples)],
  // Versions and numerics both name the library; it is one fact.
  ...Object.entries({ ...provenance.versions, ...provenance.host, ...provenance.numerics }),
])}
${drawing(study)}
<h3>Models</h3>
${models.map(({ name, digest, licence }) => html`<p><strong>${name}</strong> <span class="muted">${licence}</span><br><code class="hash">${digest}</code></p>`)}
<h3>Tasks</h3>
${tasks.map((task) => taskCard(task, sources))}
<h3>Artifacts</h3>
${artifactList(data)}
<details><summary>The resolved pipeline</summary><pre class="code">${pipeline.yaml}</pre></details>
</section>`;
}

/** Which code drew the page, where that is not the code that made the tables; and what no table had for it. */
function drawing({ estimated, drawn, trials, examples }: PageData['study']): Html | undefined {
  if (drawn === undefined) return undefined;
  const missing = [
    ...(trials.length === 0 ? ['the candidates of the searches'] : []),
    ...(examples.length === 0 ? ['test items side by side'] : []),
  ];
  const left =
    missing.length === 0 ? '' : ` Left out, as no Parquet table holds them: ${missing.join('; ')}.`;
  const made =
    estimated === undefined
      ? html`No estimate was made anew: the versions above made the tables.`
      : html`Estimates were made anew from the published results by crossover ${estimated.version}, sources <code class="hash">${estimated.code}</code>; the versions above made the cells, and what is said of how vectors settle.`;
  return html`<p>Drawn anew from the published tables by crossover ${drawn.version}, sources <code class="hash">${drawn.code}</code>. ${made}${left}</p>`;
}

function artifactList({ study: { artifacts }, sources }: PageData): Html {
  type Artifact = (typeof artifacts)[number];
  const columns = [
    { title: 'name', cell: (row: Artifact) => row.name },
    { title: 'size', numeric: true, cell: (row: Artifact) => shown(row, 'bytes', bytes) },
    { title: 'SHA-256', cell: (row: Artifact) => html`<code class="hash">${row.sha256}</code>` },
  ];
  return html`<details${artifacts.length <= ROWS_IN_SIGHT ? html` open` : undefined}><summary>${artifacts.length} objects with their SHA-256</summary>
${listed(artifacts, { columns, sources, caption: 'Objects with their SHA-256', file: 'manifest.json' })}</details>`;
}

function taskCard(task: StudiedTask, sources: PageData['sources']): Html {
  const { name, type, format, licence, description } = task.card;
  const shortcuts = task.shortcuts.map(
    (row) => html`, ${row.shortcut} ${phraseHtml([shown(row, 'score', percent)], sources)}`,
  );
  return html`<p><strong>${name}</strong> <span class="muted">${type}, ${format} prompts, ${licence}</span><br>${description}<br>
<span class="muted">chance ${phraseHtml([shown(task, 'chance', percent)], sources)}${shortcuts}</span></p>`;
}

/** How to make the study again, and how to go on with its tables. */
export function readingSection({ study }: PageData): Html {
  const { host, numerics } = study.provenance;
  return html`<section id="reading"><h2>Reproduce and reuse</h2>
<div class="panels panels-two">
<div><h4>The same study again</h4><pre class="code">${precisionSetting(numerics)}npx crossover run pipeline.yaml
npx crossover report ${study.run}</pre>
<p class="caption"><code>pipeline.yaml</code> beside this page is the study as it ran, with every default. Cells that a store has are found, the others computed. On one host (${Object.values(host).join(', ')};
${Object.values(numerics).join(', ')}) the bits are the same; elsewhere the last digits may differ. <code>manifest.json</code> has the key of every cell and the SHA-256 of every object.</p></div>
<div><h4>The numbers in pandas</h4><pre class="code">import pandas as pd

cells = pd.read_parquet("cells.parquet")
cells[cells.status == "ok"].pivot_table(
    index=["task", "n"], columns="stage",
    values="score")</pre>
<p class="caption">Every metric and interval can be recomputed from <code>items.parquet</code>, the results item by item, which a run leaves beside its tables.</p></div>
<div><h4>The figures elsewhere</h4><pre class="code">figures/learning-curves.csv
figures/learning-curves.vl.json</pre>
<p class="caption">Each figure lies beside the page as its data and a Vega-Lite specification that draws it from them; <code>report.md</code> is the study as an appendix in Markdown.</p></div>
<div><h4>The crossovers in DuckDB</h4><pre class="code">select task, "first", "second", measure,
       verdict, n_star, low, high
from 'crossover.parquet'
order by task, measure;</pre>
<p class="caption">A number on this page names its row in <code>script#data</code>, which holds those that are shown.</p></div>
</div></section>`;
}

/** What the environment must say for the same arithmetic; it is no part of the pipeline. */
function precisionSetting({ precision = 'float32' }: Record<string, string>): string {
  return precision === 'float32' ? '' : `CROSSOVER_PRECISION=${precision} `;
}

function facts(pairs: readonly (readonly [string, Child])[]): Html {
  return html`<dl>${pairs.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}
