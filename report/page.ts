import { createHash } from 'node:crypto';
import { type Html, html, jsonIsland, markupOf, trustedMarkup } from './html.js';
import { type PageData, pageData } from './page-data.js';
import { isElsewhere, ownOnly } from './places.js';
import { SCRIPT } from './script.js';
import { answersSection } from './sections/answers.js';
import { claimsSection } from './sections/claims.js';
import { complexitySection } from './sections/complexity.js';
import { compositionSection } from './sections/composition.js';
import { continuumSection } from './sections/continuum.js';
import { costsSection } from './sections/costs.js';
import { crossoverSection } from './sections/crossovers.js';
import { curvesSection } from './sections/curves.js';
import { efficiencySection } from './sections/efficiency.js';
import { episodesSection } from './sections/episodes.js';
import { examplesSection, failuresSection, limitsSection } from './sections/evidence.js';
import { hypothesisSection } from './sections/hypothesis.js';
import { lawsSection } from './sections/laws.js';
import { provenanceSection, readingSection } from './sections/provenance.js';
import { scalingSection } from './sections/scaling.js';
import { searchSection } from './sections/search.js';
import type { Study } from './study.js';
import { styleSheet } from './style-sheet.js';

/**
 * The report of a study as one HTML page that needs nothing else: figures are inline SVG, the data are in it as JSON,
 * and its policy lets no request out. It begins with the answer. The same study gives the same bytes.
 */
export function renderReport(study: Study): string {
  const data = pageData(study);
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${digest(SCRIPT)}'; base-uri 'none'; form-action 'none'`;
  const sections = html`${claimsSection(data)}
${answersSection(data)}
${hypothesisSection(data)}
${curvesSection(data)}
${complexitySection(data)}
${crossoverSection(data)}
${costsSection(data)}
${continuumSection(data)}
${compositionSection(data)}
${lawsSection(data)}
${scalingSection(data)}
${efficiencySection(data)}
${episodesSection(data)}
${limitsSection(data)}
${failuresSection(data)}
${searchSection(data)}
${examplesSection(data)}
${provenanceSection(data)}
${readingSection(data)}`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title(study)}</title>
<style>${trustedMarkup(styleSheet())}</style>
</head>
<body>
${header(data)}
${contents(sections)}
<main>
${sections}
</main>
<script type="application/json" id="data">${jsonIsland(data.sources.shown())}</script>
<script>${trustedMarkup(SCRIPT)}</script>
</body>
</html>
`;
  return markupOf(page);
}

const CONTENTS: Readonly<Record<string, string>> = {
  claims: 'Claims',
  answer: 'Answer',
  h1: 'H1',
  curves: 'Learning curves',
  complexity: 'Complexity',
  crossovers: 'Crossovers',
  selectivity: 'Selectivity',
  continuum: 'Compute',
  composition: 'Doing both',
  laws: 'Laws in data',
  scaling: 'Laws in capability',
  efficiency: 'Mean scores',
  episodes: 'Episodes',
  limits: 'Undecided',
  failures: 'Failures',
  search: 'Search',
  examples: 'Examples',
  provenance: 'Provenance',
  reading: 'Reproduce',
};

function header({ study }: PageData): Html {
  const { pipeline, models, run } = study;
  const cells = ownOnly(study.cells);
  const tasks = study.tasks.filter(({ card }) => !isElsewhere(card.name));
  const budgets = [...new Set(cells.map(({ n }) => n))]
    .filter((n) => n > 0)
    .sort((one, other) => one - other);
  const succeeded = cells.filter(({ status }) => status === 'ok').length;
  return html`<header>
<p class="overline">crossover · steer, fine-tune, or both?</p>
<h1>${title(study)}</h1>
${pipeline.value.description === undefined ? undefined : html`<p class="description">${pipeline.value.description}</p>`}
<p class="muted">${models.map(({ name }) => name).join(', ')} · ${tasks.length} ${tasks.length === 1 ? 'task' : 'tasks'} · N = ${budgets.join(', ')} ·
${study.provenance.seeds.length} ${study.provenance.seeds.length === 1 ? 'seed' : 'seeds'} · ${succeeded} of ${cells.length} cells · run ${run}</p>
</header>`;
}

/** Links to the sections that the page has, in their order. */
function contents(sections: Html): Html {
  const found = [...markupOf(sections).matchAll(/<section id="([a-z0-9-]+)"/g)].map(([, id = '']) => id);
  const named = Object.entries(CONTENTS).filter(([id]) => found.includes(id));
  return html`<nav class="contents" aria-label="contents">${named.map(([id, words]) => html`<a href="#${id}">${words}</a> `)}</nav>`;
}

function title({ pipeline }: Study): string {
  return pipeline.value.title ?? pipeline.value.name;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
