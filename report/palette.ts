import { MethodKind, type Pipeline } from '../schemas/pipeline.js';

/** How a stage is drawn: always the same colour and the same symbol, so that neither alone must be told apart. */
export type StageStyle = {
  stage: string;
  kind: MethodKind;
  /** A variable of the style sheet. */
  color: string;
  /** The same colour on white, for drawings outside the page. */
  light: string;
  symbol: StageSymbol;
  /** Of its line, as SVG has it: stages of one colour differ in it, too. */
  dash: string;
};

export type StageSymbol =
  | 'circle'
  | 'square'
  | 'triangle'
  | 'diamond'
  | 'star'
  | 'wye'
  | 'hexagon'
  | 'cross'
  | 'diamond2';

type Shade = { light: string; dark: string };

/**
 * A family of hues a kind (after Okabe and Ito 2008: they stay apart under the common colour-vision deficiencies), in
 * four shades: every one has a contrast of 4.5 or more as text on white, or on the dark page.
 */
export const KIND_SHADES: Readonly<Record<MethodKind, readonly Shade[]>> = {
  prompt: [
    { light: '#97358a', dark: '#e795d9' },
    { light: '#6b2a91', dark: '#c9a2f5' },
    { light: '#b3296b', dark: '#f79ac2' },
    { light: '#5f3a5c', dark: '#cdb0ca' },
  ],
  steer: [
    { light: '#0b68b0', dark: '#66b5f2' },
    { light: '#4a5699', dark: '#aab5ee' },
    { light: '#0a7285', dark: '#58cfe0' },
    { light: '#1c3c86', dark: '#86a3ff' },
  ],
  finetune: [
    { light: '#b9480a', dark: '#f79a62' },
    { light: '#7a5f00', dark: '#d9be50' },
    { light: '#a82f35', dark: '#f58f90' },
    { light: '#74401c', dark: '#d3a283' },
  ],
  combine: [
    { light: '#00735a', dark: '#3fcaa3' },
    { light: '#4c7300', dark: '#a6d04b' },
    { light: '#1e5b33', dark: '#86cf98' },
    { light: '#5b6632', dark: '#c3ca94' },
  ],
};

/** Lines of a kind, the next one when its shades are used up. */
const DASHES = ['none', '6,3', '1.5,3', '9,3,1.5,3'];

/** Shapes of a kind, the next one when its shades are used up. */
const KIND_SYMBOLS: Readonly<Record<MethodKind, readonly StageSymbol[]>> = {
  prompt: ['star'],
  steer: ['circle', 'diamond', 'wye'],
  finetune: ['square', 'cross', 'diamond2'],
  combine: ['triangle', 'hexagon'],
};

export const KIND_NAMES: Readonly<Record<MethodKind, string>> = {
  prompt: 'prompting',
  steer: 'steering',
  finetune: 'fine-tuning',
  combine: 'combined',
};

/** The method stages of a pipeline, kind by kind along the continuum, in the order declared within a kind. */
export function stageStyles(pipeline: Pipeline): StageStyle[] {
  const stages = Object.entries(pipeline.stages);
  return MethodKind.options.flatMap((kind) =>
    stages
      .filter(([, stage]) => stage.stage === kind)
      .map(([stage], index) => ({
        stage,
        kind,
        color: kindColor(kind, index),
        light: KIND_SHADES[kind][index % KIND_SHADES[kind].length]?.light ?? '#000000',
        symbol: kindSymbol(kind, index),
        dash: DASHES[Math.floor(index / KIND_SHADES[kind].length) % DASHES.length] ?? 'none',
      })),
  );
}

/** Whether there are too many methods for one plot with a line each. */
export function isCrowded(styles: readonly StageStyle[]): boolean {
  return styles.length > 6;
}

/** The colour of the n-th stage of a kind, as a variable of the style sheet. */
export function kindColor(kind: MethodKind, index: number): string {
  return `var(--${kind}-${index % KIND_SHADES[kind].length})`;
}

function kindSymbol(kind: MethodKind, index: number): StageSymbol {
  const symbols = KIND_SYMBOLS[kind];
  return symbols[Math.floor(index / KIND_SHADES[kind].length) % symbols.length] ?? 'circle';
}
