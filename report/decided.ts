import type { DifferenceRow } from '../evaluation/statistics/rows.js';
import { sign } from '../evaluation/statistics/verdict.js';
import type { Study } from './study.js';

/**
 * The sign of a difference that counts as decided, else 0: its interval over seeds and items excludes zero, its p-value
 * passes Holm's correction at the same level, and it rests on two seeds or more.
 */
export function decidedSign(row: DifferenceRow, { confidence }: Study['settings']): -1 | 0 | 1 {
  const passes = row.seeds >= 2 && row.p_holm !== null && row.p_holm <= 1 - confidence + 1e-12;
  return passes ? sign(row) : 0;
}
