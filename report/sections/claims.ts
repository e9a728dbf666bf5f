import type { ClaimRow, ClaimSet, EvidenceRow } from '../../schemas/claims.js';
import { budgetsPhrase, decisivePhrases, estimatePhrase, FINDING_WORDS, WORDS } from '../claim-phrases.js';
import { claimsSentence, VERDICT_WORDS } from '../claim-sentence.js';
import { type Html, html } from '../html.js';
import { count, level, wholePercent } from '../number-format.js';
import type { PageData } from '../page-data.js';
import { phraseHtml, shown } from '../phrase.js';
import { table } from '../table.js';

/** The registered claims: the verdicts in a sentence, then claim by claim with numbers, rules, and what is ours. */
export function claimsSection({ study, sources }: PageData): Html | undefined {
  const { claims: studied } = study;
  if (studied === undefined) return undefined;
  const { registered, claims, evidence } = studied;
  return html`<section id="claims">
<p class="lead">${claimsSentence(studied)}</p>
<h2>${registered.title}</h2>
<div class="claims">${table(claims, { columns: claimColumns(evidence, sources), sources, caption: 'Registered claims and their verdicts' })}</div>
<p class="caption">${registered.ours} The claims, rules and bounds were written down ${registered.written}, as <code>data/claims/${registered.name}.yaml</code>. “Replicated” and “not replicated” of an
extension say whether our own question was answered with yes or no; “undecided” does not mean “no”.</p>
<details><summary>The rules</summary>${rules(registered)}</details>
<details><summary>All ${evidence.length} estimates behind the verdicts</summary>${table(evidence, { columns: evidenceColumns(study.models.length), sources, caption: 'Estimates behind the verdicts' })}</details>
</section>`;
}

function claimColumns(evidence: readonly EvidenceRow[], sources: PageData['sources']) {
  const numbers = (row: ClaimRow) => {
    const own = evidence.filter(({ claim }) => claim === row.claim);
    return html`<div class="words numbers">${decisivePhrases(row, own).map((clause) => html`<p>${phraseHtml(clause, sources)}</p>`)}</div>`;
  };
  return [
    {
      title: 'claim',
      cell: (row: ClaimRow) =>
        html`<div class="words"><strong>${row.claim}</strong> ${row.statement} <span class="muted">${row.standing === 'extension' ? 'Extension. ' : ''}${row.source}</span></div>`,
    },
    {
      title: 'verdict',
      cell: (row: ClaimRow) =>
        html`<span class="verdict verdict-${row.verdict}">${VERDICT_WORDS[row.verdict]}</span>`,
    },
    { title: 'by these numbers (points of score)', cell: numbers },
    { title: 'cells', numeric: true, cell: (row: ClaimRow) => shown(row, 'cells', count) },
    { title: 'seeds', numeric: true, cell: (row: ClaimRow) => shown(row, 'seeds', count) },
    { title: 'test items', numeric: true, cell: (row: ClaimRow) => shown(row, 'items', count) },
  ];
}

function evidenceColumns(models: number) {
  const where = ({ part, axis, model, task }: EvidenceRow) => {
    if (part === 'all') return 'all cells';
    if (part === 'axis') return `along ${axis}`;
    return models > 1 ? `${task} · ${model}` : (task ?? '');
  };
  return [
    { title: 'claim', cell: (row: EvidenceRow) => row.claim },
    { title: 'where', cell: where },
    { title: 'estimate', cell: (row: EvidenceRow) => WORDS[row.quantity] },
    {
      title: 'of',
      cell: ({ first, second, quantity }: EvidenceRow) =>
        second === null ? first : quantity === 'difference' ? `${first} − ${second}` : `${first} → ${second}`,
    },
    { title: 'examples', cell: budgetsPhrase },
    { title: 'value (interval), in points, examples or doublings', numeric: true, cell: estimatePhrase },
    { title: 'confidence', numeric: true, cell: (row: EvidenceRow) => shown(row, 'confidence', level) },
    {
      title: 'cross in range',
      numeric: true,
      cell: (row: EvidenceRow) => shown(row, 'probability', wholePercent),
    },
    { title: 'finding', cell: (row: EvidenceRow) => FINDING_WORDS[row.finding] },
    { title: 'seeds', numeric: true, cell: (row: EvidenceRow) => shown(row, 'seeds', count) },
    { title: 'test items', numeric: true, cell: (row: EvidenceRow) => shown(row, 'items', count) },
  ];
}

function rules({ few, at_least, claims, effectiveness, selectivity }: ClaimSet): Html {
  return html`<p>A cell of complexity is one task with one model. Little data is the mean over log N of all numbers of examples up to ${few}; most data is the largest number.
Effectiveness is the score on <code>${effectiveness}</code>, selectivity the score on <code>${selectivity}</code>. A resample draws items, and deviations for seeds, in each cell by itself; the cells
and the models trained for them are not resampled, so a verdict is about them. Along an axis only cells that are equal on all others are compared; a change is that of a
least-squares line over the logarithm of the level, from the lowest level to the highest. With fewer than ${at_least.seeds} seeds or ${at_least.levels} levels on an axis every claim is undecided.</p>
<ul>${Object.entries(claims).map(([name, claim]) => html`<li><strong>${name}</strong>: ${ruleText(claim)}</li>`)}</ul>`;
}

function ruleText(claim: ClaimSet['claims'][string]): string {
  const points = (share: number) => `${Number((100 * share).toFixed(1))} points`;
  switch (claim.rule) {
    case 'ahead-with-few':
    case 'spares-others':
      return `replicated when the interval of ${claim.better} − ${claim.than}, averaged over the cells, lies above 0 and more than half of the cells lie above 0; not replicated when it excludes an advantage of ${points(claim.negligible)}.`;
    case 'falls-with-complexity':
      return `replicated when on every axis the interval of the rank correlation of complexity and the score of ${claim.stage} with most data lies below 0; not replicated when on some axis it does not, and the interval of the change excludes a fall of ${points(claim.flat_within)}.`;
    case 'recovers-with-data':
      return `replicated when on every axis the change of the score of ${claim.stage} lies below 0 with little data and within ±${points(claim.flat_within)} with most data; not replicated when on some axis it lies beyond them with most data, or a fall of that size with little data is excluded.`;
    case 'crosses':
      return `replicated when ${claim.second} overtakes ${claim.first} in more than half of the cells, by the rule of the crossover table; not replicated when half of the cells or more have another verdict.${claim.shifts === undefined ? '' : ` N* must also move along some axis: the interval of its rank correlation with complexity excludes 0, at a confidence shared by the axes (Bonferroni). Changes within ±${claim.shifts.still_within} doublings on every axis count as no shift.`}`;
  }
}
