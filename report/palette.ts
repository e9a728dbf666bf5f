import type { Pipeline, StageKind } from '../schemas/pipeline.js';

/** How a stage is drawn: always the same colour and the same symbol, so that neither alone must be told apart. */
export type StageStyle = { stage: string; kind: StageKind; color: string; symbol: StageSymbol };

export type StageSymbol = 'circle' | 'square' | 'triangle' | 'diamond' | 'star' | 'wye';

/**
 * Six colours that stay apart under the common colour-vision deficiencies (after Okabe and Ito 2008), darkened for
 * text on white, lightened for dark pages: blue, vermillion, bluish green, reddish purple, ochre, indigo.
 */
export const METHOD_COLORS = [
  { light: '#0b68b0', dark: '#66b5f2' },
  { light: '#b9480a', dark: '#f79a62' },
  { light: '#00735a', dark: '#3fcaa3' },
  { light: '#97358a', dark: '#e795d9' },
  { light: '#7a5f00', dark: '#d9be50' },
  { light: '#4a5699', dark: '#aab5ee' },
] as const;

const SYMBOLS = ['circle', 'square', 'triangle', 'diamond', 'star', 'wye'] as const;

const FIRST_OF_KIND = new Map<StageKind, number>([
  ['steer', 0],
  ['finetune', 1],
  ['combine', 2],
]);

/** The method stages of a pipeline in the order declared: the first of each kind has the kind's colour. */
export function stageStyles(pipeline: Pipeline): StageStyle[] {
  const seen = new Set<StageKind>();
  let next = FIRST_OF_KIND.size;
  return Object.entries(pipeline.stages).flatMap(([stage, { stage: kind }]) => {
    const own = FIRST_OF_KIND.get(kind);
    if (own === undefined) return [];
    const place = seen.has(kind) ? next++ : own;
    seen.add(kind);
    const symbol = SYMBOLS[place % SYMBOLS.length] ?? 'circle';
    return [{ stage, kind, color: `var(--method-${place % METHOD_COLORS.length})`, symbol }];
  });
}
