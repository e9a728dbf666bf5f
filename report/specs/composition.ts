import { CompositionRow } from '../../evaluation/statistics/rows.js';
import type { Study } from '../study.js';
import { type FigureFile, panelSpec, quantity } from './figure-file.js';

/** What each combination adds to what it is held against, with intervals. */
export function compositionFile({ fit }: Study): FigureFile<typeof CompositionRow> {
  const y = { field: 'stage', type: 'nominal', title: null };
  const title = 'combination − better rival, score';
  return {
    name: 'composition',
    schema: CompositionRow,
    rows: fit.compositions,
    spec: panelSpec('composition', {
      schema: CompositionRow,
      description: 'What a combination adds to the better of its parts, mean over log N',
      transform: [{ filter: "datum.measure === 'score' && !isValid(datum.n) && datum.against === 'parts'" }],
      independent: ['y'],
      layer: [
        { mark: { type: 'rule' }, encoding: { y, x: quantity('low', title), x2: { field: 'high' } } },
        {
          mark: { type: 'point', filled: true, size: 60 },
          encoding: { y, x: quantity('difference', title), shape: { field: 'verdict', type: 'nominal' } },
        },
        { mark: { type: 'rule', strokeDash: [4, 3] }, encoding: { x: { datum: 0 } } },
      ],
    }),
  };
}
