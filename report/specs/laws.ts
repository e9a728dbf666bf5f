import { LawCurveRow } from '../../evaluation/statistics/law-rows.js';
import type { StageStyle } from '../palette.js';
import type { Study } from '../study.js';
import { budgetAxis, type FigureFile, panelSpec, quantity, stageColor } from './figure-file.js';

/** Fitted laws of learning curves with their bands, and what was observed. */
export function lawsFile({ fit }: Study, styles: readonly StageStyle[]): FigureFile<typeof LawCurveRow> {
  const at = { x: budgetAxis(), color: stageColor(styles) };
  const loss = (field: string) => quantity(field, 'loss, nats', { scale: { zero: false } });
  return {
    name: 'laws',
    schema: LawCurveRow,
    rows: fit.laws.curves,
    spec: panelSpec('laws', {
      schema: LawCurveRow,
      description: 'Fitted laws of the loss against the number of examples, with bands and observed points',
      transform: [{ filter: 'isValid(datum.fitted)' }],
      layer: [
        {
          mark: { type: 'area', opacity: 0.12 },
          encoding: { ...at, y: loss('fitted_low'), y2: { field: 'fitted_high' } },
        },
        { mark: 'line', encoding: { ...at, y: loss('fitted') } },
        {
          transform: [{ filter: 'isValid(datum.observed)' }],
          mark: { type: 'point', filled: true, size: 40 },
          encoding: { ...at, y: loss('observed') },
        },
      ],
    }),
  };
}
