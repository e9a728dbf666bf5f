import { DifferenceRow } from '../../evaluation/statistics/rows.js';
import { budgetAxis, type FigureFile, panelSpec, quantity } from './figure-file.js';

/** The paired difference of what stands for steering and fine-tuning, budget by budget. */
export function differencesFile(rows: readonly DifferenceRow[]): FigureFile<typeof DifferenceRow> {
  const title = 'second − first, score';
  return {
    name: 'differences',
    schema: DifferenceRow,
    rows,
    spec: panelSpec('differences', {
      schema: DifferenceRow,
      description: 'Paired difference in score of fine-tuning and steering against the number of examples',
      layer: [
        {
          mark: { type: 'area', opacity: 0.15 },
          encoding: { x: budgetAxis(), y: quantity('low', title), y2: { field: 'high' } },
        },
        {
          mark: { type: 'line', point: true },
          encoding: { x: budgetAxis(), y: quantity('difference', title) },
        },
        { mark: { type: 'rule' }, encoding: { y: { datum: 0 } } },
      ],
    }),
  };
}
