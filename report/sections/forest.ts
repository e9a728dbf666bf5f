import { groupBy } from '../../evaluation/statistics/group-by.js';
import type { CrossoverRow } from '../../schemas/tables.js';
import { logTicks } from '../figures/chart.js';
import { type ForestMark, forestMark } from '../forest.js';
import { type Html, html } from '../html.js';
import { logPosition } from '../log-position.js';
import { count, wholePercent } from '../number-format.js';
import type { PageData } from '../page-data.js';
import { phraseHtml, shown } from '../phrase.js';
import { comparedSwitch } from '../switch-words.js';
import { TYPE_NAMES } from '../type-answers.js';
import { place } from './place.js';

/** The forest plot: a line a comparison, N* with its interval on one logarithmic axis, and the same in words beside it. */
export function forest(rows: readonly CrossoverRow[], { study, sources }: PageData): Html {
  const range = [
    Math.min(...rows.map((row) => row.smallest_n)),
    Math.max(...rows.map((row) => row.largest_n)),
  ] as const;
  const ticks = [...new Set([range[0], ...logTicks(...range), range[1]])].filter(
    (tick, _, all) => tick === range[0] || tick === range[1] || isClear(tick, all, range),
  );
  const types = [...groupBy(rows, ({ task_type }) => task_type)];
  const pairs = new Set(rows.map(({ first, second }) => `${first} → ${second}`));
  const pair = ({ first, second }: CrossoverRow) =>
    pairs.size > 1 ? html`<br><span class="muted">${first} → ${second}</span>` : undefined;
  const line = (row: CrossoverRow) => html`<tr>
<th scope="row">${place(row, study.models.length)}${pair(row)}</th>
<td class="track"><span>${marks(forestMark(row, range))}</span></td>
<td class="words-beside">${words(row, sources)}</td>
<td class="number">${phraseHtml([shown(row, 'probability_in_range', wholePercent)], sources)}</td></tr>`;
  return html`<div class="scroll"><table class="forest" style="--grid:${grid(ticks, range)}"><caption>N* with its interval</caption>
<thead><tr><th scope="col">${pairs.size > 1 ? 'comparison' : [...pairs]}</th><th scope="col" class="axis"><span class="ticks">${ticks.map(
    (tick) => html`<i style="left:${percent(logPosition(tick, range))}">${count.write(tick)}</i>`,
  )}</span></th><th scope="col">N* (interval)</th><th scope="col" class="number">cross in range</th></tr></thead>
${types.map(
  ([type, ofType]) =>
    html`<tbody><tr class="type"><th scope="rowgroup" colspan="4">${TYPE_NAMES[type]}</th></tr>${ofType.map(line)}</tbody>`,
)}</table></div>`;
}

function marks({ row, from, to, opensLeft, opensRight, at, decided }: ForestMark): Html {
  const bar =
    row.low === null && row.high === null && row.n_star === null && row.censoring === 'both'
      ? undefined
      : html`<i class="bar-n${opensLeft ? ' opens-left' : ''}${opensRight ? ' opens-right' : ''}" style="left:${percent(from)};width:${percent(Math.max(0, to - from))}"></i>`;
  const point =
    at === null
      ? undefined
      : html`<b class="${decided ? 'decided' : 'open'}" style="left:${percent(at)}"></b>`;
  return html`${bar}${point}`;
}

function words(row: CrossoverRow, sources: PageData['sources']): Html {
  const { star, words: found } = comparedSwitch(row);
  const text = phraseHtml(found, sources);
  if (star !== undefined) return html`<strong>${phraseHtml(star, sources)}</strong> ${text}`;
  return row.verdict === 'undecided' ? html`<span class="muted">${text}</span>` : text;
}

/** Light lines at the ticks behind every row, drawn once as a background. */
function grid(ticks: readonly number[], range: readonly [number, number]): string {
  return ticks
    .map((tick) => {
      const at = percent(logPosition(tick, range));
      return `linear-gradient(90deg,transparent calc(${at} - .5px),var(--line) calc(${at} - .5px),var(--line) calc(${at} + .5px),transparent calc(${at} + .5px))`;
    })
    .join(',');
}

/** Whether a tick’s label is clear of those at the ends of the axis. */
function isClear(tick: number, all: readonly number[], range: readonly [number, number]): boolean {
  const at = logPosition(tick, range);
  return all.length < 3 || (at > 8 && at < 90);
}

function percent(value: number): string {
  return `${Number(value.toFixed(1))}%`;
}
