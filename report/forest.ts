import type { CrossoverRow } from '../schemas/tables.js';
import { logPosition } from './log-position.js';

/** Where a comparison is drawn on the logarithmic track of N, in percent of its width. */
export type ForestMark = {
  row: CrossoverRow;
  /** Ends of the interval of N*; at 0 or 100 with an arrow where it leaves the numbers of examples tried. */
  from: number;
  to: number;
  opensLeft: boolean;
  opensRight: boolean;
  /** N* itself; null where the observed curves do not cross in range. */
  at: number | null;
  decided: boolean;
};

/** The mark of a comparison over the range of N of its figure. */
export function forestMark(row: CrossoverRow, range: readonly [number, number]): ForestMark {
  const place = (n: number) => logPosition(n, range);
  const isLow = row.censoring === 'left' || row.censoring === 'both';
  const isHigh = row.censoring === 'right' || row.censoring === 'both';
  // Both ends beyond the same side leave no bar in range: N* lies beyond that end.
  const beyondLeft = isLow && row.high === null && !isHigh;
  const beyondRight = isHigh && row.low === null && !isLow;
  return {
    row,
    from: beyondRight ? place(row.largest_n) : row.low === null ? place(row.smallest_n) : place(row.low),
    to: beyondLeft ? place(row.smallest_n) : row.high === null ? place(row.largest_n) : place(row.high),
    opensLeft: isLow,
    opensRight: isHigh,
    at: row.n_star === null ? null : place(row.n_star),
    decided: row.verdict === 'crossover',
  };
}
