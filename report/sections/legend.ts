import { type Html, html } from '../html.js';
import type { StageStyle, StageSymbol } from '../palette.js';

/** The colour and symbol of every method, once for a row of figures. */
export function legend(styles: readonly StageStyle[]): Html {
  return html`<p class="legend">${styles.map(
    ({ stage, color, symbol }) =>
      html`<span style="color:${color}"><svg viewBox="-6 -6 12 12" aria-hidden="true"><path d="${SYMBOL_PATHS[symbol]}"/></svg> ${stage}</span>`,
  )}</p>`;
}

const SYMBOL_PATHS: Record<StageSymbol, string> = {
  circle: 'M4,0A4,4,0,1,1,-4,0A4,4,0,1,1,4,0Z',
  square: 'M-3.6,-3.6H3.6V3.6H-3.6Z',
  triangle: 'M0,-4.8L4.2,2.4H-4.2Z',
  diamond: 'M0,-5L3.2,0L0,5L-3.2,0Z',
  star: 'M0,-5L1.2,-1.6L4.8,-1.6L1.9,.6L3,4.1L0,2L-3,4.1L-1.9,.6L-4.8,-1.6L-1.2,-1.6Z',
  wye: 'M1.4,.8V4.6H-1.4V.8L-4.7,-1.1L-3.3,-3.5L0,-1.6L3.3,-3.5L4.7,-1.1Z',
};
