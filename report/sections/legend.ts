import { groupBy } from '../../evaluation/statistics/group-by.js';
import { type Html, html } from '../html.js';
import { stageName } from '../method-notes.js';
import { isCrowded, KIND_NAMES, type StageStyle, type StageSymbol } from '../palette.js';
import type { Study } from '../study.js';

/** The colour, line and symbol of every method, once for a row of figures: a line a kind where there are many. */
export function legend(styles: readonly StageStyle[], study: Study): Html {
  const entry = (style: StageStyle) => legendEntry(style, stageName(study, style.stage));
  if (!isCrowded(styles)) return html`<p class="legend">${styles.map(entry)}</p>`;
  const kinds = [...groupBy(styles, ({ kind }) => kind).values()];
  return html`<div class="legends">${kinds.map(
    (ofKind) =>
      html`<p class="legend">${ofKind.slice(0, 1).map(({ kind }) => html`<span class="muted">${KIND_NAMES[kind]}</span>`)}${ofKind.map(entry)}</p>`,
  )}</div>`;
}

function legendEntry({ color, symbol, dash }: StageStyle, name: string): Html {
  return html`<span style="color:${color}"><svg viewBox="-14 -6 28 12" aria-hidden="true"><path d="M-14,0H14" stroke="currentColor" stroke-width="1.6" stroke-dasharray="${dash}"/><path d="${SYMBOL_PATHS[symbol]}"/></svg> ${name}</span>`;
}

const SYMBOL_PATHS: Record<StageSymbol, string> = {
  circle: 'M4,0A4,4,0,1,1,-4,0A4,4,0,1,1,4,0Z',
  square: 'M-3.6,-3.6H3.6V3.6H-3.6Z',
  triangle: 'M0,-4.8L4.2,2.4H-4.2Z',
  diamond: 'M0,-5L3.2,0L0,5L-3.2,0Z',
  star: 'M0,-5L1.2,-1.6L4.8,-1.6L1.9,.6L3,4.1L0,2L-3,4.1L-1.9,.6L-4.8,-1.6L-1.2,-1.6Z',
  hexagon: 'M0,-4.6L4,-2.3V2.3L0,4.6L-4,2.3V-2.3Z',
  cross: 'M-1.5,-4.4H1.5V-1.5H4.4V1.5H1.5V4.4H-1.5V1.5H-4.4V-1.5H-1.5Z',
  diamond2: 'M0,-4.6L4.6,0L0,4.6L-4.6,0Z',
  wye: 'M1.4,.8V4.6H-1.4V.8L-4.7,-1.1L-3.3,-3.5L0,-1.6L3.3,-3.5L4.7,-1.1Z',
};
