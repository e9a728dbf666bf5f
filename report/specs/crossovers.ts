import { CrossoverRow } from '../../schemas/tables.js';
import { budgetAxis, type FigureFile, tableSpec, type VegaLite } from './figure-file.js';

const CENSORED: readonly VegaLite[] = [
  { calculate: 'isValid(datum.low) ? datum.low : datum.smallest_n', as: 'from' },
  { calculate: 'isValid(datum.high) ? datum.high : datum.largest_n', as: 'to' },
];

/** The forest plot: N* of what stands for steering and fine-tuning, a line a task, a panel a model. */
export function crossoversFile(rows: readonly CrossoverRow[]): FigureFile<typeof CrossoverRow> {
  const y = { field: 'task', type: 'nominal', title: null };
  return {
    name: 'crossovers',
    schema: CrossoverRow,
    rows,
    spec: {
      ...tableSpec('crossovers', CrossoverRow),
      description: 'N* with its interval; an interval censored at an end of the range reaches that end',
      transform: CENSORED,
      facet: { row: { field: 'model', title: null } },
      spec: {
        width: 420,
        height: { step: 22 },
        layer: [
          {
            mark: { type: 'rule', strokeWidth: 3, opacity: 0.4 },
            encoding: { y, x: budgetAxis('from'), x2: { field: 'to' } },
          },
          {
            transform: [{ filter: 'isValid(datum.n_star)' }],
            mark: { type: 'point', filled: true, size: 70 },
            encoding: {
              y,
              x: budgetAxis('n_star'),
              fillOpacity: { condition: { test: "datum.verdict === 'crossover'", value: 1 }, value: 0 },
            },
          },
        ],
      },
    },
  };
}
