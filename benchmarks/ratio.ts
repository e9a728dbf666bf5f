import type { Check, Row } from './benchmark.js';
import type { Turns } from './interleaved.js';
import { spreadOf } from './spread.js';

/** A row that says how many times as fast we were, by the medians. */
export function ratioRow(
  { ours, theirs }: Turns,
  row: Pick<Row, 'name' | 'work' | 'against' | 'target'>,
): Row {
  const [mine, peer] = [ours, theirs].map((answers) => spreadOf(answers.map(({ seconds }) => seconds)));
  if (mine === undefined || peer === undefined) throw new Error('no runs');
  const value = peer.median / mine.median;
  return { ...row, value, unit: '×', runs: ours.length, ours: mine, theirs: peer, checks: [] };
}

/** Peak memory of our process as a share of theirs, weights included. */
export function memoryCheck({ ours, theirs }: Turns): Check {
  const [mine, peer] = [ours, theirs].map((answers) =>
    Math.max(...answers.map(({ peakBytes }) => peakBytes)),
  );
  const value = (mine ?? Number.NaN) / (peer ?? Number.NaN);
  return { what: 'peak memory, share of theirs', value, target: { atMost: 1 } };
}
