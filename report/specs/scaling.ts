import { ScalingPointRow } from '../../evaluation/statistics/law-rows.js';
import type { Study } from '../study.js';
import { type FigureFile, quantity, tableSpec } from './figure-file.js';

/** Loss against capability: observed points, and the chosen joint law as a line for every number of examples. */
export function scalingFile({ fit }: Study): FigureFile<typeof ScalingPointRow> {
  const at = {
    x: quantity('x', 'capability', { scale: { type: 'log' } }),
    color: { field: 'n', type: 'ordinal', title: 'N' },
  };
  const loss = (field: string) => quantity(field, 'loss, nats', { scale: { type: 'log' } });
  return {
    name: 'scaling',
    schema: ScalingPointRow,
    rows: fit.laws.scalingPoints,
    spec: {
      ...tableSpec('scaling', ScalingPointRow),
      description: 'Loss against capability of the base model, a line for every number of examples',
      transform: [{ calculate: "datum.task + ' · ' + datum.stage", as: 'curve' }],
      facet: { row: { field: 'curve', title: null }, column: { field: 'capability', title: null } },
      spec: {
        width: 300,
        height: 220,
        layer: [
          {
            transform: [{ filter: 'isValid(datum.fitted)' }],
            mark: { type: 'line', opacity: 0.7 },
            encoding: { ...at, y: loss('fitted') },
          },
          { mark: { type: 'point', filled: true }, encoding: { ...at, y: loss('observed') } },
        ],
      },
      resolve: { scale: { x: 'independent', y: 'independent' } },
    },
  };
}
