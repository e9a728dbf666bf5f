import type { StageStyle } from '../palette.js';
import { SelectivityRow } from '../selectivity.js';
import { type FigureFile, panelSpec, quantity, stageColor } from './figure-file.js';

/** Gain against off-target KL, with the frontier of each kind of method. */
export function selectivityFile(
  rows: readonly SelectivityRow[],
  styles: readonly StageStyle[],
): FigureFile<typeof SelectivityRow> {
  const x = quantity('kl', 'off-target KL, nats per token', { scale: { type: 'log' } });
  const y = quantity('gain', 'gain in score');
  return {
    name: 'selectivity',
    schema: SelectivityRow,
    rows,
    spec: panelSpec('selectivity', {
      schema: SelectivityRow,
      description:
        'Gain in score against KL(base‖treated) on unrelated text; lines join the frontier of a kind',
      transform: [{ filter: 'isValid(datum.kl) && datum.kl > 0 && isValid(datum.gain)' }],
      independent: ['x', 'y'],
      layer: [
        {
          transform: [{ filter: 'datum.on_frontier' }],
          mark: { type: 'line', interpolate: 'step-after', opacity: 0.5, color: '#444444' },
          encoding: { x, y, detail: { field: 'kind' }, order: { field: 'kl' } },
        },
        { mark: { type: 'point', filled: true, size: 40 }, encoding: { x, y, color: stageColor(styles) } },
      ],
    }),
  };
}
