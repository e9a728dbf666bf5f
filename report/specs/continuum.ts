import { FrontRow } from '../../evaluation/statistics/rows.js';
import type { StageStyle } from '../palette.js';
import type { Study } from '../study.js';
import { type FigureFile, panelSpec, quantity, stageColor } from './figure-file.js';

/** Gain against compute, a line along the front of every number of examples. */
export function continuumFile({ fit }: Study, styles: readonly StageStyle[]): FigureFile<typeof FrontRow> {
  const x = quantity('flops', 'FLOPs of method and search', { scale: { type: 'log' } });
  const y = quantity('gain', 'gain in score');
  return {
    name: 'continuum',
    schema: FrontRow,
    rows: fit.fronts,
    spec: panelSpec('continuum', {
      schema: FrontRow,
      description: 'Gain in score against compute; lines join the Pareto front of a number of examples',
      transform: [{ filter: "datum.measure === 'score' && datum.flops > 0" }],
      independent: ['x', 'y'],
      layer: [
        {
          transform: [{ filter: 'datum.on_front' }],
          mark: { type: 'line', opacity: 0.5, color: '#444444' },
          encoding: { x, y, detail: { field: 'n' }, order: { field: 'flops' } },
        },
        {
          mark: { type: 'point', filled: true, size: 40 },
          encoding: {
            x,
            y,
            color: stageColor(styles),
            opacity: { condition: { test: 'datum.on_front', value: 1 }, value: 0.4 },
          },
        },
      ],
    }),
  };
}
