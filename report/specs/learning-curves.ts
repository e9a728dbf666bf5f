import { CurveRow } from '../../schemas/tables.js';
import type { StageStyle } from '../palette.js';
import type { Study } from '../study.js';
import { budgetAxis, type FigureFile, panelSpec, quantity, stageColor } from './figure-file.js';

/** Score and margin against N with their intervals; the untreated model is at N = 0 of the data, which no logarithmic axis shows. */
export function learningCurvesFile(
  { fit }: Study,
  styles: readonly StageStyle[],
): FigureFile<typeof CurveRow> {
  const color = stageColor(styles);
  const at = { x: budgetAxis(), color };
  return {
    name: 'learning-curves',
    schema: CurveRow,
    rows: fit.curves.filter(({ measure }) => measure !== 'kl'),
    spec: panelSpec('learning-curves', {
      schema: CurveRow,
      description: 'Task score against the number of training examples, with intervals',
      transform: [{ filter: "datum.measure === 'score' && datum.n > 0" }],
      layer: [
        {
          mark: { type: 'area', opacity: 0.14 },
          encoding: { ...at, y: quantity('low', 'score'), y2: { field: 'high' } },
        },
        {
          mark: { type: 'line', point: true },
          encoding: { ...at, y: quantity('value', 'score', { scale: { zero: false } }) },
        },
      ],
    }),
  };
}
