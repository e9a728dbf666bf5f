import { groupBy } from '../evaluation/statistics/group-by.js';
import type { FrontRow } from '../evaluation/statistics/rows.js';
import { count, nats, points, wholePercent } from './number-format.js';
import { type Phrase, phrase, shown } from './phrase.js';

/** The front of one budget, by ascending compute. */
export type Front = { n: number; members: FrontRow[]; others: FrontRow[] };

/** A method off the front of which the resamples do not say that it stays off. */
const MAY_BELONG = 0.05;
const MOST_NAMED = 3;

/** Rows of one model, task and measure, budget by budget. */
export function frontsByBudget(rows: readonly FrontRow[]): Front[] {
  const budgets = [...groupBy(rows, ({ n }) => String(n)).values()];
  return budgets
    .flatMap((ofBudget) => {
      const n = ofBudget[0]?.n;
      const ascending = ofBudget.toSorted((one, other) => one.flops - other.flops);
      if (n === undefined) return [];
      return [
        {
          n,
          members: ascending.filter((row) => row.on_front),
          others: ascending.filter((row) => !row.on_front),
        },
      ];
    })
    .toSorted((one, other) => one.n - other.n);
}

/** Whether the step to a method of the front is decided: two seeds or more, and an interval above zero. */
export function isSettled({ seeds, step_low }: FrontRow): boolean {
  return seeds >= 2 && step_low !== null && step_low > 0;
}

/** `few-shot +3.2 (−1.0 to +7.1)`, and for later members what they add to the one before. */
export function stepPhrase(row: FrontRow, isFirst: boolean): Phrase {
  const unit = row.measure === 'score' ? points : nats;
  if (!isFirst && row.step === 0 && row.step_low === 0 && row.step_high === 0) return phrase`the same gain`;
  if (row.step === null) return phrase`${row.stage} (no seed in common with the one before)`;
  return phrase`${shown(row, 'step', unit)}${isFirst ? '' : ' more'} (${shown(row, 'step_low', unit)} to ${shown(row, 'step_high', unit)})`;
}

/** What is said of the methods off the front: how many, and which of them resampling does not keep off it. */
export function othersPhrase({ members, others }: Front, nameOf: (stage: string) => string): Phrase {
  if (others.length === 0) return phrase`No method is off the front.`;
  const doubtful = others
    .filter(({ front_share }) => front_share >= MAY_BELONG)
    .toSorted((one, other) => other.front_share - one.front_share);
  const named = doubtful
    .slice(0, MOST_NAMED)
    .flatMap(
      (row, index) =>
        phrase`${index > 0 ? ', ' : ''}${nameOf(row.stage)} ${shown(row, 'front_share', wholePercent)}`,
    );
  const rest = doubtful.length > MOST_NAMED ? ` and ${count.write(doubtful.length - MOST_NAMED)} more` : '';
  const all =
    members.length === 0
      ? 'No method gains: each costs more than the untreated model and gains no more.'
      : `The ${others.length === 1 ? 'other one costs' : `${others.length} others cost`} more and ${others.length === 1 ? 'gains' : 'gain'} no more.`;
  if (doubtful.length === 0)
    return phrase`${all} None of them is on the front in more than ${String(100 * MAY_BELONG)}\u202F% of resamples.`;
  return phrase`${all} Share of resamples in which they are on the front: ${named}${rest}.`;
}
