import { groupBy } from '../../evaluation/statistics/group-by.js';
import { ADVICE_WORDS, type Advice, type BudgetAdvice } from '../advice.js';
import type { Answer } from '../answer.js';
import { type Html, html } from '../html.js';
import { points } from '../number-format.js';
import type { PageData } from '../page-data.js';
import { phraseHtml } from '../phrase.js';
import { answeredSwitch } from '../switch-words.js';
import { endAdvice, TYPE_NAMES } from '../type-answers.js';

const LETTERS: Readonly<Record<Advice, string>> = {
  steer: 'S',
  finetune: 'F',
  either: 'SF',
  neither: '–',
  undecided: '?',
};

/** A row a comparison, by type of task: what to do with few and with many examples, the strip between, N*, and H1. */
export function answerTable({ answers, study, sources }: PageData): Html {
  const budgets = budgetsOf(answers);
  const types = [...groupBy(answers, ({ type }) => type)];
  const several = study.models.length > 1;
  const row = (answer: Answer) => html`<tr>
<th scope="row">${answer.task}${several ? html` <span class="muted">${answer.model}</span>` : undefined}</th>
<td>${adviceWord(endAdvice(answer, 'smallest'))}</td>
<td>${strip(answer.advice, budgets)}</td>
<td>${adviceWord(endAdvice(answer, 'largest'))}</td>
<td class="number">${switchCell(answer, sources)}</td>
<td>${answer.hypothesis}</td></tr>`;
  return html`<div class="scroll"><table class="answers"><caption>What to do with how many examples</caption>
<thead><tr><th scope="col">task</th><th scope="col">N = ${budgets[0] ?? ''}</th><th scope="col">${stripHead(budgets)}</th><th scope="col">N = ${budgets.at(-1) ?? ''}</th>
<th scope="col" class="number">N* (interval)</th><th scope="col">H1</th></tr></thead>
${types.map(
  ([type, rows]) =>
    html`<tbody><tr class="type"><th scope="rowgroup" colspan="6">${TYPE_NAMES[type]}</th></tr>${rows.map(row)}</tbody>`,
)}</table></div>`;
}

/** What the letters of the tiles mean, and where the differences behind them are written. */
export function tileKey(): Html {
  const meanings = Object.entries(LETTERS).map(
    ([advice, letter]) => html`<span><i class="tile tile-${advice}">${letter}</i> ${KEY[advice]}</span> `,
  );
  return html`<p class="caption key">${meanings}<span>The differences behind the tiles are under <a href="#crossovers">Crossovers</a>, by number of examples.</span></p>`;
}

const KEY: Readonly<Record<string, string>> = {
  steer: 'steering is better, and helps',
  finetune: 'fine-tuning is better, and helps',
  either: 'both help; which is better is undecided',
  neither: 'no gain over the untreated model is established',
  undecided: 'undecided',
};

/** Numbers of examples of any comparison, ascending. */
export function budgetsOf(answers: readonly Answer[]): number[] {
  const all = answers.flatMap(({ advice }) => advice.map(({ n }) => n));
  return [...new Set(all)].sort((one, other) => one - other);
}

export function adviceWord(advice: Advice): Html {
  return html`<span class="advice advice-${advice}">${ADVICE_WORDS[advice]}</span>`;
}

/** The advice at every number of examples, a tile each; letters say what colours say. */
export function strip(advice: readonly BudgetAdvice[], budgets: readonly number[]): Html {
  return html`<span class="strip">${budgets.map((n) => {
    const found = advice.find((at) => at.n === n);
    return found === undefined ? html`<i class="tile"></i>` : tile(found);
  })}</span>`;
}

/** A strip with the numbers of examples below its tiles. */
export function labelledStrip(advice: readonly BudgetAdvice[]): Html {
  const budgets = advice.map(({ n }) => n);
  return html`<span class="labelled">${strip(advice, budgets)}${stripHead(budgets)}</span>`;
}

function tile({ n, advice, difference }: BudgetAdvice): Html {
  const { first, second, difference: value, low, high } = difference;
  const title = `N = ${n}: ${second} − ${first} = ${points.write(value)} points (${points.write(low)} to ${points.write(high)})`;
  return html`<i class="tile tile-${advice}" title="${title}">${LETTERS[advice]}</i>`;
}

function stripHead(budgets: readonly number[]): Html {
  return html`<span class="strip" title="number of training examples">${budgets.map((n) => html`<i class="tile-head">${shortCount(n)}</i>`)}</span>`;
}

/** `512`, `4k`: as wide as a tile. */
function shortCount(n: number): string {
  return n < 1000 ? String(n) : `${Number((n / 1000).toPrecision(2))}k`;
}

function switchCell(answer: Answer, sources: PageData['sources']): Html {
  const { star, words } = answeredSwitch(answer);
  const text = phraseHtml(words, sources);
  if (star !== undefined) return html`<strong>${phraseHtml(star, sources)}</strong> ${text}`;
  return answer.comparison?.verdict === 'undecided' ? html`<span class="muted">${text}</span>` : text;
}
